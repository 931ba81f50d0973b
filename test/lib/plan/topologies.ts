import { Balancer, Egress } from '../../../lib/plan/page.js';
import { type Topologies, topologiesOf } from '../../../lib/plan/topology.js';

/** What a page with both stacks says of them. */
export function topologies(props: Readonly<Record<string, unknown>> = {}): Topologies {
  const all = { application: 'examples/wsgi', balancer: Balancer.nginx(), egress: Egress.natGateway(), ...props };
  return topologiesOf([{ topology: 'single-node', id: 'single-node', props: all }, { topology: 'split-tier', id: 'split-tier', props: all }]);
}
