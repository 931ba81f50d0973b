import { expect, test } from 'vitest';
import { type Finding, refusal } from '../../../../app-runtime/frameworks/django/finding.js';
import { type Change, type Inspection, parseInspection, type Tables } from '../../../../app-runtime/frameworks/django/inspection.js';
import { judgeDatabase, judgePending } from '../../../../app-runtime/frameworks/django/judge.js';

const value = { null: false, default: false };
const optional = { null: true, default: false };
const filled = { null: false, default: true };
const LIVE: Tables = { entries_entry: { id: filled, name: value, colour: optional, mood: filled } };

const inspection = (operations: readonly Change[], database: Tables = LIVE): Inspection => ({ pending: [{ migration: 'entries.0002_change', operations }], models: {}, database });
const judged = (...operations: readonly Change[]) => judgePending(inspection(operations), LIVE);
const said = ([first, ...others]: readonly Finding[]) => first && refusal([first, ...others]);
const column = (kind: 'dropped column' | 'renamed column' | 'required column' | 'dropped default', name: string): Change => ({ kind, table: 'entries_entry', column: name });

const ACCEPT = 'or deploy with -c acceptIncompatibleMigrations=true';

test.each<[string, Change, string]>([
  ['a dropped column', column('dropped column', 'name'),
    'a dropped column entries_entry.name that it reads; do it in two releases: first one that no longer uses it, then one that drops it'],
  ['a dropped table', { kind: 'dropped table', table: 'entries_entry' }, 'a dropped table entries_entry that it reads; do it in two releases: first one that no longer uses it, then one that drops it'],
  ['a renamed column', column('renamed column', 'name'), "a renamed column entries_entry.name that it reads; rename it in Python alone, with db_column='name' on the field"],
  ['a renamed table', { kind: 'renamed table', table: 'entries_entry' }, "a renamed table entries_entry that it reads; rename it in Python alone, with db_table = 'entries_entry' in the model's Meta"],
  ['a new column that is NOT NULL', column('required column', 'size'),
    'a new column entries_entry.size, NOT NULL without a default in the database, that it does not write; do it in two releases: first with null=True, or at once with db_default=, then NOT NULL'],
  ['a column made NOT NULL', { kind: 'made not null', table: 'entries_entry', column: 'colour', default: false, empty: true },
    'a column entries_entry.colour made NOT NULL that it leaves empty; do it in two releases: first one that always writes it, then one that fills the rows before and makes it NOT NULL'],
  ['a default that goes', column('dropped default', 'mood'),
    'a default dropped from the NOT NULL column entries_entry.mood that it does not write itself; do it in two releases: first one that always writes it, then one that drops the default'],
])('%s that what serves lives on is refused in one line that says what to do', (_, change, words) => {
  expect(said(judged(change))).toBe(`migration entries.0002_change: the release that serves must be able to live with it, got ${words}, ${ACCEPT}`);
});

test('what goes that the release that serves does not know is let through', () => {
  expect(judged(column('dropped column', 'size'), column('renamed column', 'size'), { kind: 'dropped table', table: 'entries_note' }, { kind: 'renamed table', table: 'entries_note' },
    { kind: 'required column', table: 'entries_note', column: 'size' })).toEqual([]);
});

test('a column that the release that serves writes already may be made NOT NULL, or lose its default', () => {
  const made = (name: string, empty: boolean, filledBy = false): Change => ({ kind: 'made not null', table: 'entries_entry', column: name, default: filledBy, empty });
  expect(judged(column('required column', 'name'), made('colour', false), made('name', true), column('dropped default', 'name'))).toEqual([]);
  expect(judged(made('size', false, true))).toEqual([]);
  expect(judged(made('size', false))).toHaveLength(1);
});

test('a release of which nothing is known may use everything that the database has', () => {
  const operations = [column('dropped column', 'name'), column('dropped column', 'size'), column('required column', 'size')];
  expect(judgePending(inspection(operations), undefined)).toEqual(judged(...operations));
  expect(judgePending(inspection(operations, {}), undefined)).toEqual([]);
  expect(judgePending(inspection(operations), {})).toEqual([]);
});

test('names that JavaScript has for itself are names like others', () => {
  const table: Change = { kind: 'dropped table', table: 'constructor' };
  expect(judged(table, column('dropped column', 'toString'))).toEqual([]);
  expect(judgePending(inspection([table]), { constructor: {} } as unknown as Tables)).toHaveLength(1);
});

test('a refusal is about the first thing, and names three more places', () => {
  const all = ['id', 'name', 'colour', 'mood'].map((name) => column('dropped column', name));
  expect(said(judged(...all.slice(0, 2)))).toMatch(/got a dropped column entries_entry\.id that it reads, and the like of entries_entry\.name; do it /);
  expect(said(judged(...all, { kind: 'dropped table', table: 'entries_entry' }))).toMatch(/ that it reads, and the like of entries_entry\.name, entries_entry\.colour, entries_entry\.mood and 1 more; do it /);
});

test('a release comes back to a database that has what it needs, and more', () => {
  const database = { entries_entry: { ...LIVE['entries_entry']!, size: optional, weight: filled }, entries_note: { text: value } };
  expect(judgeDatabase({ pending: [], models: LIVE, database })).toEqual([]);
});

test('a release does not come back to a database that lacks what it reads, or wants what it does not write', () => {
  const findings = judgeDatabase({ pending: [], models: { ...LIVE, entries_note: {} }, database: { entries_entry: { id: filled, name: value, colour: optional, size: value } } });
  expect(findings).toEqual([
    { kind: 'missing column', table: 'entries_entry', column: 'mood' },
    { kind: 'unknown required column', table: 'entries_entry', column: 'size' },
    { kind: 'missing table', table: 'entries_note' },
  ]);
  const words = findings.map((finding) => refusal([finding]).split('; ')[0]);
  expect(words).toEqual(['no column entries_entry.mood, which it reads', 'a column entries_entry.size, NOT NULL without a default in the database, that it does not write', 'no table entries_note, which it reads']
    .map((got) => `database: the release that comes back must be able to live with it, got ${got}`));
});

test.each<[string, string]>([
  ['', 'nothing'],
  ['{"pending": [', 'no JSON document but "{\\"pending\\": ["'],
  ['[]', 'no JSON document but "[]"'],
  ['{}', 'no list of migrations'],
  ['{"problem": "OperationalError: no\\nroute\\u001b[2J to host"}', 'OperationalError: no route [2J to host'],
  ['{"pending": [{"migration": "a.b\\nc", "operations": []}], "models": {}, "database": {}}', 'no list of migrations'],
  ['{"pending": [{"migration": "a.b", "operations": [{"kind": "moved table", "table": "x"}]}], "models": {}, "database": {}}', 'no list of migrations'],
  ['{"pending": [{"migration": "a.b", "operations": [{"kind": "dropped column", "table": "x"}]}], "models": {}, "database": {}}', 'no list of migrations'],
  ['{"pending": [{"migration": "a.b", "operations": [{"kind": "made not null", "table": "x", "column": "y"}]}], "models": {}, "database": {}}', 'no list of migrations'],
  ['{"pending": [], "models": {"x": {"y": 1}}, "database": {}}', 'no tables'],
  ['{"pending": [], "models": {}, "database": null}', 'no tables'],
])('an application that says %s is refused in one line', (text, got) => {
  expect(() => parseInspection(text)).toThrow(new Error(`the release must tell what its migrations do, got ${got}; see the application's log, correct it and deploy again`));
});
