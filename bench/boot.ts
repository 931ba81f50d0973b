/**
 * npm run bench:boot: what a person waits for, in a lab of its own on this computer. `--fresh` also measures `npm start` in a clone
 * without npm packages, builds, image and emulator; Debian's packages of this computer stay.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { Api, listAt, textAt } from '../lab/api.js';
import type { Inventory } from '../lab/inventory.js';
import { PROJECT } from '../lab/lab.js';

const LAB = `bench-${process.pid}`;
const CACHES = ['/var/cache/paddock', join(homedir(), '.cache/paddock')];

interface Ran { readonly seconds: number; readonly lastLine: string }

function run(command: string, args: readonly string[], cwd = PROJECT): Ran {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (status !== 0) throw new Error(`bench:boot: ${command} ${args.join(' ')} must succeed, got ${status}: ${stderr.trim().split('\n').at(-1)}`);
  return { seconds: (performance.now() - began) / 1000, lastLine: stdout.trim().split('\n').at(-1) ?? '' };
}

const lab = (...words: string[]) => run('npx', ['tsx', 'lab/cli.ts', '--name', LAB, ...words]);

function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)]!;
}

function told(what: string, figure: number, unit: string, goal: string): void {
  console.log(`${what.padEnd(58)} ${figure.toFixed(unit === 's' ? 1 : 0).padStart(7)} ${unit.padEnd(6)} ${goal}`);
}

/** Seconds from the launch of a replacement to its first good answer. */
async function replacement(url: string): Promise<number> {
  lab('kill', 'single-node');
  for (let began = 0; ; await pause(50)) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(500) }).catch(() => undefined);
    if (answer?.ok && began > 0) return (performance.now() - began) / 1000;
    // The old machine may answer until its power is off.
    if (!answer?.ok && began === 0) began = performance.now();
  }
}

/** Bytes of the user data as the machine gets it, every token filled in. */
async function userDataBytes(endpoint: string): Promise<number> {
  const api = new Api({ url: endpoint });
  const instances = listAt(await api.query('ec2', 'DescribeInstances', {}), 'reservationSet').flatMap((reservation) => listAt(reservation, 'instancesSet'));
  const running = instances.find((instance) => textAt(instance, 'instanceState', 'name') === 'running');
  const attribute = await api.query('ec2', 'DescribeInstanceAttribute', { InstanceId: textAt(running, 'instanceId')!, Attribute: 'userData' });
  return Buffer.from(textAt(attribute, 'userData', 'value')!, 'base64').length;
}

/** `npm start` where nothing of ours was ever run. The caches of this computer come back afterwards, whatever happens. */
function fresh(): number {
  const clone = mkdtempSync(join(tmpdir(), 'paddock-fresh-'));
  const aside = CACHES.filter((cache) => existsSync(cache));
  for (const cache of aside) renameSync(cache, `${cache}.aside`);
  try {
    run('git', ['clone', '--quiet', PROJECT, clone]);
    return run('npm', ['start'], clone).seconds;
  } finally {
    spawnSync('npm', ['run', '-s', 'lab', '--', 'down'], { cwd: clone, stdio: 'ignore' });
    rmSync(clone, { recursive: true, force: true });
    for (const cache of aside) {
      rmSync(cache, { recursive: true, force: true });
      renameSync(`${cache}.aside`, cache);
    }
  }
}

/** Seconds from the moment that CloudFormation begins an update with a changed application to the last answer of the old release, and from the first new one to it. */
async function release(url: string, endpoint: string): Promise<{ whole: number; both: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-bench-'));
  cpSync(join(PROJECT, 'examples/django'), join(folder, 'site'), { recursive: true });
  writeFileSync(join(folder, 'site/NEWS'), 'another release\n');
  const old = serving();
  let [firstNew, lastOld] = [Infinity, 0];
  const deploy = execa('npx', ['tsx', 'lab/cli.ts', '--name', LAB, 'deploy', '-c', `application=${join(folder, 'site')}`], { cwd: PROJECT, stdin: 'ignore', all: true });
  let going = true;
  void deploy.finally(() => { going = false; }).catch(() => {});
  for (; going; await pause(20)) {
    const text = await fetch(url).then((answer) => answer.text());
    if (text.includes(old.slice(0, 12))) lastOld = Date.now();
    else firstNew = Math.min(firstNew, Date.now());
  }
  await deploy;
  rmSync(folder, { recursive: true, force: true });
  const events = listAt(await new Api({ url: endpoint }).query('cloudformation', 'DescribeStackEvents', { StackName: 'single-node' }), 'DescribeStackEventsResult', 'StackEvents');
  const began = events.find((event) => textAt(event, 'ResourceType') === 'AWS::CloudFormation::Stack' && textAt(event, 'ResourceStatus') === 'UPDATE_IN_PROGRESS');
  return { whole: (lastOld - Date.parse(textAt(began, 'Timestamp'))) / 1000, both: Math.max(0, lastOld - firstNew) / 1000 };
}

/** Seconds that the machine takes to have a release serve that it keeps. */
function rollback(): number {
  lab('rollback');
  const { began, steps } = status().machines[0]!.switch!;
  return (Date.parse(steps.find(({ name }) => name === 'bake')!.at) - Date.parse(began)) / 1000;
}

const status = () => JSON.parse(spawnSync('npx', ['tsx', 'lab/cli.ts', '--name', LAB, 'status', '--json'], { cwd: PROJECT, encoding: 'utf8' }).stdout) as Inventory;
const serving = () => status().machines[0]!.release!;

async function main(): Promise<void> {
  if (process.argv.includes('--fresh')) told('npm start, nothing cached', fresh(), 's', '');
  const synth = () => run('npx', ['cdk', 'synth', 'single-node', '--quiet']).seconds;
  synth();
  told('npx cdk synth single-node, median of 5', median(Array.from({ length: 5 }, synth)), 's', 'goal: 4 or less');
  try {
    told('a first deploy into a new lab, image and emulator cached', lab('deploy').seconds, 's', '');
    const again = lab('deploy');
    told('npm start again, nothing changed', again.seconds, 's', 'goal: 30 or less');
    const { endpoint } = status();
    told('user data', await userDataBytes(endpoint), 'bytes', 'goal: 4096 or less');
    const { whole, both } = await release(again.lastLine, endpoint);
    told('a release: from the update to the new one in every answer', whole, 's', 'goal: 15 or less');
    told('  of which both answered', both, 's', 'goal: 2 or less');
    told('a kept release comes back', rollback(), 's', 'goal: 5 or less');
    const times: number[] = [];
    for (let round = 0; round < 3; round++) times.push(await replacement(again.lastLine));
    told('a machine\'s death to its replacement\'s first good answer', median(times), 's', 'goal: 20 or less');
  } finally {
    lab('down');
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
