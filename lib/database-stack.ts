import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { InstanceType, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  Credentials, DatabaseInstance, DatabaseInstanceEngine, DatabaseInstanceFromSnapshot, type DatabaseInstanceProps, NetworkType, ParameterGroup, PostgresEngineVersion,
  SnapshotCredentials, StorageType, SubnetGroup,
} from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import type { PostgresOptions } from './database.js';
import { Network } from './network.js';
import { refuse } from './refuse.js';
import { sharedParameter, type SharedStack, type SharedStackProps } from './shared-stack.js';

/** Zones that its network is over: RDS wants two, whether it uses them or not. */
export const DATABASE_ZONES = 2;

/** What it is called inside: the same in each, so that a snapshot's is known. */
const INSIDE = { user: 'paddock', database: 'app' };

/** Letters and digits alone: 64 of them are more than anybody guesses, and mean nothing in a URL or a shell. */
const PASSWORD = { passwordLength: 64, excludePunctuation: true };

const KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

/** Reaches nothing, and is reached by whom a peering leads here. */
const ISOLATED = { subnets: [{ name: 'database', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }], way: () => ({ network: { natGateways: 0 }, open: () => [] }) };

/**
 * PostgreSQL in a network of its own. Deployments share it by its parameters and its secret; none of them holds it, so that each can fail, roll
 * back or be destroyed without touching it.
 */
export class DatabaseStack extends Stack implements SharedStack<Required<PostgresOptions>> {
  readonly options: Required<PostgresOptions>;
  /** Deployments of this page that reach it, by the addresses of their networks. */
  private readonly reachedBy = new Map<string, string>();

  constructor(scope: Construct, id: string, props: SharedStackProps<Required<PostgresOptions>>) {
    const { name, range, deletionProtection, fromSnapshot, env } = props;
    super(scope, id, { env, description: 'Paddock: a database that deployments share', terminationProtection: deletionProtection });
    this.options = props;
    // Kept by what comes later, but not by a first deploy that fails: the next one would find its name taken.
    const [removalPolicy, ofSecret] = deletionProtection ? [KEPT, KEPT] : [RemovalPolicy.SNAPSHOT, RemovalPolicy.DESTROY];

    const { vpc, privateSubnets } = new Network(this, 'Network', { range, zones: DATABASE_ZONES, egress: ISOLATED });
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', { vpc, description: 'PostgreSQL for the networks of deployments', allowAllOutbound: false });
    const credentials = new Secret(this, 'Credentials', {
      secretName: credentialsOf(name), description: `Where the database ${name} is, and how to get in`,
      generateSecretString: { secretStringTemplate: JSON.stringify({ username: INSIDE.user, dbname: INSIDE.database }), generateStringKey: 'password', ...PASSWORD },
      removalPolicy: ofSecret,
    });
    const subnetGroup = new SubnetGroup(this, 'Subnets', { vpc, vpcSubnets: { subnets: privateSubnets }, description: `Subnets of the database ${name}` });
    const settings = settingsOf(this, props);
    const common = { ...settings, vpc, subnetGroup, securityGroups: [securityGroup], removalPolicy };
    if (fromSnapshot === '') new DatabaseInstance(this, 'Server', { ...common, credentials: Credentials.fromSecret(credentials, INSIDE.user), databaseName: INSIDE.database, storageEncrypted: true });
    else new DatabaseInstanceFromSnapshot(this, 'Server', { ...common, snapshotIdentifier: fromSnapshot, credentials: SnapshotCredentials.fromSecret(credentials) });

    const tell = (what: string, value: string) => new StringParameter(this, `Parameter-${what}`, { parameterName: sharedParameter(name, what), stringValue: value });
    tell('vpc', vpc.vpcId);
    tell('security-group', securityGroup.securityGroupId);
    privateSubnets.forEach(({ routeTable }, index) => tell(`route-table-${index + 1}`, routeTable.routeTableId));
  }

  /**
   * Takes a deployment's network among those that reach it.
   * @throws Refusal when another one has its addresses: a route leads to one network alone, and AWS would say so in the middle of a deploy
   */
  admit(where: string, deployment: string, range: string): void {
    const other = this.reachedBy.get(range);
    if (other !== undefined) refuse(where, `${deployment} must be the only deployment with a network ${range} that reaches the database ${this.options.name}`, `${other} as well`, 'give this one a database of another name');
    this.reachedBy.set(range, deployment);
  }
}

/** Name of the secret that holds where a database is and how to get in. */
export function credentialsOf(name: string): string {
  return `paddock/${name}/credentials`;
}

/** What a database has, whether it begins empty or from a snapshot. */
function settingsOf(scope: Construct, { version, instanceType, storageGiB, maxStorageGiB, multiAz, backupDays, deletionProtection }: Required<PostgresOptions>): Omit<DatabaseInstanceProps, 'vpc' | 'credentials'> {
  const engine = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.of(version, version.split('.')[0]!) });
  return {
    engine,
    instanceType: new InstanceType(instanceType.replace(/^db\./, '')),
    // Passwords and rows cross two networks: nobody is let in without TLS.
    parameterGroup: new ParameterGroup(scope, 'Parameters', { engine, parameters: { 'rds.force_ssl': '1' } }),
    allocatedStorage: storageGiB, maxAllocatedStorage: maxStorageGiB, storageType: StorageType.GP3, networkType: NetworkType.IPV4,
    multiAz, backupRetention: Duration.days(backupDays), deletionProtection, deleteAutomatedBackups: false, copyTagsToSnapshot: true,
    publiclyAccessible: false, autoMinorVersionUpgrade: true, cloudwatchLogsExports: ['postgresql', 'upgrade'],
  };
}
