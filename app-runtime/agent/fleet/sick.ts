/** How a server has been found, by the questions of whoever watches it. */
export interface Condition {
  readonly well: boolean;
  /** Milliseconds since 1970 from which on it was found so each time. */
  readonly since: number;
}

/** The servers in service by instance id, each with how it has been. */
export type History = ReadonlyMap<string, Condition>;

/** How long a server must have failed before somebody else takes its place, in milliseconds. */
const PATIENCE = 20_000;

/**
 * The history after one more look. Who was not looked at is in service no more, and forgotten.
 * @param found whether each server in service is well
 * @param now milliseconds since 1970
 */
export function observed(history: History, found: ReadonlyMap<string, boolean>, now: number): History {
  return new Map([...found].map(([id, well]) => {
    const before = history.get(id);
    return [id, { well, since: before?.well === well ? before.since : now }];
  }));
}

/**
 * Who must be replaced: a server that failed all the time while at least half of all were well. Where more fail, it is not the
 * servers that are sick but something that they share, as a database; and when that comes back, each has the time again to get well.
 * @param now milliseconds since 1970
 * @returns instance ids
 */
export function whoIsSick(history: History, now: number): string[] {
  const wellSince = [...history.values()].filter(({ well }) => well).map(({ since }) => since).sort((one, other) => one - other);
  const half = Math.ceil(history.size / 2);
  const halfWell = wellSince[half - 1];
  if (halfWell === undefined) return [];
  return [...history].filter(([, { well, since }]) => !well && now - Math.max(since, halfWell) >= PATIENCE).map(([id]) => id);
}
