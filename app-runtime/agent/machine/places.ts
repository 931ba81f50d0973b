import type { Slot } from './plan.js';

/** Where things are on a machine. */
export const places = {
  settings: '/etc/paddock/settings.json',
  releases: '/opt/paddock/releases',
  /** Link to the release that serves: what it names has answered. */
  current: '/opt/paddock/current',
  /** Link to the next release during a switch, and to the previous one after it: pages that are open in browsers ask for its static files. */
  other: '/opt/paddock/other',
  /** Link to the release that served before the previous one. */
  third: '/opt/paddock/third',
  /** Which release serves in which slot, and which were before it. */
  serving: '/opt/paddock/serving.json',
  /** The steps of the last switch, so that the next run completes or undoes one that was cut off. */
  journal: '/opt/paddock/switch.json',
  /** A mark that the group was told of this machine. */
  booted: '/opt/paddock/booted',
  /** A mark that this machine refused its release: an app server waits for its end then, and does not begin again. */
  refused: '/opt/paddock/refused',
  /** Which releases' static files are here, newest first, for a machine that boots again. */
  staticReleases: '/opt/paddock/static.json',
  runtime: '/run/paddock',
  /** Where planned files are laid out for their daemons to judge, before any is written. */
  stage: '/run/paddock/stage',
  /** Units that must take notice of files that were written, one a line, until they have. The power takes it with the units themselves. */
  owed: '/run/paddock/owed',
  /** What the application's processes find in their environment, for each slot: on tmpfs, so that no disk ever holds a secret. */
  environmentOf: (slot: Slot) => `/run/paddock/${slot}.env`,
  /** What the application must know to be handed credentials for its files. */
  mediaToken: '/run/paddock/media-token',
  /** Where the agent answers `paddock` on the machine. */
  control: '/run/paddock/agent.sock',
  data: '/data',
  /** The application's own folder on the data volume. */
  appData: '/data/app',
  /** What the agent keeps on the data volume: root's alone. */
  keep: '/data/.paddock',
  /** Digests of the releases that ever served with this data, one a line. */
  served: '/data/.paddock/served',
  /** A mark for each release whose release command has run, with the data that it ran on, and what it said. */
  commanded: '/data/.paddock/commanded',
  /** The databases as they were before a release's command, in a folder for each release. */
  snapshots: '/data/.paddock/snapshots',
  /** What each release's models need of the database, by release. */
  models: '/data/.paddock/models',
} as const;
