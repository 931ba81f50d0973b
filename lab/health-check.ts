import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { connect as secure } from 'node:tls';
import type { HealthCheck } from './load-balancers.js';

/** What is known of a target's health. */
export interface Health {
  readonly state: 'initial' | 'healthy' | 'unhealthy';
  /** AWS's word for it; undefined where there is nothing to say. */
  readonly reason?: string;
  /** How many checks in a row spoke against the state. */
  readonly against: number;
}

/** A check that failed has AWS's reason for it. */
export type Result = { readonly good: true } | { readonly good: false; readonly reason: string };

export const UNKNOWN: Health = { state: 'initial', reason: 'Elb.InitialHealthChecking', against: 0 };

/**
 * What one more check makes of what is known: a new target needs one good check, one that is well or ill as many in a row as its
 * thresholds say. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
 */
export function judged(before: Health, result: Result, { healthyThreshold, unhealthyThreshold }: HealthCheck): Health {
  if (before.state === 'initial' && result.good) return { state: 'healthy', against: 0 };
  if (before.state === 'healthy' && result.good) return { ...before, against: 0 };
  if (before.state === 'unhealthy' && !result.good) return { ...before, reason: result.reason, against: 0 };
  const against = before.against + 1;
  if (against < (result.good ? healthyThreshold : unhealthyThreshold)) return { ...before, against };
  return result.good ? { state: 'healthy', against: 0 } : { state: 'unhealthy', reason: result.reason, against: 0 };
}

/** Who asks whom. */
export interface Question {
  /** Address of the load balancer, from which it asks. */
  readonly source: string;
  readonly address: string;
  readonly port: number;
  /** Whether a proxy protocol header without a client comes first: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#proxy-protocol */
  readonly proxyProtocol: boolean;
}

/** Asks a target once. A connection that was made is good enough for TCP. */
export function check(what: HealthCheck, question: Question): Promise<Result> {
  return new Promise((resolve) => {
    const bad = (reason: string) => resolve({ good: false, reason });
    const socket = connect({ host: question.address, port: question.port, localAddress: question.source });
    const timer = setTimeout(() => { bad('Target.Timeout'); socket.destroy(); }, what.timeout * 1000);
    socket.on('close', () => { clearTimeout(timer); bad('Target.FailedHealthChecks'); });
    socket.on('error', () => bad('Target.FailedHealthChecks'));
    socket.on('connect', () => {
      if (question.proxyProtocol) socket.write(PROXY_LOCAL);
      if (what.protocol !== 'TCP') return ask(what, question, socket, (status) => (matches(what.matcher, status) ? resolve({ good: true }) : bad('Target.ResponseCodeMismatch')));
      resolve({ good: true });
      socket.destroy();
    });
  });
}

function ask(what: HealthCheck, { address, port }: Question, socket: Socket, answered: (status: number) => void): void {
  const options = { method: 'GET', path: what.path, headers: { host: `${address}:${port}`, 'user-agent': 'ELB-HealthChecker/2.0', 'connection': 'close' } };
  const way = what.protocol === 'HTTPS' ? secure({ socket, rejectUnauthorized: false }) : socket;
  request({ ...options, createConnection: () => way }, (response) => {
    answered(response.statusCode ?? 0);
    socket.destroy();
  }).on('error', () => socket.destroy()).end();
}

/** A list of statuses and ranges, as in `200,301-308`. */
export function matches(matcher: string, status: number): boolean {
  return matcher.split(',').map((part) => part.trim().split('-').map(Number)).some(([first, last]) => status >= first! && status <= (last ?? first!));
}

/** Version 2, the command LOCAL, and no address: https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt */
const PROXY_LOCAL = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');
