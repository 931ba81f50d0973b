/** Where things are on a machine. */
export const places = {
  settings: '/etc/paddock/settings.json',
  releases: '/opt/paddock/releases',
  /** Link to the release that serves: what it names has answered. */
  current: '/opt/paddock/current',
  /** Link to the next release during a switch, and to the previous one after it: pages that are open in browsers ask for its static files. */
  other: '/opt/paddock/other',
  /** Files that an earlier apply wrote, so that the next one can remove what it no longer plans. */
  written: '/opt/paddock/written.json',
  runtime: '/run/paddock',
  /** Where planned files are laid out for their daemons to judge, before any is written. */
  stage: '/run/paddock/stage',
  environment: '/run/paddock/app.env',
  data: '/data',
  /** The application's own folder on the data volume. */
  appData: '/data/app',
  /** What the agent keeps on the data volume: root's alone. */
  keep: '/data/.paddock',
  /** A mark for each release whose release command has run, with the data that it ran on. */
  commanded: '/data/.paddock/commanded',
} as const;
