import type { Check, MachineContext, PlannedFile, PlannedUnit } from '../agent/machine/plan.js';
import { render, type Safe } from '../agent/machine/template.js';
import type { Gateway } from '../gateway/gateway.js';

/** What a proxy is on a machine: all that differs from one to another, pure, as values. */
export interface Proxy {
  /** As a person reads it: `nginx`. */
  readonly title: string;
  /** Debian's packages that it needs. */
  readonly packages: readonly string[];
  /** The unit that it runs as. */
  readonly unit: string;
  /** The same unit, and how it takes notice of changed files. */
  readonly units: readonly PlannedUnit[];
  /** Its own judgement of its files, and systemd's of its unit. */
  readonly checks: readonly Check[];
  /** Its configuration and its unit, for the role of the context. */
  readonly files: (context: MachineContext, gateway: Pick<Gateway, 'fastcgi'>) => readonly PlannedFile[];
}

/** Where the machine asks whether the application is ready, as if by HTTPS: the release that serves, and the one that proves itself. */
export const readiness = { serving: { host: '127.0.0.1', port: 81 }, candidate: { host: '127.0.0.1', port: 82 } } as const;

/** While this file is there, the machine's proxy tells the load balancer before it that it leaves. */
export const drainingMark = '/run/paddock-draining';

/** Lines of a proxy's unit: who it runs as, and all that it is kept from. */
export function sandbox(): Safe {
  return render('proxies/templates/sandbox.conf');
}
