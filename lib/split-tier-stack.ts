import { CfnOutput, DefaultStackSynthesizer, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { gatewayOf } from '../app-runtime/gateways.js';
import { agentBundle } from './agent-bundle.js';
import { AppServers, serverKind, serversOf } from './app-servers.js';
import { deploymentFrom, type DeploymentProps } from './deployment.js';
import { type FleetProps, fleetFrom } from './fleet.js';
import { FleetDataStack } from './fleet-data-stack.js';
import { tellLimits, tellProxy } from './limits.js';
import { assetFolderOf } from './grants.js';
import { LiveRelease } from './live-release.js';
import { Network, networks } from './network.js';
import { buildRelease } from './release.js';
import { DEPLOY_WAIT } from './timeouts.js';

export interface SplitTierStackProps extends StackProps, DeploymentProps, FleetProps {}

const TIMEOUT = Duration.seconds(DEPLOY_WAIT);

/**
 * A balancer tier in front of app servers that grow, shrink, fail and take releases without a visitor noticing. The servers stand
 * in private subnets over several zones; what they share lies outside of them.
 */
export class SplitTierStack extends Stack {
  /** The stack of what the servers share. */
  readonly data: FleetDataStack;

  constructor(scope: Construct, id: string, props: SplitTierStackProps) {
    const { architecture, instanceType, gateway: named, proxy, database, media, releaseSettings, releaseCommand, acceptIncompatibleMigrations } = deploymentFrom(id, props);
    const { balancer, size, spotInstanceTypes, egress, update, scaling, mostErrors, slowestAnswer, alarmTopic, deletionProtection } = fleetFrom(id, props, releaseSettings);
    const built = buildRelease({ application: props.application, architecture, gateway: named, settings: releaseSettings, releaseCommand });
    const gateway = gatewayOf(built.manifest);
    super(scope, id, {
      description: 'Paddock: a web application on app servers behind a balancer', synthesizer: new DefaultStackSynthesizer({ bucketPrefix: assetFolderOf(id) }), ...props,
    });
    const { domains, timeouts, readinessPath, secrets } = releaseSettings;
    const bakeTime = Duration.seconds(releaseSettings.bakeSeconds);
    const { certificate, zones } = size;

    tellLimits(this, gateway);
    tellProxy(this, balancer, proxy);
    this.data = new FleetDataStack(scope, `${id}-data`, { ...props, description: 'Paddock: what the servers of a web application share', deployment: id });
    this.addStackDependency(this.data, 'the servers read the secret key');

    const { vpc, privateSubnets, dualStack, reachable: outside } = new Network(this, 'Network', { range: networks.splitTier, zones, egress, endpoints: media.endpoints });
    const reachable = [...outside, ...database.attach(this, { vpc, range: networks.splitTier, subnets: privateSubnets }, { servers: size.maxServers, instanceType, gateway })];
    const agent = agentBundle(this, 'Agent');
    const kind = serverKind(balancer, gateway, proxy, instanceType, agent.digest);
    const release = new LiveRelease(this, 'Live', { deployment: id, release: built, machine: kind, acceptIncompatibleMigrations });
    const fleet = { deployment: id, vpc, subnets: privateSubnets, dualStack, reachable, agent, gateway, release, timeouts };

    const front = balancer.front(this, 'Balancer', {
      fleet, publicSubnets: vpc.publicSubnets, servers: serversOf(id), readinessPath, certificate, deletionProtection, mostErrors, slowestAnswer, alarmTopic,
      update, bakeTime, timeout: TIMEOUT,
    });
    new AppServers(this, 'AppServers', {
      fleet, front, balancer, proxy, media, instanceType, size, spotInstanceTypes, kind, secrets: Object.values(secrets),
      acceptIncompatibleMigrations, alarmTopic, update, bakeTime, timeout: TIMEOUT, ...scaling,
    });

    const scheme = certificate === '' ? 'http' : 'https';
    new CfnOutput(this, 'Url', { value: `${scheme}://${domains[0] ?? front.address}/`, description: 'Where the site answers' });
    new CfnOutput(this, 'Address', { value: front.address, description: 'The name that the domain must point to' });
  }
}
