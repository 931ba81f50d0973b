/**
 * npm run rollback [-- <deployment>] [--to <digest>]: puts back a release that the machine keeps, as a whole: code, settings, units.
 *
 * It goes through CloudFormation, as every deploy does: it updates the stack to its own template with the other release in it. A
 * parameter that is put by hand would be quicker and wrong: the stack would go on saying that the newer release serves, so that the
 * next `cdk deploy` of that release would find nothing to change, and a failed deploy would put the wrong one back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudFormationClient, DescribeStackEventsCommand, DescribeStacksCommand, GetTemplateCommand, type Stack, type StackEvent, UpdateStackCommand, type UpdateStackCommandInput,
} from '@aws-sdk/client-cloudformation';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { Command } from 'commander';
import { type KeptRelease, keptParameterOf, unpackKept } from '../app-runtime/kept-releases.js';
import { Refusal, refuse } from '../app-runtime/refusal.js';
import { parseTemplate, withRelease } from './stack-template.js';
import { takenBack, withoutFailed } from './taken-back.js';
import { uploadTemplate } from './template-upload.js';
import { lastWords, onAws, told, type WholeLog } from './why.js';

export interface RollbackOptions {
  /** Digest of the release that is to serve, or its start. @default - the release that served before */
  readonly to?: string;
  /** The person knows that the release cannot live with the migrations made since. @default false: such a rollback is refused */
  readonly acceptIncompatibleMigrations?: boolean;
}

/** Where the deployment is: AWS, or a lab. */
export interface Clients {
  readonly cloudFormation: CloudFormationClient;
  readonly ssm: SSMClient;
  /** Which command shows all that a machine there logged. */
  readonly wholeLog: WholeLog;
}

/** What a refusal begins with. */
const WHERE = 'rollback';

/** Bytes of a template that UpdateStack takes without a bucket. Source: the quotas of CloudFormation. */
const TEMPLATE = 51_200;

/** How often the stack is asked how far it is, in milliseconds. */
const PERIOD = 1000;

/** What the CDK acknowledges for its own deploys. */
const Capabilities = ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'] as const;

/**
 * Puts a release back and waits until it serves; prints events on the way, and the machine's last words when it fails.
 * @returns the exit code
 * @throws Refusal before anything is changed
 */
export async function rollback(deployment: string, clients: Clients, { to, acceptIncompatibleMigrations = false }: RollbackOptions = {}): Promise<number> {
  const releases = await keptReleases(deployment, clients.ssm);
  const stack = await stackAtRest(deployment, clients.cloudFormation);
  const release = choose(to === undefined ? await successful(deployment, releases, clients.cloudFormation) : releases, to);
  refuseSecrets(releases[0]!, release);
  const { TemplateBody } = await clients.cloudFormation.send(new GetTemplateCommand({ StackName: deployment, TemplateStage: 'Original' }));
  const template = JSON.stringify(withRelease(deployment, parseTemplate(TemplateBody), releases[0]!, release, acceptIncompatibleMigrations));
  const given = Buffer.byteLength(template) > TEMPLATE ? { TemplateURL: await uploadTemplate(template, release, stack.StackId!, clients.cloudFormation) } : { TemplateBody: template };
  console.error(`${deployment}: release ${short(releases[0]!)} goes, ${short(release)} comes back`);
  const migrations = releases.slice(0, releases.indexOf(release)).flatMap((later) => later.migrations);
  if (migrations.length > 0) console.error(`${deployment}: these migrations stay made: ${migrations.join(', ')}`);
  return update(stack, given, release, clients);
}

/** What the deployment's machine keeps, newest first; nothing where none ever served. */
export async function keptReleases(deployment: string, ssm: SSMClient): Promise<readonly KeptRelease[]> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: keptParameterOf(deployment) }));
    return unpackKept(Parameter!.Value!).releases;
  } catch (error) {
    if (error instanceof ParameterNotFound) return [];
    throw error;
  }
}

/**
 * The release that comes back, of those that the machine keeps, newest first.
 * @param to its digest, or the start of it; without one, the release that served before
 * @throws Refusal
 */
export function choose(releases: readonly KeptRelease[], to?: string): KeptRelease {
  const [serving, previous] = releases;
  const names = releases.map(short).join(', ') || 'none';
  const elsewhere = 'deploy its sources instead';
  if (to === undefined) return previous ?? refuse(WHERE, 'the machine must keep a release before the one that serves', serving ? `${names} alone` : 'none', elsewhere);
  const meant = to === '' ? [] : releases.filter(({ digest }) => digest.startsWith(to));
  if (meant.length > 1) refuse(WHERE, 'the digest must begin one release alone', `${to}, which begins ${meant.map(short).join(' and ')}`, 'give more of it');
  const release = meant[0] ?? refuse(WHERE, `the release must be one that the machine keeps (${names})`, to, elsewhere);
  if (release === serving) refuse(WHERE, `the release must be another than the one that serves (${names})`, to, 'choose another');
  return release;
}

