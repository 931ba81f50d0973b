/** Waits, in milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Tries again until the work succeeds, time is up, or the error is one that time does not mend.
 * @param limit seconds
 * @throws the last error
 */
export async function retry<T>(limit: number, work: () => Promise<T>, passes: (error: Error) => boolean = () => true): Promise<T> {
  const end = Date.now() + limit * 1000;
  for (let wait = 500; ; wait = Math.min(wait * 2, 5000)) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() + wait > end || !passes(error as Error)) throw error;
      await pause(wait);
    }
  }
}
