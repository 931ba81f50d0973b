/**
 * npm run why [-- <deployment>]: what a machine said when its last step failed, though the machine be gone.
 * On AWS with the credentials of the AWS tools; without any, and with a lab running in this folder, of that lab.
 */
import { homedir } from 'node:os';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseEnv } from 'node:util';
import { ParameterNotFound, SSMClient, GetParameterCommand } from '@aws-sdk/client-ssm';
import { type LastWords, lastWordsParameterOf, unpack } from '../app-runtime/last-words.js';

/** The last words of a deployment's machines, or nothing when no step ever failed. */
export async function lastWords(deployment: string, client = new SSMClient()): Promise<LastWords | undefined> {
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: lastWordsParameterOf(deployment), WithDecryption: true }));
    return unpack(Parameter!.Value!);
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}

/** The same for a person to read. */
export function told(deployment: string, words: LastWords | undefined): string {
  if (!words) return `${deployment}: no machine has left last words`;
  const { instance, at, release, step, error, serves, log } = words;
  return [
    `${deployment}: ${instance} failed at step ${step}, ${at}`,
    `  ${error}`,
    ...(release ? [`  release ${release.slice(0, 12)}`] : []),
    `  what serves: ${serves}`,
    '  the last log lines:',
    ...log.map((line) => `    ${line}`),
  ].join('\n');
}

/** A running lab leaves the address of its region in this folder; whoever has AWS credentials means AWS. */
function meanLab(): void {
  const labs = join(import.meta.dirname, '..', '.lab');
  const aws = process.env.AWS_ACCESS_KEY_ID || process.env.AWS_PROFILE || existsSync(join(homedir(), '.aws'));
  if (aws || !existsSync(labs)) return;
  const region = readdirSync(labs).map((name) => join(labs, name, 'region.env')).find((file) => existsSync(file));
  if (!region) return;
  console.error(`asking the lab in ${relative(process.cwd(), dirname(region))}; set AWS_PROFILE to ask AWS`);
  Object.assign(process.env, parseEnv(readFileSync(region, 'utf8')));
}

if (process.argv[1] === import.meta.filename) {
  // The client warns of its own future on each run, in the middle of the machine's words.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  meanLab();
  const deployment = process.argv[2] ?? 'single-node';
  try {
    console.log(told(deployment, await lastWords(deployment)));
  } catch (error) {
    console.error(`why: AWS must be reachable with your credentials, got ${(error as Error).message}; set AWS_PROFILE, or start the lab with npm start`);
    process.exitCode = 1;
  }
}