/** Those of them that no update brought which CloudFormation took back. */
async function successful(deployment: string, releases: readonly KeptRelease[], cloudFormation: CloudFormationClient): Promise<readonly KeptRelease[]> {
  const oldest = Math.min(...releases.map(({ served }) => Date.parse(served)));
  return withoutFailed(releases, releases.length > 1 ? await takenBack(deployment, oldest, cloudFormation) : []);
}

/** The role's rights follow the release that was deployed last, and only a deploy of the other one's sources knows what that needs. */
function refuseSecrets(serving: KeptRelease, { secrets }: KeptRelease): void {
  const unknown = secrets.filter((name) => !serving.secrets.includes(name));
  if (unknown.length > 0) refuse(WHERE, 'the release must need no secret but those of the one that serves', unknown.join(', '), 'deploy its sources instead');
}

async function stackAtRest(deployment: string, cloudFormation: CloudFormationClient): Promise<Stack> {
  const stack = await describe(deployment, cloudFormation).catch((error: Error) => {
    if (error.name === 'ValidationError') return refuse(WHERE, `the stack ${deployment} must be deployed`, 'none', 'deploy it first');
    throw error;
  });
  const status = stack.StackStatus!;
  if (status.endsWith('_IN_PROGRESS')) refuse(WHERE, `the stack ${deployment} must be at rest`, status, 'wait until it is, and say it again');
  if (!/^((CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT|IMPORT_ROLLBACK)_COMPLETE)$/.test(status)) {
    refuse(WHERE, `the stack ${deployment} must be whole`, status, status === 'UPDATE_ROLLBACK_FAILED'
      ? `when its alarms are quiet, run aws cloudformation continue-update-rollback --stack-name ${deployment}` : 'mend it with CloudFormation first');
  }
  return stack;
}

async function update({ StackName, Parameters = [] }: Stack, template: Pick<UpdateStackCommandInput, 'TemplateBody' | 'TemplateURL'>, release: KeptRelease, clients: Clients): Promise<number> {
  const deployment = StackName!;
  const before = await lastWords(deployment, clients.ssm);
  const [last] = await events(deployment, clients.cloudFormation);
  await clients.cloudFormation.send(new UpdateStackCommand({
    StackName, ...template, Capabilities: [...Capabilities], Parameters: Parameters.map(({ ParameterKey }) => ({ ParameterKey, UsePreviousValue: true })),
  }));
  const status = await untilEnd(deployment, last?.EventId, clients.cloudFormation);
  if (status === 'UPDATE_COMPLETE') {
    console.log(`${deployment}: release ${short(release)} serves again`);
    return 0;
  }
  const words = await lastWords(deployment, clients.ssm);
  const fresh = words?.at !== before?.at;
  console.error(fresh ? told(deployment, words, clients.wholeLog) : `${deployment}: release ${short(release)} must serve, got ${status} and no word of the machine; see the events above`);
  return 1;
}

/** Prints events as they come. Returns the status that the stack ends with. */
async function untilEnd(deployment: string, last: string | undefined, cloudFormation: CloudFormationClient): Promise<string> {
  for (;; await sleep(PERIOD)) {
    // Asked before the events, so that none is missed at the end.
    const { StackStatus } = await describe(deployment, cloudFormation);
    const newest = await events(deployment, cloudFormation);
    const seen = newest.findIndex(({ EventId }) => EventId === last);
    for (const event of newest.slice(0, seen < 0 ? newest.length : seen).reverse()) console.error(eventLine(event));
    last = newest[0]?.EventId;
    if (!StackStatus!.endsWith('_IN_PROGRESS')) return StackStatus!;
  }
}

/** One event, no wider than the terminal. */
function eventLine({ LogicalResourceId, ResourceStatus, ResourceStatusReason }: StackEvent): string {
  const line = `  ${LogicalResourceId} ${ResourceStatus}${ResourceStatusReason ? `: ${ResourceStatusReason}` : ''}`;
  return line.slice(0, process.stderr.columns);
}

async function describe(StackName: string, cloudFormation: CloudFormationClient): Promise<Stack> {
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  return Stacks![0]!;
}

/** The latest events, newest first: as many as one answer holds, which is more than a rollback makes. */
async function events(StackName: string, cloudFormation: CloudFormationClient): Promise<StackEvent[]> {
  const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents;
}

const short = ({ digest }: KeptRelease): string => digest.slice(0, 12);

if (process.argv[1] === import.meta.filename) {
  // The client warns of its own future on each run.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const command = new Command('npm run rollback --').description('Put back a release that the machine keeps.')
    .argument('[deployment]', 'which deployment', 'single-node')
    .option('--to <digest>', 'digest of a release that the machine keeps, or its start; without it, the release that served before')
    .option('--accept-incompatible-migrations', 'although that release cannot live with the migrations made since');
  await command.action(async (deployment: string, options: RollbackOptions) => {
    try {
      process.exitCode = await rollback(deployment, { cloudFormation: new CloudFormationClient(), ssm: new SSMClient(), wholeLog: onAws }, options);
    } catch (error) {
      const { message } = error as Error;
      console.error(error instanceof Refusal ? message : `rollback: AWS must take the rollback, got ${message.split('\n')[0]}; set AWS_PROFILE or AWS_REGION, or in a lab run npm run lab -- rollback`);
      process.exitCode = 1;
    }
  }).parseAsync();
}
