/** What is asked for: the paths in turn, by so many connections at once. */
export interface Workload {
  readonly name: string;
  readonly paths: readonly string[];
  /** For the person who reads the table. */
  readonly what: string;
}

export const workloads: readonly Workload[] = [
  { name: 'json', paths: ['/json'], what: 'a tiny JSON answer' },
  { name: 'waiting', paths: ['/wait'], what: '10 ms of waiting' },
  { name: 'cpu', paths: ['/cpu'], what: '5 ms of CPU' },
  { name: 'mix', paths: ['/json', '/wait', '/cpu'], what: 'the three in turn' },
  { name: 'text 1 KB', paths: ['/static/small.css'], what: '1 KB of static text' },
  { name: 'text 100 KB', paths: ['/static/large.css'], what: '100 KB of static text' },
];
