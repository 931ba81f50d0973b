import type { Duration } from 'aws-cdk-lib';
import type { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import type { ISubnet, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct, IDependable } from 'constructs';
import type { Gateway } from '../app-runtime/gateway/gateway.js';
import type { AppServerSettings } from '../app-runtime/settings.js';
import type { Alarms } from './alarms.js';
import { AlbBalancer, type AlbBalancerOptions, refuseAlb } from './balancer/alb-balancer.js';
import { NginxBalancer, type NginxBalancerOptions, refuseBalancers } from './balancer/nginx-balancer.js';
import type { Choice } from './choice.js';
import type { Fleet } from './fleet-machine.js';
import { installs } from './packages.js';
import type { Proxy } from './proxy.js';
import type { Update } from './update.js';

/** What a front tier is made for. */
export interface FrontProps {
  readonly fleet: Fleet;
  /** Where it takes requests from the world. */
  readonly publicSubnets: ISubnet[];
  /** Name of the group of the app servers, which comes after it. */
  readonly servers: string;
  readonly readinessPath: string;
  /** ARN; '' for none. */
  readonly certificate: string;
  readonly deletionProtection: boolean;
  readonly mostErrors: number;
  readonly slowestAnswer: number;
  /** ARN; '' for none. */
  readonly alarmTopic: string;
  readonly update: Update;
  readonly bakeTime: Duration;
  /** How long a deploy waits for a machine. */
  readonly timeout: Duration;
}

/** A front tier, as the app servers behind it see it. */
export interface Front {
  /** The load balancer's own name. */
  readonly address: string;
  readonly alarms: Alarms;
  /** Target groups that app servers are registered with, and what must be there before. */
  readonly targetGroupArns: readonly string[];
  readonly before: readonly IDependable[];
  /** What app servers may do because of it. */
  readonly serverRights: readonly PolicyStatement[];
  /** Seconds for which a new server must have been watched before the alarms can tell anything. */
  readonly alarmSeconds: number;
  /** Opens the app servers to it. */
  readonly admit: (servers: SecurityGroup) => void;
  /** Adds what it knows of the load to what the group of the app servers follows. */
  readonly scale: (servers: AutoScalingGroup) => void;
}

/** What stands in front of the app servers. A value: `Balancer.nginx()` or `Balancer.alb()`. */
export interface Balancer extends Choice {
  readonly chosen: 'nginx' | 'alb';
  /** What an app server behind it installs, and is told of what stands in front of its gateway. */
  readonly server: (gateway: Gateway, proxy: Proxy) => { readonly packages: readonly string[]; readonly told: Pick<AppServerSettings, 'balancer' | 'proxy'> };
  /** Refuses what this one cannot do. */
  readonly refuse: (where: string, fleet: { readonly zones: number }) => void;
  readonly front: (scope: Construct, id: string, props: FrontProps) => Front;
}

export const Balancer = {
  /**
   * nginx on machines of its own, two or more, behind a Network Load Balancer; Gunicorn alone on the app servers. It buffers slow
   * clients, serves static files, retries what is idempotent on another server, and turns away from a server that fails within a second.
   */
  nginx: (options: NginxBalancerOptions = {}): Balancer => ({
    chosen: 'nginx', choices: words(),
    server: (gateway) => ({ packages: installs.gatewayAlone(gateway), told: { balancer: 'nginx' } }),
    refuse: (where, { zones }) => refuseBalancers(where, options, zones),
    front: (scope, id, props) => new NginxBalancer(scope, id, { ...options, ...props }),
  }),

  /**
   * AWS's Application Load Balancer, with proxy and gateway both on each app server: no machine of its own to look after. It finds a
   * server that fails within ten seconds, and retries nothing.
   */
  alb: (options: AlbBalancerOptions = {}): Balancer => ({
    chosen: 'alb', choices: words(),
    server: (gateway, proxy) => ({ packages: installs.withProxy(gateway, proxy), told: { balancer: 'alb', ...proxy.told } }),
    refuse: (where, { zones }) => refuseAlb(where, options, zones),
    front: (scope, id, props) => new AlbBalancer(scope, id, { ...options, ...props }),
  }),
};

function words(): Choice['choices'] {
  return { nginx: Balancer.nginx, alb: Balancer.alb };
}
