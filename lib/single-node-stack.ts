import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnEIP, Peer, Port } from 'aws-cdk-lib/aws-ec2';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { gatewayOf } from '../app-runtime/gateways.js';
import { keptParameterOf } from '../app-runtime/kept-releases.js';
import { lastWordsParameterOf } from '../app-runtime/last-words.js';
import { agentBundle } from './agent-bundle.js';
import { DataStack, type DataStackProps, volumeParameter } from './data-stack.js';
import { deploymentFrom, type DeploymentProps } from './deployment.js';
import { tellLimits } from './limits.js';
import { grantReadObject } from './grants.js';
import { LiveRelease } from './live-release.js';
import { fingerprint, Machine } from './machine.js';
import { MachineGroup } from './machine-group.js';
import { MachineRole } from './machine-role.js';
import { Network, networks } from './network.js';
import { installs } from './packages.js';
import { buildRelease } from './release.js';
import { claims } from './rights.js';
import { DEPLOY_WAIT } from './timeouts.js';
import { replaceAlone } from './update.js';

export interface SingleNodeStackProps extends StackProps, DeploymentProps, Pick<DataStackProps, 'dataVolumeGiB'> {}

const TIMEOUT = Duration.seconds(DEPLOY_WAIT);

/** Logical id of the group, which user data names before the group exists. */
const GROUP = 'Group';

/**
 * One machine with proxy and gateway together, an address of its own and a data volume that outlives it. The machine is a fleet of
 * one: an Auto Scaling group that replaces it when it dies, in the zone of its volume.
 */
export class SingleNodeStack extends Stack {
  /** The stack of the data volume, which this one's machine claims. */
  readonly data: DataStack;

  constructor(scope: Construct, id: string, props: SingleNodeStackProps) {
    const { architecture, instanceType, gateway: named, proxy, database, media, releaseSettings, releaseCommand, acceptIncompatibleMigrations } = deploymentFrom(id, props);
    const built = buildRelease({ application: props.application, architecture, gateway: named, settings: releaseSettings, releaseCommand });
    const gateway = gatewayOf(built.manifest);
    super(scope, id, { description: 'Paddock: a web application on one machine', ...props });

    tellLimits(this, gateway);
    this.data = new DataStack(scope, `${id}-data`, { ...props, description: 'Paddock: the data of a web application', deployment: id });
    this.addStackDependency(this.data, 'the machine claims the data volume');

    const { vpc } = new Network(this, 'Network', { range: networks.singleNode });
    const reached = database.attach(this, { vpc, range: networks.singleNode, subnets: vpc.publicSubnets }, { servers: 1, instanceType, gateway });
    const address = new CfnEIP(this, 'Address', { domain: 'vpc' });
    const volumeId = StringParameter.valueForStringParameter(this, volumeParameter(id));
    const agent = agentBundle(this, 'Agent');
    const packages = installs.withProxy(gateway, proxy);
    const kind = fingerprint(instanceType, packages, { agent: agent.digest });
    const release = new LiveRelease(this, 'Live', { deployment: id, release: built, machine: kind, acceptIncompatibleMigrations });
    release.waitUntilServed(TIMEOUT);

    const { role } = new MachineRole(this, 'MachineRole', {
      architecture, rights: claims(this, id, { allocationId: address.attrAllocationId, volumeId }),
      writes: [lastWordsParameterOf(id), keptParameterOf(id)], secrets: Object.values(releaseSettings.secrets),
    });
    grantReadObject(role, agent.asset);
    release.grantRead(role);
    const files = media.attach(this, role);

    const machine = new Machine(this, 'Machine', {
      vpc, role, instanceType, packages, lets: 'HTTP and HTTPS from everywhere, nothing else',
      settings: {
        version: 1,
        deployment: id,
        role: 'single-node',
        ...proxy.told,
        region: this.region,
        machine: kind,
        stack: { id: this.stackId, group: GROUP },
        agent: { bucket: agent.asset.s3BucketName, key: agent.asset.s3ObjectKey, digest: agent.digest },
        address: { allocationId: address.attrAllocationId, publicIp: address.ref },
        volume: { id: volumeId },
      },
    });
    grantReadObject(role, machine.packages.asset);
    machine.securityGroup.addIngressRule(Peer.anyIpv4(), Port.tcp(80), 'HTTP');
    machine.securityGroup.addIngressRule(Peer.anyIpv4(), Port.tcp(443), 'HTTPS');
    const servers = new MachineGroup(this, 'AppServers', {
      deployment: id, role: 'single-node', vpc, subnets: [vpc.publicSubnets[0]!], launch: { launchTemplate: machine.launchTemplate },
      logicalId: GROUP, size: { min: 1, max: 1 }, updatePolicy: replaceAlone(TIMEOUT), timeout: TIMEOUT,
    });
    servers.node.addDependency(role, release.parameter, ...reached, ...files);

    new CfnOutput(this, 'Url', { value: `http://${releaseSettings.domains[0] ?? address.ref}/`, description: 'Where the site answers' });
    new CfnOutput(this, 'PublicIp', { value: address.ref, description: 'The address that the domain must point to' });
  }
}
