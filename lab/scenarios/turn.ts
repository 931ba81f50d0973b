const DAY = 86_400_000;

/** One of several today, the next one tomorrow: what takes too long to be asked of all of them in every run. */
export function turn<T>(of: readonly T[]): T {
  return of[Math.floor(Date.now() / DAY) % of.length]!;
}
