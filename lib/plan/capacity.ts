/** Capacity: how many requests a second a machine carries. */
import type { Gateway } from '../../app-runtime/gateway/gateway.js';
import type { InstancePrice } from './prices.js';

/** What a request takes, in milliseconds. */
export interface Work {
  /** From its first byte in a worker's thread to its last: the thread is taken for so long. */
  readonly service: number;
  /** Of these, how long a processor is taken. */
  readonly processor: number;
}

/** Share of a machine's processors and threads that is used on purpose: the target that the servers are scaled to. */
export const TARGET = 0.6;

const MIB = 2 ** 20;

/**
 * Requests a second at the target: as many as the processors can compute and the threads can hold, whichever is less.
 */
export function carries({ vCpus, memoryMiB }: Pick<InstancePrice, 'vCpus' | 'memoryMiB'>, { service, processor }: Work, { size, parallel = false }: Pick<Gateway, 'size' | 'parallel'>): number {
  const { workers, threads } = size({ cores: vCpus, memoryBytes: memoryMiB * MIB });
  const computed = ((parallel ? vCpus : Math.min(vCpus, workers)) * 1000) / processor;
  const held = (workers * threads * 1000) / service;
  return TARGET * Math.min(computed, held);
}
