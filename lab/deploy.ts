import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import { Api, ApiError } from './api.js';
import { logOf } from './daemons.js';
import { siteUrl } from './inventory.js';
import { ACCOUNT, type Lab, PROJECT, REGION } from './lab.js';
import { regionEnvironment } from './up.js';
import { watched } from './watch.js';

/**
 * Runs the real `cdk deploy` with the lab in AWS's place. On success the last line is the site's URL; on failure the machine's last
 * words follow what CloudFormation said. Returns cdk's exit code.
 */
export async function deploy(lab: Lab, stackName: string, context: readonly string[]): Promise<number> {
  const api = new Api({ url: lab.endpoint });
  if (!await bootstrapped(api)) {
    const code = await cdk(lab, ['bootstrap', `aws://${ACCOUNT}/${REGION}`]);
    if (code !== 0) return code;
  }
  const began = Date.now();
  const words = ['deploy', stackName, '--require-approval', 'never', '--progress', 'events', ...context.flatMap((pair) => ['--context', pair])];
  const { result: code, served } = await watched(lab, () => cdk(lab, words));
  if (code !== 0) {
    await tellWhy(lab, stackName, began);
    return code;
  }
  const migrations = served ? await (await import('./migrations.js')).migrationsMade(lab, stackName, began) : [];
  if (migrations.length > 0) console.log(`migrations made: ${migrations.join(', ')}`);
  console.log(await siteUrl(api, stackName) ?? `${stackName} has no output Url`);
  return code;
}

/** What a machine said since this deploy began; the AWS client is loaded for it alone, because it takes half a second. */
async function tellWhy(lab: Lab, deployment: string, began: number): Promise<void> {
  const { why } = await import('./why.js');
  for (const line of [await why(lab, deployment, began), ...refusals(lab, began)]) if (line !== undefined) console.error(line);
}

async function bootstrapped(api: Api): Promise<boolean> {
  try {
    await api.query('cloudformation', 'DescribeStacks', { StackName: 'CDKToolkit' });
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

/** Runs in a folder of the lab's own, so that what cdk writes (its context, its assembly) never mixes with the project's. */
async function cdk(lab: Lab, args: readonly string[]): Promise<number> {
  const cwd = join(lab.directory, 'cdk');
  mkdirSync(cwd, { recursive: true });
  const settings = JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8')) as { app: string };
  const app = `cd '${PROJECT.replaceAll("'", `'\\''`)}' && ${settings.app}`;
  writeFileSync(join(cwd, 'cdk.json'), JSON.stringify({ ...settings, app, output: join(cwd, 'cdk.out') }, null, 2));
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
  const command = join(PROJECT, 'node_modules/.bin/cdk');
  const env = { ...own, ...regionEnvironment(lab) };
  const colours = process.stderr.isTTY ? { FORCE_COLOR: '1' } : {};
  // One stream, so that its lines stay in order, and through this process, so that none is written into what machines say meanwhile.
  const { exitCode } = await execa('sh', ['-c', 'exec "$@" 2>&1', 'sh', command, ...args],
    { cwd, extendEnv: false, env: { ...colours, ...env }, stdin: 'inherit', stdout: [telling, 2], stderr: 'inherit', reject: false });
  return exitCode ?? 1;
}

/** An event of a resource that begins: its end says the same again, and a deploy has dozens of them. */
const BEGUN = /^\S+ \| +\d+\/\d+ \| [^|]* \| \w+_IN_PROGRESS +\| [^|]* \| \S+( \(\w+\))?( Resource creation Initiated)?$/;

/** The lines of cdk without those that tell a person nothing; what fails and what waits has a reason, and stays. */
export function* telling(line: unknown): Generator<unknown> {
  if (!BEGUN.test(stripVTControlCharacters(String(line)).trimEnd())) yield line;
}

/** Why this computer would not boot a machine, for which CloudFormation has no words. */
function refusals(lab: Lab, since: number): string[] {
  const events = readFileSync(logOf(lab, 'host'), 'utf8').split('\n').filter((line) => line.includes('"machine refused"'));
  const reasons = events.map((line) => JSON.parse(line) as { time: string; reason: string }).filter(({ time }) => Date.parse(time) >= since);
  return [...new Set(reasons.map(({ reason }) => `lab: ${reason}`))];
}
