import { cpus } from 'node:os';

/** A way to serve a Python application that people have today, as its makers deliver it. */
export interface Contender {
  readonly name: string;
  /** What it is, for the person who reads the table. */
  readonly what: string;
  /** Its nginx.conf in `nginx/`. @default - our own rendered one, or none when `nginx` is false */
  readonly config?: string;
  /** @default true */
  readonly nginx?: boolean;
  /** How Gunicorn is told where to listen. */
  readonly gateway: 'socket' | 'port';
  /** Gunicorn's other arguments. @default - our own rendered gunicorn.conf.py */
  readonly arguments?: readonly string[];
}

const cores = cpus().length;

export const ours: Contender = { name: 'paddock', what: 'nginx and Gunicorn as we render them', gateway: 'socket' };

/** Who the ratios are to. Source: the files that Elastic Beanstalk generates on Amazon Linux 2023, Python platform. */
export const beanstalk: Contender = {
  name: 'beanstalk', what: 'nginx without upstream keep-alive, 1 worker of 15 threads', config: 'beanstalk.conf', gateway: 'port', arguments: ['--workers=1', '--threads=15'],
};

export const contenders: readonly Contender[] = [
  ours,
  beanstalk,
  { name: 'tutorial', what: 'nginx, 3 sync workers on a unix socket', config: 'tutorial.conf', gateway: 'socket', arguments: ['--workers=3'] },
  // The buildpack gives a dyno of 512 MB two workers: as many as it has times 256 MB.
  { name: 'heroku', what: 'no proxy, 2 sync workers', nginx: false, gateway: 'port', arguments: ['--workers=2'] },
  // The same buildpack on a machine with memory enough: two workers a core and one more.
  { name: 'dokku', what: `nginx, ${2 * cores + 1} sync workers by TCP`, config: 'dokku.conf', gateway: 'port', arguments: [`--workers=${2 * cores + 1}`] },
];
