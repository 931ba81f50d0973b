/** Plan: what it takes to move an application from one machine to many, found out before anything is created. */
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Chosen, chooseGateway } from '../../app-runtime/builders.js';
import type { Examined } from '../../app-runtime/gateway/examined.js';
import type { Finding } from '../../app-runtime/gateway/finding.js';
import type { Gateway } from '../../app-runtime/gateway/gateway.js';
import { gatewayNamed } from '../../app-runtime/gateways.js';
import { classOf } from '../connections.js';
import type { PostgresOptions } from '../database.js';
import { Cache } from '../release/cache.js';
import { copySource, readSource, type Source } from '../release/source.js';
import { breakEven, type BreakEven, compare, type Comparison, type Terms } from './break-even.js';
import { carries } from './capacity.js';
import { changes } from './changes.js';
import { type ConnectionCount, countConnections } from './connections.js';
import { besideInstance, type Cost, costOf, type Database } from './cost.js';
import { instancePrice, monthOf } from './prices.js';
import type { Topologies } from './topology.js';
import { EXAMPLE, type KnownWork, measuredWork } from './work.js';

export interface Plan {
  /** The application's folder, as a person would type it. */
  readonly application: string;
  readonly topologies: Topologies;
  readonly recognised: string;
  readonly settings?: string;
  readonly unrun?: string;
  readonly unread: readonly string[];
  readonly notes: readonly string[];
  readonly findings: readonly Finding[];
  readonly changes: readonly string[];
  readonly connections?: ConnectionCount;
  readonly cost: Cost;
  readonly work: KnownWork;
  /** Requests a second that one server carries. */
  readonly carried: number;
  readonly compared: readonly Comparison[];
  readonly pays: BreakEven;
  readonly terms: Terms;
}

/** A place on the settings page. */
export interface Page {
  /** As a person would type it. */
  readonly file: string;
  /** Where the sizes stand. */
  readonly line: number;
}

export interface PlanOptions {
  /** Where what is decided there can be mended. */
  readonly page: Page;
  /** What a request takes, by the person's word. @default - a measured path, or else the example's */
  readonly work?: KnownWork | undefined;
  /** Path of the application to measure. @default - none */
  readonly measure?: string | undefined;
  /** Class of the database server. */
  readonly database: string;
  /** How many times the mean the busiest hour is. */
  readonly peak: number;
  readonly say: (line: string) => void;
}

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
/** What RDS sells at the least. */
const DATABASE_GIB = 20;
/** Stands for the name of a load balancer, which is known after the deploy. */
const BALANCER = 'balancer.invalid';
/** Loads that the table shows, by how many servers carry them; and the one from which it pays. */
const SHOWN = [1, 2, 4, 8, 16] as const;

/**
 * Plans the move of the page's application.
 * @throws Refusal when the application cannot be read, or a price is not known
 */
export function planOf(topologies: Topologies, options: PlanOptions): Plan {
  const folder = resolve(PROJECT, topologies.application);
  const where = relative(PROJECT, folder).startsWith('..') ? folder : relative(PROJECT, folder) || '.';
  return new Cache().withTemporary((scratch) => {
    const source = readSource(folder, where);
    const chosen = chooseGateway(folder, where, topologies.deployment.gateway);
    const gateway = gatewayNamed(chosen.name);
    const examined = examineApplication(topologies, chosen, source, where, scratch, options);
    const { findings, settings, unrun, unread, connections, sqlite } = examined;
    const shared = sharedDatabase(topologies);
    const count = connections && countConnections(connections, topologies, shared?.name ?? options.database, gateway);
    const cost = costOf(topologies, shared ?? (sqlite ? { name: options.database, gib: DATABASE_GIB } : undefined));
    const work = options.work ?? (options.measure === undefined ? EXAMPLE : measuredWork(examined, options.measure, { host: hostsOf(topologies)[0]!, releaseCommand: topologies.deployment.releaseCommand ?? chosen.releaseCommand }));
    const terms = termsOf(topologies, gateway, cost, work, options.peak);
    const pays = breakEven(terms);
    const carried = carries(instancePrice(terms.instanceType), work, gateway);
    const rates = [...SHOWN.map((servers) => Math.floor(servers * carried)), Math.ceil(pays.rate)].sort((a, b) => a - b);
    return {
      application: where, topologies, recognised: chosen.recognition.recognised, unread, notes: chosen.warnings, changes: changes(topologies),
      findings: [...findings, ...tooMany(count, options.page)], ...(settings !== undefined && { settings }), ...(unrun !== undefined && { unrun }),
      ...(count && { connections: count }), cost, work, carried, compared: rates.map((rate) => compare(rate, terms)), pays, terms,
    };
  });
}

/** The page's own, which both topologies have. */
function sharedDatabase({ deployment: { database: { options } } }: Topologies): Database | undefined {
  if (options === undefined) return undefined;
  const { instanceType, storageGiB, multiAz } = options as unknown as Required<PostgresOptions>;
  return { name: classOf(instanceType), gib: storageGiB, zones: multiAz ? 2 : 1, both: true };
}

function examineApplication(topologies: Topologies, { builder, recognition }: Chosen, source: Source, where: string, scratch: string, { say, measure }: PlanOptions): Examined {
  const { deployment: { releaseSettings: { environment, secrets } }, fleet: { certificate } } = topologies;
  if (!builder.examine) return { findings: [], unread: [], sqlite: false, unrun: `nobody looks into an application of this kind for what keeps it on one machine` };
  return builder.examine({
    source: source.folder, where, recognition, scratch, cache: new Cache(), say: (line) => say(`${source.name}: ${line}`), copy: (to) => copySource(source, to),
    hosts: hostsOf(topologies), https: certificate !== '', environment, secrets: Object.keys(secrets), measured: measure !== undefined,
  });
}

/** Names of the site, or one that stands for the load balancer's own. */
function hostsOf({ deployment: { releaseSettings: { domains } } }: Topologies): readonly string[] {
  return domains.length > 0 ? domains : [BALANCER];
}

/** What each load is compared by: all but the servers themselves stays as it is. */
function termsOf({ instanceType: { single, server }, fleet: { minServers } }: Topologies, gateway: Gateway, cost: Cost, work: KnownWork, peak: number): Terms {
  const machine = monthOf(instancePrice(single).hour);
  const servers = minServers * (monthOf(instancePrice(server).hour) + besideInstance());
  return { work, gateway, peak, instanceType: server, minServers, besideSingle: cost.single - machine, besideSplit: cost.split - servers, eachServer: besideInstance() };
}

/** More connections at the largest size than the database server takes. */
function tooMany(count: ConnectionCount | undefined, page: Page): Finding[] {
  if (!count || count.most <= count.limit) return [];
  const { database, limit, most, how, fits } = count;
  const todo = fits === undefined ? 'lower maxServers, or give each worker a pool' : `take ${fits}, lower maxServers, or give each worker a pool`;
  return [{ kind: 'database', weight: 'breaks', ...page, must: `connections at maxServers must be at most what ${database} takes (${limit})`, got: `${most} (${how})`, todo }];
}
