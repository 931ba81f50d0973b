/** A release that lies on the machine. */
export interface Release {
  readonly digest: string;
  readonly directory: string;
  /** What the application says of itself where nobody tells it its digest: HUP reads code anew, and no environment. */
  readonly version: string;
}

/** A way to put a release in the place of another. It lives in the machine. */
export interface Way {
  /** What the application's answers call a release. */
  called(release: Release): string;
  /** Makes a release serve, where none does. */
  begin(release: Release): Promise<void>;
  /**
   * Puts a release in the place of the one that serves, and returns when the one before is gone.
   * @returns since when the release may have answered, in milliseconds since 1970
   */
  serve(release: Release): Promise<number>;
  /** Leaves nothing running. */
  end(): Promise<void>;
}
