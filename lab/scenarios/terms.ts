import type { Asked } from './load.js';

/** A switch of the site from one release to another. Times in milliseconds since 1970, by the clock that machine and computer share. */
export interface Switch {
  /** What the answers of the new release call it. */
  readonly to: string;
  /** When it was asked for. */
  readonly asked: number;
  /** Since when the new release may have answered. */
  readonly began: number;
  /** When the old release was gone. @default - the switch failed; either release may answer from then on */
  readonly ended?: number;
}

/** When a release may answer: from the beginning of the switch to it until the end of the switch away from it. */
interface Term {
  readonly release: string;
  readonly begins: number;
  readonly ends: number;
}

/** What visitors saw of a switch, until the next one began. */
export interface Seen {
  /** When the first request began that the new release answered; endless where none was. */
  readonly firstNew: number;
  /** When the last request began that the old release answered. */
  readonly lastOld: number;
  /** Milliseconds between two good answers, at most. */
  readonly silence: number;
}

/** Which release may answer when. Terms of two releases overlap while one takes over from the other. */
export class Terms {
  private readonly terms: readonly Term[];

  constructor(first: string, switches: readonly Switch[]) {
    this.terms = [{ to: first, began: -Infinity }, ...switches].map(({ to, began }, index) => ({ release: to, begins: began, ends: switches[index]?.ended ?? Infinity }));
  }

  /** Whether the release that answered may have done so at some moment of the request. */
  allow({ release, began, ended }: Asked): boolean {
    for (let index = this.current(ended); index >= 0 && this.terms[index]!.ends >= began; index--) {
      if (this.terms[index]!.release === release) return true;
    }
    return false;
  }

  /** One for each switch. */
  seen(good: readonly Asked[]): Seen[] {
    const seen = this.terms.map(() => ({ firstNew: Infinity, lastOld: -Infinity, silence: 0 }));
    let before = Infinity;
    for (const { release, began, ended } of [...good].sort((one, other) => one.ended - other.ended)) {
      const index = this.current(ended);
      const now = seen[index]!;
      if (release === this.terms[index]!.release) now.firstNew = Math.min(now.firstNew, began);
      else now.lastOld = Math.max(now.lastOld, began);
      now.silence = Math.max(now.silence, ended - before);
      before = ended;
    }
    return seen.slice(1);
  }

  /** The term that began last before a moment. */
  private current(moment: number): number {
    let [low, high] = [0, this.terms.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.terms[middle]!.begins <= moment) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
