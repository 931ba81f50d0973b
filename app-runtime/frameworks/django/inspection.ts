/**
 * Inspection: what a release says of its migrations, its models and its database, before its release command runs. inspect_django.py writes it,
 * as the application's user and with the application's code loaded: it is read as what somebody else wrote.
 */

/** Columns by table and name, in lower case. */
export type Tables = Readonly<Record<string, Readonly<Record<string, Column>>>>;

export interface Column {
  /** Whether it takes NULL. */
  readonly null: boolean;
  /** Whether the database fills it where an INSERT does not name it. Django's own `default` never gets there. */
  readonly default: boolean;
}

/** What a migration does that a release which goes on serving could notice. */
export type Change =
  | { readonly kind: 'dropped table' | 'renamed table'; readonly table: string }
  | { readonly kind: 'dropped column' | 'renamed column' | 'required column' | 'dropped default'; readonly table: string; readonly column: string }
  /** `empty`: whether what serves leaves it empty, as far as its models and the newest row tell. */
  | { readonly kind: 'made not null'; readonly table: string; readonly column: string; readonly default: boolean; readonly empty: boolean };

export interface PendingMigration {
  /** As in `entries.0002_colour`. */
  readonly migration: string;
  readonly operations: readonly Change[];
}

export interface Inspection {
  /** What `migrate` would do now, in its order. */
  readonly pending: readonly PendingMigration[];
  /** What the release's models need of the database. */
  readonly models: Tables;
  /** What the database has. */
  readonly database: Tables;
}

const TABLE_KINDS = ['dropped table', 'renamed table'];
const COLUMN_KINDS = ['dropped column', 'renamed column', 'required column', 'dropped default', 'made not null'];

/** Anything that a person can read on one line. */
const NAME = /^[^\u0000-\u001f\u007f-\u009f]{1,200}$/;

/**
 * Reads what inspect_django.py wrote.
 * @throws Error in one line, also when it says why it could not tell
 */
export function parseInspection(text: string): Inspection {
  const said = documentOf(text);
  if (typeof said['problem'] === 'string') throw unread(oneLine(said['problem']));
  const { pending, models, database } = said;
  if (!Array.isArray(pending) || !pending.every(isPending)) throw unread('no list of migrations');
  return { pending, models: parseTables(models), database: parseTables(database) };
}

/**
 * Reads tables from what somebody else wrote.
 * @throws Error in one line
 */
export function parseTables(value: unknown): Tables {
  if (isRecord(value) && Object.entries(value).every(([table, columns]) => NAME.test(table) && isColumns(columns))) return value as Tables;
  throw unread('no tables');
}

function documentOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch { /* said below, in the house form */ }
  throw unread(text.trim() === '' ? 'nothing' : `no JSON document but ${JSON.stringify(oneLine(text).slice(0, 40))}`);
}

function isPending(value: unknown): value is PendingMigration {
  return isRecord(value) && isName(value['migration']) && Array.isArray(value['operations']) && value['operations'].every(isChange);
}

function isChange(value: unknown): value is Change {
  if (!isRecord(value) || !isName(value['table'])) return false;
  const { kind, column, default: filled, empty } = value;
  if (TABLE_KINDS.includes(kind as string)) return true;
  return COLUMN_KINDS.includes(kind as string) && isName(column) && (kind !== 'made not null' || (typeof filled === 'boolean' && typeof empty === 'boolean'));
}

function isColumns(value: unknown): boolean {
  return isRecord(value) && Object.entries(value).every(([name, column]) =>
    NAME.test(name) && isRecord(column) && typeof column['null'] === 'boolean' && typeof column['default'] === 'boolean');
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && NAME.test(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim().slice(0, 300);
}

function unread(got: string): Error {
  return new Error(`the release must tell what its migrations do, got ${got}; see the application's log, correct it and deploy again`);
}
