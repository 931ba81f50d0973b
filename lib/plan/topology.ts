import type { Balancer } from '../balancer.js';
import { type Deployment, deploymentFrom, type DeploymentProps } from '../deployment.js';
import type { Egress } from '../egress.js';
import { fleetFrom, type FleetProps, type FleetSize } from '../fleet.js';
import { Balancer as balancers } from '../index.js';
import { refuse } from '../refuse.js';
import type { Noted, Parameters } from './page.js';

/** What a plan has to know of the settings page: the same application in both topologies. */
export interface Topologies {
  /** Id of the stack that the application is moved from, and of the one that it is moved to. */
  readonly from: string;
  readonly to: string;
  readonly application: string;
  readonly deployment: Deployment;
  readonly dataVolumeGiB: number;
  readonly fleet: FleetSize;
  readonly instanceType: { readonly single: string; readonly server: string };
  readonly front: FrontSize;
  readonly egress: Way;
}

/** What stands in front. */
export interface FrontSize {
  readonly chosen: 'nginx' | 'alb';
  /** Fewest machines of its own, and their type. @default - none */
  readonly machines?: { readonly count: number; readonly type: string };
  /** Whether it also scales the servers by what they are asked. */
  readonly scales: boolean;
}

/** How servers reach what is outside. */
export interface Way {
  readonly chosen: string;
  /** NAT gateways or NAT instances. */
  readonly gateways: number;
  /** Of NAT instances. */
  readonly type: string;
}

type Props = DeploymentProps & Partial<FleetProps> & { readonly dataVolumeGiB?: number };

/** Defaults of lib/deployment.ts, lib/data-stack.ts, lib/balancer/nginx-balancer.ts and lib/egress.ts. */
const DEFAULTS = { instanceType: 't3.small', dataVolumeGiB: 8, balancers: { type: 't3.small', count: 2 }, natInstance: 't4g.nano' } as const;

/**
 * What the page says of both. A page with one of them alone gives its settings for the other one too, with that one's defaults.
 * @throws Refusal as the stacks themselves do
 */
export function topologiesOf(noted: readonly Noted[]): Topologies {
  const [one, many] = (['single-node', 'split-tier'] as const).map((topology) => noted.find((each) => each.topology === topology));
  const known = (many ?? one)!;
  const [single, split] = [(one ?? known).props, known.props].map((props) => props as unknown as Props) as [Props, Props];
  const deployment = deploymentFrom(known.id, split);
  const fleet = fleetFrom(known.id, { ...split, balancer: split.balancer ?? balancers.nginx() }, deployment.releaseSettings);
  if (single.application !== split.application) {
    refuse('plan', 'both stacks of the settings page must have the same application', `${single.application} and ${split.application}`, 'give one of them by -c application=…');
  }
  return {
    from: one?.id ?? 'single-node', to: many?.id ?? 'split-tier', application: split.application, deployment, fleet: fleet.size,
    dataVolumeGiB: single.dataVolumeGiB ?? DEFAULTS.dataVolumeGiB,
    instanceType: { single: single.instanceType ?? DEFAULTS.instanceType, server: split.instanceType ?? DEFAULTS.instanceType },
    front: frontOf(fleet.balancer), egress: wayOf(fleet.egress, fleet.size.zones),
  };
}

/** A value's parameters, where the page gave it any. */
function parametersOf(value: object): Parameters {
  return 'parameters' in value ? value.parameters as Parameters : {};
}

function frontOf(balancer: Balancer): FrontSize {
  const { instanceType = DEFAULTS.balancers.type, min = DEFAULTS.balancers.count, requestsPerServer = 0 } = parametersOf(balancer);
  if (balancer.chosen === 'alb') return { chosen: 'alb', scales: requestsPerServer !== 0 };
  return { chosen: 'nginx', machines: { type: String(instanceType), count: Number(min) }, scales: false };
}

/** One gateway a zone, where the way out does not say another number. */
function wayOf(egress: Egress, zones: number): Way {
  const { instanceType = DEFAULTS.natInstance } = parametersOf(egress);
  const { natGateways } = egress.way().network;
  return { chosen: egress.chosen, gateways: egress.chosen.startsWith('nat') ? natGateways ?? zones : 0, type: String(instanceType) };
}
