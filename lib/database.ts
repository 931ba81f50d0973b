import { createHash } from 'node:crypto';
import type { Stack } from 'aws-cdk-lib';
import type { IDependable } from 'constructs';
import type { SecretName } from '../app-runtime/release-settings.js';
import type { Choice, Parameters } from './choice.js';
import { type Demand, judgeConnections } from './connections.js';
import { DatabaseAccess, type Reach } from './database-access.js';
import { credentialsOf, DatabaseStack } from './database-stack.js';
import { overlap, refuseRange } from './range.js';
import { refuse, refuseText, refuseWhole } from './refuse.js';
import { SHARED_NAME, sharedBy } from './shared-stack.js';

/** The database that an application's servers share. A value: `Database.postgres({…})`. */
export interface Database extends Choice {
  /** What the application finds in its environment. */
  readonly secrets: Readonly<Record<string, SecretName>>;
  /** @throws Refusal naming the deployment, the parameter and the way out */
  readonly refuse: (where: string) => void;
  /**
   * Gives the machines of a stack their way to it.
   * @param demand how many connections they may open, at the most
   * @returns what must be there before a machine starts
   */
  readonly attach: (stack: Stack, reach: Reach, demand: Demand) => readonly IDependable[];
}

export interface PostgresOptions {
  /** Name of its stack, its secret and its parameters: small letters, digits and dashes. Deployments that name the same one share it. @default 'database' */
  readonly name?: string;
  /** PostgreSQL's version, 17 or newer: of a major one alone, RDS chooses and renews the minor one. @default '17' */
  readonly version?: string;
  /** Class of the database server, with or without its `db.`. @default 'db.t4g.small' - 2 cores, 2 GiB, 175 connections */
  readonly instanceType?: string;
  /** GiB of storage to begin with. @default 20 */
  readonly storageGiB?: number;
  /** GiB up to which the storage grows by itself when it is nearly full; it never shrinks. @default 100 */
  readonly maxStorageGiB?: number;
  /** A second server in another zone, which takes over within a minute or two when the first one fails, for twice the price. @default false */
  readonly multiAz?: boolean;
  /** Days for which backups are kept, of which any second can be restored, from 1 to 35. @default 7 */
  readonly backupDays?: number;
  /** Whether AWS refuses to delete the database, and its stack, until this is false; it then leaves a last snapshot. @default true */
  readonly deletionProtection?: boolean;
  /** Addresses of its network, which none that reaches it may have. @default '' - one of 10.16.0.0/16 to 10.255.0.0/16, by its name */
  readonly range?: string;
  /** Name of a snapshot that it begins as, made by a database of this kind: for a new `name` alone. @default '' - it begins empty */
  readonly fromSnapshot?: string;
}

const VERSION = [/^(1[7-9]|[2-9]\d)(\.\d+)?$/, 'a version of PostgreSQL from 17 on'] as const;
const CLASS = [/^(db\.)?[a-z][a-z0-9-]*\.(micro|small|medium|large|\d*xlarge)$/, 'a class of RDS such as db.t4g.small'] as const;
const SNAPSHOT = [/^([a-zA-Z][a-zA-Z0-9:-]{0,254})?$/, 'the name of a snapshot'] as const;

/** How far it must be able to grow at the least, in percent. Source: RDS user guide, storage autoscaling: the maximum is at least 10 % above what is allocated. */
const GROWTH = 110;
const STORAGE = { least: 20, most: 65_536 };

export const Database = {
  /** None of Paddock's: the application keeps what it has, as SQLite on a machine's data volume, or finds its own by a secret. */
  none: (): Database => ({ chosen: 'none', choices: words(), secrets: {}, refuse: () => {}, attach: () => [] }),

  /**
   * PostgreSQL by RDS, in a stack and a network of its own, which deployments reach and never hold: they can be destroyed and made again. The application
   * finds its URL in `DATABASE_URL`; its password is in Secrets Manager and nowhere else.
   */
  postgres: (given: PostgresOptions = {}): Database => {
    const options: Required<PostgresOptions> = { ...DEFAULTS, ...given };
    const range = options.range === '' ? rangeOf(options.name) : options.range;
    return {
      chosen: 'postgres', choices: words(), options: { ...options },
      secrets: { DATABASE_URL: { database: credentialsOf(options.name) } },
      refuse: (where) => refusePostgres(`${where}: Database.postgres`, options),
      attach: (stack, reach, demand) => {
        const { name } = options;
        const where = `${stack.node.id}: Database.postgres`;
        if (overlap(range, reach.range)) refuse(where, `range must be apart from that of the network of ${stack.node.id} (${reach.range})`, range, 'choose another, or leave it out');
        const shared = sharedBy(stack, where, 'database', DatabaseStack, { ...options, range });
        shared.admit(where, stack.node.id, reach.range);
        stack.addStackDependency(shared, 'the machines reach the database');
        judgeConnections(stack, options.instanceType, demand);
        return [new DatabaseAccess(stack, 'Database', { name, range, from: reach })];
      },
    };
  },
};

const DEFAULTS: Required<PostgresOptions> = {
  name: 'database', version: '17', instanceType: 'db.t4g.small', storageGiB: 20, maxStorageGiB: 100, multiAz: false, backupDays: 7, deletionProtection: true, range: '', fromSnapshot: '',
};

/** Always the same for a name: a database that is restored beside another has a network of its own, and a deployment may move from one to the other. */
function rangeOf(name: string): string {
  return `10.${16 + createHash('sha256').update(name).digest()[0]! % 240}.0.0/16`;
}

function refusePostgres(where: string, { name, version, instanceType, storageGiB, maxStorageGiB, backupDays, range, fromSnapshot }: Required<PostgresOptions>): void {
  refuseText(where, 'name', name, SHARED_NAME);
  refuseText(where, 'version', version, VERSION);
  refuseText(where, 'instanceType', instanceType, CLASS);
  refuseWhole(where, { storageGiB }, STORAGE.least, STORAGE.most);
  refuseWhole(where, { maxStorageGiB }, STORAGE.least, STORAGE.most);
  const more = Math.ceil((storageGiB * GROWTH) / 100);
  if (maxStorageGiB < more) refuse(where, `maxStorageGiB must be at least a tenth above storageGiB (${more})`, maxStorageGiB, 'raise maxStorageGiB or lower storageGiB');
  refuseWhole(where, { backupDays }, 1, 35);
  if (range !== '') refuseRange(where, range);
  refuseText(where, 'fromSnapshot', fromSnapshot, SNAPSHOT);
}

function words(): Choice['choices'] {
  return { none: Database.none, postgres: Database.postgres as (options?: Parameters) => Database };
}
