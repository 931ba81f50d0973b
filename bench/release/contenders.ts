/** Port of the contenders' nginx: the machine's security group lets it in, and nothing else listens there. They speak plain HTTP on it. */
export const PORT = 443;

/** A way to bring a new release to a machine. */
export interface Contender {
  /** Names it for the driver. */
  readonly name: string;
  /** What it is, for the person who reads the table. */
  readonly what: string;
  readonly port: number;
  /** Its folder on the machine's data volume. */
  readonly data: string;
}

export const ours: Contender = { name: 'paddock', what: 'proved on a private socket, then the one socket is handed over', port: 80, data: '/data/app' };

/** What people do today, on the same machine. */
export const contenders: readonly Contender[] = [
  { name: 'hup', what: 'Gunicorn gets HUP after the code was replaced', port: PORT, data: '/data/bench-hup' },
  { name: 'restart', what: 'the unit is stopped and started', port: PORT, data: '/data/bench-restart' },
  { name: 'new-socket', what: 'a new Gunicorn on a new socket, then nginx is reloaded', port: PORT, data: '/data/bench-new-socket' },
  { name: 'kept', what: 'our hand-over with connections kept between nginx and Gunicorn', port: PORT, data: '/data/bench-kept' },
];
