/**
 * ReleaseManifest: what a release says of itself, in `release.json` at the root of its archive. The gateway's
 * build writes it on the deployer's computer, the agent reads it on the machine.
 *
 *     release.json
 *     app/                                    the application's folder
 *     venv/lib/python3.13/site-packages/      its dependencies, unpacked from wheels
 */
export interface ReleaseManifest {
  readonly format: 1;
  /** The application folder's name. */
  readonly application: string;
  readonly gateway: {
    readonly name: 'gunicorn';
    /** The WSGI callable, as Gunicorn takes it: `package.module:attribute`. */
    readonly callable: string;
  };
  /** What the folder was recognised as, and why, for the person who reads it. */
  readonly recognised: string;
  /** Version of Python that the dependencies were resolved for, as in `3.13`. */
  readonly python: string;
  /** Architecture that they were resolved for. */
  readonly architecture: Architecture;
  /** Static files that the proxy serves: where they answer, and their folder inside the release. */
  readonly static: readonly { readonly url: string; readonly directory: string }[];
  /** The Procfile's `release:` line: runs once for a release, before it serves. */
  readonly releaseCommand?: string;
}

/** A machine's processor, by EC2's name. */
export type Architecture = 'x86_64' | 'arm64';
