import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Finding, refusal } from '../../../../app-runtime/frameworks/django/finding.js';
import type { Inspection } from '../../../../app-runtime/frameworks/django/inspection.js';
import { judgeDatabase, judgePending } from '../../../../app-runtime/frameworks/django/judge.js';
import { Guestbook } from './guestbook.js';

let guestbook: Guestbook;
let live: Inspection;
beforeAll(() => {
  guestbook = Guestbook.ready();
  const site = guestbook.site();
  live = site.inspect(site.live);
});
afterAll(() => guestbook.remove());

const CHAR = 'models.CharField(max_length=9';
const STATE = (operations: string) => `migrations.SeparateDatabaseAndState(state_operations=[${operations}])`;

interface Case {
  /** One migration of the next release for each, a list of operations. */
  readonly migrations: readonly string[];
  /** What is found, as in `dropped column entries_entry.mood`. */
  readonly found: readonly string[];
  /** What the application has begun to write. @default - no colour */
  readonly environment?: Record<string, string>;
}

const CASES: Readonly<Record<string, Case>> = {
  'a new column that takes NULL': { migrations: [`[migrations.AddField("entry", "size", ${CHAR}, null=True))]`], found: [] },
  'a new column with a default of Python': { migrations: [`[migrations.AddField("entry", "size", ${CHAR}, default="x"))]`], found: ['required column entries_entry.size'] },
  'a new column with an empty default': { migrations: [`[migrations.AddField("entry", "size", models.TextField(blank=True, default=""))]`], found: ['required column entries_entry.size'] },
  'a new column with a default in the database': { migrations: [`[migrations.AddField("entry", "size", ${CHAR}, db_default="x"))]`], found: [] },
  'a new column that the database computes': {
    migrations: ['[migrations.AddField("entry", "shout", models.GeneratedField(expression=models.functions.Upper("name"), output_field=models.TextField(), db_persist=False))]'], found: [],
  },
  'a new column that is made NOT NULL in the same release': {
    migrations: [`[migrations.AddField("entry", "size", ${CHAR}, null=True))]`, '[migrations.RunPython(migrations.RunPython.noop)]', `[migrations.AlterField("entry", "size", ${CHAR}, default="x"))]`],
    found: ['made not null entries_entry.size'],
  },
  'a new column that is given a default in the database and loses it again': {
    migrations: [`[migrations.AddField("entry", "size", ${CHAR}, db_default="x"))]`, `[migrations.AlterField("entry", "size", ${CHAR}))]`], found: ['dropped default entries_entry.size'],
  },
  'a column that is dropped': { migrations: ['[migrations.RemoveField("entry", "mood")]'], found: ['dropped column entries_entry.mood'] },
  'a column that is dropped and made again': {
    migrations: ['[migrations.RemoveField("entry", "mood")]', '[migrations.AddField("entry", "mood", models.TextField(default="calm"))]'], found: [],
  },
  'a column that is renamed': { migrations: ['[migrations.RenameField("entry", "mood", "temper")]'], found: ['renamed column entries_entry.mood'] },
  'a column that another field is given': { migrations: [`[migrations.AlterField("entry", "mood", ${CHAR}, default="calm", db_column="temper"))]`], found: ['renamed column entries_entry.mood'] },
  'a field that is renamed in Python alone': {
    migrations: [`[migrations.AlterField("entry", "mood", ${CHAR}, default="calm", db_column="mood")), migrations.RenameField("entry", "mood", "temper")]`], found: [],
  },
  'a column that is made NOT NULL while it is left empty': { migrations: [`[migrations.AlterField("entry", "colour", ${CHAR}, default="red"))]`], found: ['made not null entries_entry.colour'] },
  'a column that is made NOT NULL once it is always written': {
    migrations: [`[migrations.RunSQL("UPDATE entries_entry SET colour = 'blue' WHERE colour IS NULL"), migrations.AlterField("entry", "colour", ${CHAR}))]`], found: [], environment: { COLOUR: 'red' },
  },
  'a column that is made longer, and one that may be missing': {
    migrations: [`[migrations.AlterField("entry", "mood", models.CharField(max_length=99, null=True)), migrations.AlterField("entry", "name", models.TextField())]`], found: [],
  },
  'a table that is dropped': { migrations: ['[migrations.DeleteModel("Note")]'], found: ['dropped table entries_note'] },
  'a table that is renamed': { migrations: ['[migrations.AlterModelTable("note", "notes")]'], found: ['renamed table entries_note'] },
  'a model that is renamed': { migrations: ['[migrations.RenameModel("Note", "Remark")]'], found: ['renamed table entries_note'] },
  'a model that is renamed in Python alone, as makemigrations writes it': {
    migrations: ['[migrations.RenameModel("Note", "Remark"), migrations.AlterModelTable("remark", "entries_note")]'], found: [],
  },
  'a model that others point to and that is renamed': {
    migrations: ['[migrations.RenameModel("Tag", "Label")]'], found: ['renamed table entries_tag', 'renamed column entries_entry_tags.tag_id'],
  },
  'tags that are dropped': { migrations: ['[migrations.RemoveField("entry", "tags")]'], found: ['dropped table entries_entry_tags'] },
  'tags that are renamed': { migrations: ['[migrations.RenameField("entry", "tags", "labels")]'], found: ['renamed table entries_entry_tags'] },
  'a new model, a new relation, an index, a constraint': {
    migrations: [`[migrations.CreateModel("Page", [("id", models.BigAutoField(primary_key=True)), ("title", ${CHAR}))]), migrations.AddField("note", "page", models.ForeignKey("entries.Page", models.CASCADE, null=True)),
      migrations.AddIndex("note", models.Index(fields=["text"], name="by_text")), migrations.AddConstraint("entry", models.UniqueConstraint(fields=["id", "mood"], name="one")), migrations.AlterField("entry", "mood", ${CHAR}, default="calm", choices=[("calm", "calm")]))]`],
    found: [],
  },
  'an order that is kept in a column': { migrations: ['[migrations.AddField("note", "entry", models.ForeignKey("entries.Entry", models.CASCADE, null=True)), migrations.AlterOrderWithRespectTo("note", "entry")]'], found: ['required column entries_note._order'] },
  'SQL that drops a column': { migrations: ['[migrations.RunSQL("ALTER TABLE entries_entry DROP COLUMN mood")]'], found: ['dropped column entries_entry.mood'] },
  'SQL that renames a column': { migrations: [`[migrations.RunSQL([("ALTER TABLE Entries_Entry RENAME mood TO temper", None)])]`], found: ['renamed column entries_entry.mood'] },
  'SQL that drops one table and renames another': {
    migrations: [`[migrations.RunSQL("""-- no more notes;\nDROP TABLE IF EXISTS "entries_note"; /* ; */ ALTER TABLE entries_tag RENAME TO tags;""")]`],
    found: ['dropped table entries_note', 'renamed table entries_tag'],
  },
  'SQL that adds a column': { migrations: [`[migrations.RunSQL("ALTER TABLE entries_entry ADD COLUMN size varchar(9) DEFAULT 'a;b' NOT NULL; UPDATE entries_note SET text = 'x' WHERE text = 'DROP TABLE entries_note'")]`], found: [] },
  'SQL beside the state that belongs to it': {
    migrations: ['[migrations.RunSQL("ALTER TABLE entries_entry DROP COLUMN mood", state_operations=[migrations.RemoveField("entry", "mood")])]'], found: ['dropped column entries_entry.mood'],
  },
  'a column that Python alone forgets': { migrations: [`[${STATE('migrations.RemoveField("entry", "mood")')}]`], found: [] },
  'a column that Python forgets, and a table that SQLite then makes anew without it': {
    migrations: [`[${STATE('migrations.RemoveField("entry", "mood")')}]`, '[migrations.AlterField("entry", "name", models.CharField(max_length=41))]'], found: ['dropped column entries_entry.mood'],
  },
  'a column that Python forgets, and changes that SQLite makes in place': {
    migrations: [`[${STATE('migrations.RemoveField("entry", "mood")')}]`, `[migrations.AddField("entry", "size", ${CHAR}, null=True)), migrations.AddIndex("entry", models.Index(fields=["name"], name="by_name"))]`], found: [],
  },
  'a column that the database alone forgets': {
    migrations: ['[migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("entry", "mood")])]'], found: ['dropped column entries_entry.mood'],
  },
};

