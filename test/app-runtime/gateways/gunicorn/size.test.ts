import { expect, test } from 'vitest';
import { size } from '../../../../app-runtime/gateways/gunicorn/size.js';

const GIB = 2 ** 30;

for (const [machine, cores, gib, workers] of [
  ['two cores', 2, 2, 3], ['two cores of a micro, as Linux counts its memory', 2, 0.9, 3], ['two cores of a nano', 2, 0.44, 1],
  ['one core', 1, 1, 2], ['eight cores', 8, 32, 9], ['eight cores with little memory', 8, 1, 4], ['next to no memory', 1, 0.1, 1],
] as const) {
  test(`${machine} run ${workers} worker${workers > 1 ? 's' : ''} of 16 threads`, () => {
    expect(size({ cores, memoryBytes: gib * GIB })).toEqual({ workers, threads: 16 });
  });
}
