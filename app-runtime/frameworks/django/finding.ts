import type { Change } from './inspection.js';

/** What a release could not live with. */
export interface Finding {
  readonly kind: Change['kind'] | 'missing table' | 'missing column' | 'unknown required column';
  /** As in `entries.0002_colour`. @default - no migration: the database is so already */
  readonly migration?: string;
  readonly table: string;
  /** @default - the whole table */
  readonly column?: string;
}

/** How many places a refusal names beside the first. */
const OTHERS = 3;

const ACCEPT = 'deploy with -c acceptIncompatibleMigrations=true';

/** What is found, and the way to do without. */
const WORDS: Readonly<Record<Finding['kind'], (place: string, name: string) => readonly [got: string, todo: string]>> = {
  'dropped column': (place) => [`a dropped column ${place} that it reads`, `do it in two releases: first one that no longer uses it, then one that drops it, or ${ACCEPT}`],
  'dropped table': (place) => [`a dropped table ${place} that it reads`, `do it in two releases: first one that no longer uses it, then one that drops it, or ${ACCEPT}`],
  'renamed column': (place, name) => [`a renamed column ${place} that it reads`, `rename it in Python alone, with db_column='${name}' on the field, or ${ACCEPT}`],
  'renamed table': (place) => [`a renamed table ${place} that it reads`, `rename it in Python alone, with db_table = '${place}' in the model's Meta, or ${ACCEPT}`],
  'required column': (place) => [`a new column ${place}, NOT NULL without a default in the database, that it does not write`,
    `do it in two releases: first with null=True, or at once with db_default=, then NOT NULL, or ${ACCEPT}`],
  'made not null': (place) => [`a column ${place} made NOT NULL that it leaves empty`,
    `do it in two releases: first one that always writes it, then one that fills the rows before and makes it NOT NULL, or ${ACCEPT}`],
  'dropped default': (place) => [`a default dropped from the NOT NULL column ${place} that it does not write itself`,
    `do it in two releases: first one that always writes it, then one that drops the default, or ${ACCEPT}`],
  'missing table': (place) => [`no table ${place}, which it reads`, BACK],
  'missing column': (place) => [`no column ${place}, which it reads`, BACK],
  'unknown required column': (place) => [`a column ${place}, NOT NULL without a default in the database, that it does not write`, BACK],
};

const BACK = 'mend it with a new release, or accept it with --accept-incompatible-migrations (a deploy: -c acceptIncompatibleMigrations=true) and then '
  + 'run paddock restore on the machine, which gives up what was written since';

/** Why a release is refused: one line in the house form, about the first of the findings. */
export function refusal([first, ...others]: readonly [Finding, ...Finding[]]): string {
  const [got, todo] = WORDS[first.kind](placeOf(first), first.column ?? first.table);
  const [where, who] = first.migration === undefined ? ['database', 'comes back'] : [`migration ${first.migration}`, 'serves'];
  return `${where}: the release that ${who} must be able to live with it, got ${got}${besides(first, others)}; ${todo}`;
}

function besides(first: Finding, others: readonly Finding[]): string {
  const places = [...new Set(others.map(placeOf))].filter((place) => place !== placeOf(first));
  const more = places.length - OTHERS;
  return places.length === 0 ? '' : `, and the like of ${places.slice(0, OTHERS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function placeOf({ table, column }: Finding): string {
  return column === undefined ? table : `${table}.${column}`;
}