const named = (findings: readonly Finding[]) => findings.map(({ kind, table, column }) => `${kind} ${column === undefined ? table : `${table}.${column}`}`);

describe.each(Object.entries(CASES))('%s', (_, { migrations, found, environment }) => {
  test(`is ${found.length > 0 ? 'found' : 'let through'}, and what serves would ${found.length > 0 ? 'fail' : 'go on'}`, () => {
    const site = guestbook.site();
    if (environment) site.visit(site.live, environment);
    const next = site.next(...migrations);
    const inspection = site.inspect(next);
    expect(inspection.pending.map(({ migration }) => migration)).toEqual(migrations.map((__, index) => `entries.000${index + 3}_change`));
    expect(named(judgePending(inspection, live.models))).toEqual(found);

    site.migrate(next);
    const broken = site.visit(site.live, environment);
    expect(broken === undefined, broken).toBe(found.length === 0);
    // A release that writes it comes back to a column that is NOT NULL.
    const writes = found.includes('made not null entries_entry.colour');
    expect(judgeDatabase(site.inspect(site.live)).length > 0, 'a rollback').toBe(found.length > 0 && !writes);
  });
});

/** What the first of the findings says. */
const said = ([first, ...others]: readonly Finding[]) => first && refusal([first, ...others]);

test('the two-step way to drop a column is let through, each step', () => {
  const site = guestbook.site();
  const drop = site.next('[migrations.RemoveField("entry", "mood")]');
  expect(said(judgePending(site.inspect(drop), live.models))).toBe('migration entries.0003_change: the release that serves must be able to live with it, got a dropped column '
    + 'entries_entry.mood that it reads; do it in two releases: first one that no longer uses it, then one that drops it, or deploy with -c acceptIncompatibleMigrations=true');

  const forgets = `[migrations.AlterField("entry", "mood", ${CHAR}, null=True)), ${STATE('migrations.RemoveField("entry", "mood")')}]`;
  const without = readFileSync(join(site.live, 'entries/models.py'), 'utf8').replace(/^ +mood = .*\n/m, '');
  const [first, second] = [[forgets], [forgets, '[migrations.RunSQL("ALTER TABLE entries_entry DROP COLUMN mood")]']].map((more) => site.release([...site.serving, ...more], without));
  const one = site.inspect(first!);
  expect(judgePending(one, live.models)).toEqual([]);
  site.migrate(first!);
  expect(site.visit(site.live)).toBeUndefined();
  expect(judgeDatabase(site.inspect(site.live))).toEqual([]);
  expect(site.visit(first!)).toBeUndefined();
  expect(judgePending(site.inspect(second!), one.models)).toEqual([]);
  site.migrate(second!);
  expect(site.visit(first!)).toBeUndefined();
  expect(said(judgeDatabase(site.inspect(site.live)))).toBe('database: the release that comes back must be able to live with it, got no column entries_entry.mood, which it reads; mend it with a '
    + 'new release, or accept it with --accept-incompatible-migrations (a deploy: -c acceptIncompatibleMigrations=true) and then run paddock restore on the machine, which gives up what was written since');
});

