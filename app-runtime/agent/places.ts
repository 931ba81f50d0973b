/** Where things are on a machine. */
export const places = {
  settings: '/etc/paddock/settings.json',
  agent: '/opt/paddock/agent.cjs',
  releases: '/opt/paddock/releases',
  /** Link to the release that serves, kept last: what it names has answered. */
  current: '/opt/paddock/current',
  /** Files that an earlier apply wrote, so that the next one can remove what it no longer plans. */
  written: '/opt/paddock/written.json',
  /** Where planned files are laid out for their daemons to judge, before any is written. */
  stage: '/run/paddock/stage',
  environment: '/run/paddock/app.env',
  data: '/data',
  /** The application's own folder on the data volume. */
  appData: '/data/app',
  /** What the agent keeps on the data volume: root's alone. */
  keep: '/data/.paddock',
} as const;
