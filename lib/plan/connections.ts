/** Database connections of a whole fleet against what one database server takes. */
import type { Connections } from '../../app-runtime/gateways/gunicorn/plan/connections.js';
import { size } from '../../app-runtime/gateways/gunicorn/size.js';
import { databasePrice, instancePrice, prices } from './prices.js';
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
/** A refresh starts new servers before old ones leave: 200 % of the group. */
const OVERLAP = 2;
/** Bytes of memory for each connection. Source: RDS user guide, quotas: LEAST({DBInstanceClassMemory/9531392}, 5000). */
const BYTES = 9_531_392;
const MOST = 5000;
/**
 * What RDS and the operating system keep for themselves of the memory, so that DBInstanceClassMemory is less than a class has. Held
 * against what such servers answer to SHOW max_connections: 198 with 2 GiB, 413 with 4, 856 with 8.
 */
const KEPT_MIB = 410;
/** Connections that only rds_superuser and RDS itself get. Source: RDS user guide, superuser_reserved_connections 3, rds.rds_superuser_reserved_connections 2. */
const RESERVED = 5;

/** What a database server of a class takes from applications. */
export function limitOf(name: string): number {
  return Math.min(MOST, Math.floor(((databasePrice(name).memoryMiB - KEPT_MIB) * MIB) / BYTES)) - RESERVED;
}

export function countConnections({ by, most: each, why }: Connections, { fleet: { maxServers }, instanceType: { server } }: Topologies, database: string): ConnectionCount {
  const { vCpus, memoryMiB } = instancePrice(server);
  const { workers, threads } = size({ cores: vCpus, memoryBytes: memoryMiB * MIB });
  const perServer = workers * (by === 'thread' ? threads : 1) * each;
  const most = OVERLAP * maxServers * perServer;
  const fits = Object.keys(prices.databases.classes).find((name) => limitOf(name) >= most);
  const threading = by === 'thread' ? ` × ${threads} threads` : '';
  const how = `${OVERLAP} × ${maxServers} servers × ${workers} workers${threading}${each > 1 ? ` × ${each}` : ''}; ${why}`;
  return { most, limit: limitOf(database), database, how, ...(fits !== undefined && { fits }) };
}
