import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { refuse } from '../lib/refuse.js';
import type { Certificate } from './certificate.js';
import { Cgroup, type Program } from './cgroup.js';
import type { Lab } from './lab.js';
import { inNetwork } from './network.js';
import { regionProgram } from './region-process.js';

export type Daemon = 'names' | 'region' | 'host';

/** The group of one of the lab's own processes. */
export const daemonGroup = (lab: Lab, daemon: Daemon): Cgroup => new Cgroup(`${lab.id}/${daemon}`);

export const logOf = (lab: Lab, daemon: Daemon): string => join(lab.directory, 'log', `${daemon}.log`);

/**
 * Starts the resolver that plays Amazon's: every name of AWS is the lab's region, a private name is its address, and the rest is
 * what this computer's own resolvers say, which is why it runs here and not in the lab's network.
 */
export async function startNames(lab: Lab): Promise<boolean> {
  return start(lab, 'names', {
    command: 'dnsmasq',
    args: ['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root', '--log-facility=-', '--no-hosts', '--bind-interfaces',
      '--except-interface=lo', `--listen-address=${lab.host}`, `--address=/amazonaws.com/${lab.host}`,
      '--synth-domain=ec2.internal,10.0.0.0/8,ip-', '--synth-domain=ec2.internal,172.16.0.0/12,ip-'],
  });
}

/** Starts the AWS API and waits until it answers. */
export async function startRegion(lab: Lab, { file, key }: Certificate, onProgress: (line: string) => void): Promise<boolean> {
  const options = { port: lab.port, addressPool: lab.addressPool, tls: { listen: `${lab.host}:443`, certificate: file, key }, onProgress };
  const started = daemonGroup(lab, 'region').alive() ? false : await start(lab, 'region', await regionProgram(options));
  for (const until = Date.now() + 30_000; !await answers(lab.endpoint); await sleep(50)) {
    if (Date.now() < until && daemonGroup(lab, 'region').alive()) continue;
    refuse('lab region', 'the AWS API must answer', `no answer at ${lab.endpoint}`, `see ${logOf(lab, 'region')}`);
  }
  return started;
}

/** Starts the hypervisor inside the lab's network, where the metadata service must listen. */
export async function startHost(lab: Lab): Promise<boolean> {
  const [command, ...args] = inNetwork(lab);
  const tsx = import.meta.resolve('tsx');
  return start(lab, 'host', { command: command!, args: [...args, process.execPath, '--import', tsx, join(import.meta.dirname, 'host.ts'), lab.name] });
}

/** Starts what does not run; says whether it did. */
async function start(lab: Lab, daemon: Daemon, program: Omit<Program, 'log'>): Promise<boolean> {
  const group = daemonGroup(lab, daemon);
  if (group.alive()) return false;
  await group.start({ ...program, log: logOf(lab, daemon) });
  return true;
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/ready`, { signal: AbortSignal.timeout(2000) }).then((answer) => answer.ok, () => false);
}