test('the two-step way to a column that is NOT NULL is let through, each step', () => {
  const site = guestbook.site();
  const nullable = `[migrations.AddField("entry", "size", ${CHAR}, null=True))]`;
  const models = (extra: string) => readFileSync(join(site.live, 'entries/models.py'), 'utf8').replace('    tags =', `    size = ${CHAR}, default="x"${extra})\n    tags =`);
  const first = site.release([...site.serving, nullable], models(', null=True'));
  const second = site.release([...site.serving, nullable, `[migrations.AlterField("entry", "size", ${CHAR}, default="x"))]`], models(''));
  expect(said(judgePending(site.inspect(second), live.models))).toMatch(/^migration entries\.0004_change: .* got a column entries_entry\.size made NOT NULL that it leaves empty; do it in two releases: first /);
  const one = site.inspect(first);
  expect(judgePending(one, live.models)).toEqual([]);
  site.migrate(first);
  expect(site.visit(first)).toBeUndefined();
  expect(judgePending(site.inspect(second), one.models)).toEqual([]);
  site.migrate(second);
  expect(site.visit(first)).toBeUndefined();
  expect(said(judgeDatabase(site.inspect(site.live)))).toMatch(/got a column entries_entry\.size, NOT NULL without a default in the database, that it does not write; /);
});

