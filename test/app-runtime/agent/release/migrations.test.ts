import { mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Run } from '../../../../app-runtime/agent/machine/command.js';
import { inspect, keepModels, modelsOf, pruneModels } from '../../../../app-runtime/agent/release/migrations.js';
import { temporaryFolder } from '../../../lib/application.js';

const DIGEST = 'a'.repeat(64);
const MODELS = { entries_entry: { id: { null: false, default: true } } };

/** systemd, whose unit writes the answer and ends with the code. */
const unit = (file: string, text: string | undefined, code = 0, asked: string[][] = []): Run => async (command) => {
  asked.push([...command]);
  if (text !== undefined) writeFileSync(file, text);
  return { code, stdout: '', stderr: '' };
};

test('an inspection starts its unit and reads what it wrote', async () => {
  const file = join(temporaryFolder(), 'inspection.json');
  const asked: string[][] = [];
  const inspection = { pending: [{ migration: 'entries.0002_colour', operations: [] }], models: MODELS, database: MODELS };
  expect(await inspect(file, unit(file, JSON.stringify(inspection), 0, asked))).toEqual(inspection);
  expect(asked).toEqual([['systemctl', 'start', 'app-inspect.service']]);
});

test('what another release said is never taken for an answer', async () => {
  const file = join(temporaryFolder(), 'inspection.json');
  writeFileSync(file, JSON.stringify({ pending: [], models: {}, database: {} }));
  await expect(inspect(file, unit(file, undefined, 1))).rejects.toThrow(
    "the release must tell what its migrations do within 60 s, got nothing; see the application's log, correct it and deploy again");
});

test('an application that says why it cannot tell is refused with that', async () => {
  const file = join(temporaryFolder(), 'inspection.json');
  await expect(inspect(file, unit(file, '{"problem": "RuntimeError: the warehouse is on fire"}', 1))).rejects.toThrow(
    "the release must tell what its migrations do, got RuntimeError: the warehouse is on fire; see the application's log, correct it and deploy again");
  await expect(inspect(file, unit(file, '{"pending": [], "models": {}, "database": {}}', 1))).rejects.toThrow(/got a failure at its end; /);
});

test('an answer without end is refused unread', async () => {
  const file = join(temporaryFolder(), 'inspection.json');
  const endless: Run = async () => {
    writeFileSync(file, '');
    truncateSync(file, 2 ** 40);
    return { code: 0, stdout: '', stderr: '' };
  };
  await expect(inspect(file, endless)).rejects.toThrow("the release must tell what its migrations do in 16 MiB at most, got 1048576 MiB; see the application's log");
});

test('the models of a release are kept for root alone, until the release is no longer kept', async () => {
  const folder = join(temporaryFolder(), 'models');
  await pruneModels([], folder);
  await keepModels(DIGEST, MODELS, folder);
  await keepModels('b'.repeat(64), {}, folder);
  expect(statSync(folder).mode & 0o077).toBe(0);
  expect(statSync(join(folder, `${DIGEST}.json`)).mode & 0o777).toBe(0o600);
  await pruneModels([DIGEST], folder);
  expect(readdirSync(folder)).toEqual([`${DIGEST}.json`]);
  expect(await modelsOf(DIGEST, folder)).toEqual(MODELS);
});

test('models that were never kept, or cannot be read, are not known', async () => {
  const folder = temporaryFolder();
  expect(await modelsOf(DIGEST, folder)).toBeUndefined();
  for (const garbage of ['', 'null', '{"entries_entry": []}', '{"x": {"y": {"null": 1}}}']) {
    writeFileSync(join(folder, `${DIGEST}.json`), garbage);
    expect(await modelsOf(DIGEST, folder)).toBeUndefined();
  }
  mkdirSync(join(folder, 'c.json'));
  expect(await modelsOf('c', folder)).toBeUndefined();
});
