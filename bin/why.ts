/**
 * npm run why [-- <deployment> --json]: what a machine said when its last step failed, though the machine be gone.
 * On AWS with the credentials of the AWS tools; without any, and with a lab running in this folder, of that lab.
 */
import { homedir } from 'node:os';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { parseArgs, parseEnv } from 'node:util';
import { ParameterNotFound, SSMClient, GetParameterCommand } from '@aws-sdk/client-ssm';
import { type LastWords, lastWordsParameterOf, printable, unpack } from '../app-runtime/last-words.js';

/** Which command shows all that a machine logged. */
export type WholeLog = (words: LastWords) => string;

/** Of a machine on AWS, where Session Manager is the way in. */
export const onAws: WholeLog = ({ instance, release }) => `aws ssm start-session --target ${instance}, there sudo journalctl${release ? " -u 'app-*'" : ''}`;

/** Of a machine in a lab, be it gone or not. */
export const inLab = (lab: string): WholeLog => ({ instance }) => `npm run lab -- ${lab === 'default' ? '' : `--name ${lab} `}logs ${instance}`;

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

/** The same for a person to read: the step, why, what still serves, and the log, whose traceback comes last. */
export function told(deployment: string, words: LastWords | undefined, wholeLog: WholeLog = onAws): string {
  if (!words) return `${deployment}: no step has failed: none of its machines in this region has left last words`;
  const { instance, at, release, step, error, cause, readiness, serves, log } = words;
  const lines = log.join('\n').trimEnd();
  const failed = release ? `refused release ${release.slice(0, 12)}` : 'failed';
  return [
    `${deployment}: ${instance} ${failed} at step ${step}, ${at.replace(/\.\d+Z$/, 'Z')}`,
    ...(cause ? [`  ${cause}`] : []),
    `  ${error}`,
    ...(release ? [`  last readiness answer: ${readiness ?? 'none'}`] : []),
    `  what serves: ${serves}`,
    `  the whole log: ${wholeLog(words)}`,
    ...(lines ? ['  the last log lines:', ...lines.split('\n').map((line) => `    ${line}`)] : ['  the last log lines: none']),
  ].map(printable).join('\n');
}

/** A running lab leaves the address of its region in this folder; whoever has AWS credentials means AWS. Returns the lab's name. */
function meanLab(): string | undefined {
  const labs = join(import.meta.dirname, '..', '.lab');
  const aws = process.env.AWS_ACCESS_KEY_ID || process.env.AWS_PROFILE || existsSync(join(homedir(), '.aws'));
  if (aws || !existsSync(labs)) return undefined;
  const region = readdirSync(labs).map((name) => join(labs, name, 'region.env')).find((file) => existsSync(file));
  if (!region) return undefined;
  console.error(`asking the lab in ${relative(process.cwd(), dirname(region))}; set AWS_PROFILE to ask AWS`);
  Object.assign(process.env, parseEnv(readFileSync(region, 'utf8')));
  return basename(dirname(region));
}

/** Why nobody could be asked, in one line that names what to set. */
function unreachable({ name, message, code }: Error & { code?: string }, lab: string | undefined): string {
  const got = printable((message || code || name).split('\n')[0]!);
  const refusal = (must: string, way: string) => `why: ${must}, got ${got}; ${way}`;
  if (lab) return refusal(`the lab ${lab} must answer`, `bring it up with npm run lab -- --name ${lab} up, or set AWS_PROFILE to ask AWS`);
  if (name === 'AccessDeniedException') return refusal('your credentials must allow ssm:GetParameter', 'allow it, or set AWS_PROFILE to another profile');
  if (got.startsWith('Region is missing')) return refusal("the deployment's region must be known", 'set AWS_REGION, or AWS_PROFILE to a profile that names it');
  return refusal('AWS must be reachable with your credentials', 'set AWS_PROFILE, or start the lab with npm start');
}

/** What is asked for. @throws Error in the house form, for what it does not know */
function asked(args: readonly string[]): { deployment: string; json: boolean } {
  const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, strict: false });
  const unknown = Object.keys(values).find((name) => name !== 'json');
  if (unknown !== undefined || positionals.length > 1) throw new Error(`why: there must be one deployment, and no option but --json, got ${args.join(' ')}; leave the rest out`);
  return { deployment: positionals[0] ?? 'single-node', json: values.json === true };
}

async function main(args: readonly string[]): Promise<void> {
  const { deployment, json } = asked(args);
  // The client warns of its own future on each run, in the middle of the machine's words.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  // Every other AWS tool reads this one too.
  if (process.env.AWS_DEFAULT_REGION) process.env.AWS_REGION ??= process.env.AWS_DEFAULT_REGION;
  const lab = meanLab();
  const words = await lastWords(deployment).catch((error: Error) => { throw new Error(unreachable(error, lab)); });
  console.log(json ? JSON.stringify(words ?? null, null, 2) : told(deployment, words, lab ? inLab(lab) : onAws));
}

if (process.argv[1] === import.meta.filename) {
  await main(process.argv.slice(2)).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
