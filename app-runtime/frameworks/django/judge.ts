import type { Finding } from './finding.js';
import type { Change, Column, Inspection, Tables } from './inspection.js';

/**
 * What the pending migrations do that the release that serves cannot live with, in their order. It goes on serving while they are made, and
 * after that where the new release is refused.
 * @param live what its models need. @default - it may use everything that the database has
 */
export function judgePending({ pending, database }: Inspection, live: Tables = database): Finding[] {
  return pending.flatMap(({ migration, operations }) =>
    operations.filter((change) => breaks(change, live)).map((change) =>
      ({ kind: change.kind, migration, table: change.table, ...('column' in change && { column: change.column }) })));
}

/** What a release that comes back misses in the database as it is: later releases made migrations. */
export function judgeDatabase({ models, database }: Inspection): Finding[] {
  return Object.entries(models).flatMap(([table, needed]): Finding[] => {
    const columns = own(database, table);
    if (!columns) return [{ kind: 'missing table', table }];
    return [
      ...Object.keys(needed).filter((name) => !own(columns, name)).map((column): Finding => ({ kind: 'missing column', table, column })),
      ...Object.entries(columns).filter(([name, column]) => !own(needed, name) && isRequired(column))
        .map(([column]): Finding => ({ kind: 'unknown required column', table, column })),
    ];
  });
}

function breaks(change: Change, live: Tables): boolean {
  const columns = own(live, change.table);
  if (!columns) return false;
  if (!('column' in change)) return true;
  const column = own(columns, change.column);
  switch (change.kind) {
    case 'dropped column': case 'renamed column': return column !== undefined;
    case 'required column': return column === undefined;
    case 'dropped default': return column === undefined || column.default;
    // One that wrote a value last is taken to go on so.
    case 'made not null': return column ? column.null && change.empty : !change.default;
  }
}

function isRequired(column: Column): boolean {
  return !column.null && !column.default;
}

/** Names come from the application, so that one may be `constructor`. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
