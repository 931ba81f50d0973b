import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { record, type Run } from '../../../lab/conformance/table.js';
import { temporaryFolder } from '../../lib/application.js';

const run = (words: Partial<Run> = {}): Run => ({ gateway: 'gunicorn', proxy: 'nginx', topology: 'single-node', switches: 10, outcomes: [{ title: 'serves', kept: true }], ...words });

test('a gateway asked by another example than its own has a column of its own, which the next such run takes', () => {
  const project = temporaryFolder();
  mkdirSync(join(project, 'docs'));
  for (const each of [run({ example: 'django' }), run(), run({ example: 'django', switches: 20 })]) record(each, project);
  expect(readFileSync(join(project, 'docs/gateways.md'), 'utf8')).toContain('|  | Gunicorn | Gunicorn, examples/django |\n');
  expect((JSON.parse(readFileSync(join(project, 'docs/gateways.json'), 'utf8')) as Run[]).map(({ example, switches }) => [example, switches])).toEqual([[undefined, 10], ['django', 20]]);
});
