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

/** A line that the driver prints: what serves before the first switch, or a switch. */
export type Told = { readonly serves: string } | Switch;
