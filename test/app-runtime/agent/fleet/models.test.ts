import { expect, test } from 'vitest';
import { AwsError } from '../../../../app-runtime/agent/aws/aws.js';
import { FleetModels } from '../../../../app-runtime/agent/fleet/models.js';
import { packKept } from '../../../../app-runtime/kept-releases.js';

const KEPT = '/paddock/shop/kept';

function fleet(store = new Map<string, string>()) {
  const ssm = async (action: string, input: unknown) => {
    const { Name, Value } = input as { Name: string; Value: string };
    if (action === 'PutParameter') store.set(Name, Value);
    else if (!store.has(Name)) throw new AwsError(400, 'ParameterNotFound', 'ssm: ParameterNotFound');
    return { Parameter: { Value: store.get(Name) } };
  };
  return { store, models: new FleetModels({ ssm }, (digest) => `/paddock/shop/commanded/${digest}.models`, KEPT) };
}

const release = (digest: string) => ({ bucket: 'b', key: 'k', digest, served: '2026-11-28T00:00:00.000Z', migrations: [], secrets: [] });
const tables = { entries_entry: { id: { null: false, default: false }, text: { null: true, default: false } } };

test('the release that serves is the newest of those kept that is not the next one', async () => {
  const { store, models } = fleet();
  expect(await models.live('new')).toBeUndefined();
  store.set(KEPT, packKept({ instance: 'i-1', releases: [release('new'), release('old'), release('older')] }));
  expect(await models.live('new')).toBe('old');
  expect(await models.live('newer')).toBe('new');
});

test('the first release has none before it', async () => {
  const { store, models } = fleet();
  store.set(KEPT, packKept({ instance: 'i-1', releases: [release('new')] }));
  expect(await models.live('new')).toBeUndefined();
});

test('what a release\'s models need comes back as it was kept', async () => {
  const { models } = fleet();
  await models.keep('old', tables);
  expect(await models.of('old')).toEqual(tables);
  expect(await models.of('unknown')).toBeUndefined();
});

test('models that are too large for a parameter are not kept', async () => {
  const { store, models } = fleet();
  const wide = Object.fromEntries(Array.from({ length: 4000 }, (_, index) => [`column_${index}_${(index * 2654435761 % 4294967296).toString(36)}`, { null: true, default: false }]));
  await models.keep('old', { huge: wide });
  expect(store.size).toBe(0);
});
