/** Database connections of a whole fleet against what one database server takes. */
import type { Connections } from '../../app-runtime/gateway/examined.js';
import type { Gateway } from '../../app-runtime/gateway/gateway.js';
import { classFor, limitFor, OVERLAP } from '../connections.js';
import { databasePrice, instancePrice } from './prices.js';
import type { Topologies } from './topology.js';

export interface ConnectionCount {
  /** At the largest size, while a release replaces all servers. */
  readonly most: number;
  /** What the database server takes. */
  readonly limit: number;
  readonly database: string;
  /** The smallest class that takes as many. @default - none of the list does */
  readonly fits?: string;
  /** How `most` comes about, for a person. */
  readonly how: string;
}

const MIB = 2 ** 20;

/** What a database server of a class takes from applications. */
export function limitOf(name: string): number {
  return limitFor(databasePrice(name).memoryMiB);
}

export function countConnections({ by, most: each, why }: Connections, { fleet: { maxServers }, instanceType: { server } }: Topologies, database: string, { size }: Gateway): ConnectionCount {
  const { vCpus, memoryMiB } = instancePrice(server);
  const { workers, threads } = size({ cores: vCpus, memoryBytes: memoryMiB * MIB });
  const perServer = workers * (by === 'thread' ? threads : 1) * each;
  const most = OVERLAP * maxServers * perServer;
  const fits = classFor(most);
  const threading = by === 'thread' ? ` × ${threads} threads` : '';
  const how = `${OVERLAP} × ${maxServers} servers × ${workers} workers${threading}${each > 1 ? ` × ${each}` : ''}; ${why}`;
  return { most, limit: limitOf(database), database, how, ...(fits !== undefined && { fits }) };
}
