/** Place: which gateway is asked, by which example, and what stands around it. */
import { builders } from '../../app-runtime/builders.js';
import type { ProxyName } from '../../app-runtime/settings.js';
import { FLEET, type Pace } from '../scenarios/load.js';

export type Topology = 'single-node' | 'split-tier';

/** What is asked for its promises, and what stands around it. */
export interface Place {
  readonly gateway: string;
  readonly proxy: ProxyName;
  readonly topology: Topology;
  /** Folder of `examples/` that it serves. @default - the gateway's own */
  readonly example?: string;
}

/** How the suite asks in a topology. */
export interface Standing {
  /** Words for each deploy, so that twenty of them fit into the time that there is. */
  readonly quick: readonly string[];
  /** How many visitors this computer carries beside the machines. */
  readonly pace: Pace;
  /** For how long visitors may be answered badly when what served them died, in seconds. */
  readonly trouble: number;
}

/** Seconds for which a release that proves itself is watched. */
export const BAKE = 1;

export const STANDINGS: Readonly<Record<Topology, Standing>> = {
  'single-node': { quick: ['-c', `bakeTime=${BAKE}`], pace: { connections: 8, every: 20 }, trouble: 20 },
  // Watched at all, it would be for as long as alarms need to tell anything, twice for each release.
  'split-tier': { quick: ['-c', 'bakeTime=0', '-c', 'deletionProtection=false'], pace: { ...FLEET, connections: 8 }, trouble: 3 },
};

/** The example by which a gateway is asked where nothing else is said. */
export const exampleOf = (gateway: string): string => builders.get(gateway)!.example;