test('a database that is not there yet has everything pending, and is not made by asking', () => {
  const site = guestbook.site();
  for (const DATA_DIR of [join(site.data, 'empty'), join(site.data, 'not/there')]) {
    const { pending, models, database } = site.inspect(site.live, 'guestbook.wsgi:application', { DATA_DIR });
    expect(pending).toEqual([{ migration: 'entries.0001_initial', operations: [] }, { migration: 'entries.0002_change', operations: [] }]);
    expect(Object.keys(models).sort()).toEqual(['entries_entry', 'entries_entry_tags', 'entries_note', 'entries_tag']);
    expect(database).toEqual({});
    expect(existsSync(DATA_DIR)).toBe(false);
  }
});

test('nothing is changed by asking: no migration is made, no code of one is run, no file is written', () => {
  const site = guestbook.site();
  const file = join(site.data, 'guestbook.sqlite3');
  const before = readFileSync(file);
  const next = site.next(`[migrations.RunPython(lambda apps, editor: open(${JSON.stringify(join(site.data, 'ran'))}, "w").close()), migrations.RemoveField("entry", "mood")]`);
  expect(site.inspect(next)).toEqual(site.inspect(next));
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(readdirSync(site.data)).toEqual(['guestbook.sqlite3']);
  expect(readdirSync(next)).not.toContain('__pycache__');
});

test('what a model needs and what the database has agree for a release whose migrations are made', () => {
  const { pending, models, database } = guestbook.site().inspect(guestbook.site().live);
  expect(pending).toEqual([]);
  const { django_migrations: own, ...rest } = database;
  expect(own).toBeDefined();
  expect(models).toEqual(rest);
  expect(models['entries_entry']).toEqual({
    id: { null: false, default: true }, name: { null: false, default: false }, message: { null: false, default: false }, written: { null: false, default: false },
    colour: { null: true, default: false }, mood: { null: false, default: false },
  });
});

test('an application that prints, begins threads, or comes from a factory in a folder of its own can tell all the same', () => {
  const site = guestbook.site();
  writeFileSync(join(site.live, 'made.py'), 'import os, threading, time\nprint("{ hello")\nos.system("echo {")\nthreading.Thread(target=time.sleep, args=(300,)).start()\n'
    + 'def make():\n    os.environ["DJANGO_SETTINGS_MODULE"] = "guestbook.settings"\n    return lambda environ, start: []\n');
  expect(site.inspect(site.live, 'made:make()')).toEqual(live);
});

test('a Django that has no database has nothing to migrate', () => {
  const site = guestbook.site();
  const settings = join(site.live, 'guestbook/settings.py');
  writeFileSync(settings, `${readFileSync(settings, 'utf8')}\nDATABASES = {}\n`);
  expect(site.inspect(site.live)).toEqual({ pending: [], models: {}, database: {} });
});

test('an application that cannot tell says why in one line', () => {
  const site = guestbook.site();
  writeFileSync(join(site.live, 'broken.py'), 'raise RuntimeError("the warehouse\\nis on fire")\n');
  expect(() => site.inspect(site.live, 'broken:application')).toThrow(
    'the release must tell what its migrations do, got RuntimeError: the warehouse is on fire; see the application\'s log, correct it and deploy again');
  expect(() => site.inspect(site.next('[migrations.RemoveField("entry", "nothing")]'))).toThrow(/must tell what its migrations do, got KeyError: 'nothing'; /);
  writeFileSync(join(site.data, 'guestbook.sqlite3'), 'x'.repeat(4096));
  expect(() => site.inspect(site.live)).toThrow(/got django\.db\.utils\.DatabaseError: file is not a database; /);
});
