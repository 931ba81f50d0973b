import type { Topologies } from './topology.js';

/** What is otherwise once an application has moved, beside what its findings say: one line each. */
export function changes({ from, to, front: { chosen }, fleet: { minServers, maxServers, zones, certificate }, deployment: { database, releaseSettings: { domains } } }: Topologies): readonly string[] {
  const front = chosen === 'nginx' ? 'Network Load Balancer' : 'Application Load Balancer';
  const name = domains[0] ?? 'the site';
  return [
    `servers: from 1 to ${minServers} … ${maxServers} over ${zones} zone${zones === 1 ? '' : 's'}; each can go at any time, and takes no request with it`,
    `address: from an Elastic IP to the ${front}'s name; point ${name} to it by CNAME or alias`,
    `HTTPS: ${certificate === '' ? 'none yet; give certificate, the ARN of one in ACM' : `the ${front} ends it, with the certificate of the page`}`,
    'DATA_DIR: from the data volume to a local folder that ends with its server',
    "SECRET_KEY: from the data volume to Secrets Manager, a new one: visitors sign in again once; to keep the old one, write it there",
    'a release: from seconds in place to new servers in their place: one first, which is watched, then the rest',
    'release command: once for all servers, before the first new one serves',
    `${from} stays as it is: deploy ${to} beside it, try it by its own name, ${database.options === undefined ? 'move the data, then the domain' : 'then move the domain: both have the same database'}`,
  ];
}
