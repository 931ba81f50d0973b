/** Connections: how many of a database the machines of a deployment may open, against how many its class takes. */
import { Annotations, type Stack } from 'aws-cdk-lib';
import type { InstanceType } from 'aws-cdk-lib/aws-ec2';
import type { Gateway } from '../app-runtime/gateway/gateway.js';
import { prices } from './plan/prices.js';

/** Who opens connections. */
export interface Demand {
  /** The most servers at once that serve, without those that a release adds for a while. */
  readonly servers: number;
  readonly instanceType: InstanceType;
  readonly gateway: Gateway;
}

/** While a release takes over, the one before it still holds its connections. */
export const OVERLAP = 2;

const MIB = 2 ** 20;
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

/** The class as RDS writes it. */
export function classOf(instanceType: string): string {
  return instanceType.startsWith('db.') ? instanceType : `db.${instanceType}`;
}

/** What a database server takes from applications, by its memory. */
export function limitFor(memoryMiB: number): number {
  return Math.min(MOST, Math.floor(((memoryMiB - KEPT_MIB) * MIB) / BYTES)) - RESERVED;
}

/** The smallest class of ours that takes so many; undefined where none does. */
export function classFor(connections: number): string | undefined {
  return Object.entries(prices.databases.classes).find(([, { memoryMiB }]) => limitFor(memoryMiB) >= connections)?.[0];
}

/**
 * Holds the one against the other. Too many is an error of this stack alone: another one on the same page may well be deployed. What is not
 * known to our lists is a warning.
 */
export function judgeConnections(stack: Stack, given: string, { servers, instanceType, gateway }: Demand): void {
  const name = classOf(given);
  const [database, server] = [prices.databases.classes[name], prices.instances.types[instanceType.toString()]];
  const warn = (what: string) => Annotations.of(stack).addWarningV2('paddock:connections', `${stack.node.id}: ${what} for their connections to be counted; compare max_connections with those of each worker × workers × servers × ${OVERLAP} yourself`);
  if (!database || !server) return warn(`the memory of ${name} and of ${instanceType.toString()} must be known`);
  if (gateway.pool === 'unlimited') return warn('the application must limit its pool');
  const { workers, threads } = gateway.size({ cores: server.vCpus, memoryBytes: server.memoryMiB * MIB });
  const [each, of] = gateway.pool === undefined ? [threads, 'threads'] : [gateway.pool, 'in a pool'];
  const [most, limit] = [OVERLAP * servers * workers * each, limitFor(database.memoryMiB)];
  if (most <= limit) return;
  const fewer = Math.floor(limit / (OVERLAP * workers * each));
  const way = [...(fewer > 1 ? [`set maxServers to ${fewer}`] : []), `instanceType of the database to ${classFor(most) ?? 'a larger one'}`].join(', or ');
  Annotations.of(stack).addError(`${stack.node.id}: connections at the largest size must be at most ${limit}, which ${name} takes, got ${most} (${OVERLAP} × ${servers} servers × ${workers} workers × ${each} ${of}); ${way.startsWith('set') ? way : `set the ${way}`}`);
}
