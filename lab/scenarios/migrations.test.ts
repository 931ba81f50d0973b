import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROJECT } from '../lab.js';
import { Stage } from './stage.js';
import { Watch } from './watch.js';

const stage = new Stage();
const QUICK = ['-c', 'bakeTime=2', '-c', 'startTime=20'];
const MODELS = readFileSync(join(PROJECT, 'examples/django/entries/models.py'), 'utf8');

/** A field of the guest book's entries, and the migrations that brought it there or took it away. */
const entries = (name: string, field: string, migrations: Readonly<Record<string, string>>) => stage.application(name, 'django', {
  'entries/models.py': field === '' ? MODELS : MODELS.replace('    written =', `    ${field}\n    written =`),
  ...Object.fromEntries(Object.entries(migrations).map(([migration, operation]) => [`entries/migrations/${migration}.py`, text(migration, operation)])),
});
const text = (migration: string, operation: string) => [
  'from django.db import migrations, models', '', '', 'class Migration(migrations.Migration):',
  `    dependencies = [("entries", "${{ '0002': '0001_initial', '0003': '0002_colour' }[migration.slice(0, 4)]}")]`, `    operations = [${operation}]`, '',
].join('\n');

const COLOUR = 'colour = models.CharField(max_length=20, null=True)';
const add = { '0002_colour': 'migrations.AddField("entry", "colour", models.CharField(max_length=20, null=True))' };
const drop = { ...add, '0003_drop_colour': 'migrations.RemoveField("entry", "colour")' };
const require = { ...add, '0003_mood': 'migrations.AddField("entry", "mood", models.CharField(max_length=20, default="good"))' };

let url = '';
const count = async () => (await (await fetch(`${url}entries.json`)).json() as { count: number }).count;

async function sign(message: string): Promise<void> {
  const form = await fetch(url);
  const cookie = form.headers.getSetCookie()[0]!.split(';')[0]!;
  const token = /csrfmiddlewaretoken" value="([^"]+)"/.exec(await form.text())![1]!;
  await fetch(url, { method: 'POST', redirect: 'manual', headers: { cookie, referer: url }, body: new URLSearchParams({ csrfmiddlewaretoken: token, name: 'Ada', message }) });
}

beforeAll(async () => {
  await stage.run('up');
  const { code, lastLine, text: said } = await stage.deploy('examples/django', ...QUICK);
  expect(code, said).toBe(0);
  url = lastLine;
  await sign('before any of it');
});
afterAll(async () => { await stage.down(); });

describe('pending migrations', () => {
  test('are listed in the deploy, and made before the release serves', async () => {
    const watch = new Watch(url, () => 'good');
    const { code, text: said } = await stage.deploy(entries('v2', COLOUR, add), ...QUICK);
    expect(code, said).toBe(0);
    expect((await watch.end()).failures).toEqual([]);
    expect(said).toMatch(/machine i-[0-9a-f]+: pending migrations entries\.0002_colour/);
    expect(said).toMatch(/Received SUCCESS signal with UniqueId i-[0-9a-f]{17}:entries\.0002_colour/);
    expect(await count()).toBe(1);
  });

  test('that what serves cannot live with stop the deploy with the way to do it in two steps', async () => {
    const watch = new Watch(url, () => 'good');
    const { code, text: said } = await stage.deploy(entries('v3', '', drop), ...QUICK);
    expect(code).toBe(1);
    expect((await watch.end()).failures).toEqual([]);
    expect(said).toMatch(/Received FAILURE signal with UniqueId i-[0-9a-f]{17}:migrations/);
    expect(said).toContain('migrations: migration entries.0003_drop_colour: the release that serves must be able to live with it, got a dropped column entries_entry.colour that it reads; '
      + 'do it in two releases: first one that no longer uses it, then one that drops it, or deploy with -c acceptIncompatibleMigrations=true');
    await sign('the old one goes on writing');
    expect(await count()).toBe(2);
  });

  test('that would make the old release unable to write stop it too', async () => {
    const { code, text: said } = await stage.deploy(entries('v3b', `${COLOUR}\n    mood = models.CharField(max_length=20, default="good")`, require), ...QUICK);
    expect(code).toBe(1);
    expect(said).toContain('got a new column entries_entry.mood, NOT NULL without a default in the database, that it does not write; do it in two releases: first with null=True, or at once with db_default=');
  });

  test('are made all the same when the person says so', async () => {
    const { code, text: said } = await stage.deploy(entries('v3', '', drop), ...QUICK, '-c', 'acceptIncompatibleMigrations=true');
    expect(code, said).toBe(0);
    expect(await count()).toBe(2);
  });
});

describe('going back across such a migration', () => {
  test('is refused', async () => {
    const { code, text: said } = await stage.run('rollback');
    expect(code).toBe(1);
    expect(said).toContain('database: the release that comes back must be able to live with it, got no column entries_entry.colour, which it reads; mend it with a new release, or accept it with --accept-incompatible-migrations');
    expect(await count()).toBe(2);
  });

  test('is possible after the database was put back by one command', async () => {
    await sign('written since');
    const [machine] = (await stage.inventory()).machines;
    expect(await stage.inMachine(`paddock restore ${machine!.release!.slice(0, 12)}`)).toContain('what was there is kept as before-restore');
    expect(await count()).toBe(2);
    const { code, text: said } = await stage.run('rollback');
    expect(code, said).toBe(0);
    expect(await count()).toBe(2);
  });

  test('and a snapshot that is not there is refused with those that are', async () => {
    expect(await stage.inMachine('paddock restore ffff 2>&1')).toMatch(/snapshot ffff: must be one that this machine keeps, got .*before-restore \(/);
  });
});

describe('the release command', () => {
  test('has run once for each release that served, and its output is kept', async () => {
    const ran = await stage.inMachine('journalctl -u paddock-agent -o cat | grep -c "ran release command"');
    expect(ran.trim()).toBe('3');
    expect(await stage.inMachine('cat /data/.paddock/commanded/*.log')).toContain('Applying entries.0002_colour... OK');
  });
});
