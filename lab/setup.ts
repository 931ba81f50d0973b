import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { refuse } from '../lib/refuse.js';
import { run, succeeds } from './command.js';

/** A program on the PATH, or a file, and the Debian package that brings it. */
export type Tool = readonly [tool: string, debianPackage: string];

/** What the lab needs of the computer. */
const TOOLS: readonly Tool[] = [
  ['systemd-nspawn', 'systemd-container'],
  ['mmdebstrap', 'mmdebstrap'],
  ['nft', 'nftables'],
  ['dnsmasq', 'dnsmasq-base'],
  ['haproxy', 'haproxy'],
  ['ip', 'iproute2'],
  ['nsenter', 'util-linux'],
  ['sysctl', 'procps'],
  ['losetup', 'mount'],
  ['mkfs.ext4', 'e2fsprogs'],
  ['openssl', 'openssl'],
  ['python3', 'python3'],
  ['/usr/share/keyrings/debian-archive-keyring.gpg', 'debian-archive-keyring'],
];

/**
 * Refuses a computer that can never boot a machine, before anything is made on it.
 * @throws Refusal in one line with the way out
 */
export function refuseComputer(): void {
  const way = 'use a Debian or Ubuntu computer or VM, or deploy to AWS with npx cdk deploy; every other command works here';
  if (process.platform !== 'linux') refuse('lab', 'the computer must run Linux', process.platform, way);
  if (process.getuid?.() !== 0) refuse('lab', 'machines need root', `user id ${process.getuid?.()}`,
    'run it with sudo, or deploy to AWS with npx cdk deploy; every other command works without');
  if (!existsSync('/dev/loop-control')) refuse('lab', 'data volumes need loop devices', 'no /dev/loop-control', `run modprobe loop, or ${way}`);
}

/**
 * Refuses a kernel that lacks what a machine is made of; its modules are loaded where they can be.
 * @throws Refusal in one line with the way out
 */
export async function refuseKernel(): Promise<void> {
  const knows = () => /\toverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'));
  if (!knows() && !await succeeds('modprobe', ['overlay'])) refuse('lab', 'machines need overlayfs', 'a kernel without it',
    'use another computer or VM, or deploy to AWS with npx cdk deploy');
  if (!readFileSync('/proc/mounts', 'utf8').includes(' cgroup2 ')) refuse('lab', 'machines need control groups version 2', 'none mounted',
    'mount them: mount -t cgroup2 none /sys/fs/cgroup');
}

/** Installs what is missing, and nothing else. Returns what it installed. */
export async function setUp(onProgress: (line: string) => void = () => {}, tools = TOOLS): Promise<string[]> {
  const missing = missingPackages(tools);
  if (missing.length === 0) return [];
  if (!found('apt-get')) refuse('lab', 'these packages must be installed', missing.join(' '), 'install them with the package manager of this computer');
  const install = ['-y', '--no-install-recommends', 'install', ...missing];
  onProgress(`installing ${missing.join(' ')}`);
  const quiet = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=300'];
  // Lists that are there are tried first: they are mostly good, and fetching them anew is the slowest part.
  if (!await succeeds('env', [...quiet, ...install])) {
    onProgress('fetching the package lists');
    await run('env', [...quiet, 'update']);
    await run('env', [...quiet, ...install]);
  }
  return missing;
}

function missingPackages(tools: readonly Tool[]): string[] {
  const missing = tools.filter(([tool]) => !found(tool)).map(([, name]) => name);
  if (!hasVenv()) missing.push('python3-venv');
  return [...new Set(missing)];
}

/** Debian keeps a part of Python's venv in a package of its own; a Python from elsewhere has it. Looked up by its file: asking Python takes longest of all. */
function hasVenv(): boolean {
  const python = folders().map((folder) => join(folder, 'python3')).find((file) => existsSync(file));
  if (python === undefined || !/^\/(usr\/)?bin\//.test(python)) return python !== undefined;
  return existsSync(join('/usr/lib', basename(realpathSync(python)), 'ensurepip/__init__.py'));
}

function found(tool: string): boolean {
  return tool.startsWith('/') ? existsSync(tool) : folders().some((folder) => existsSync(join(folder, tool)));
}

function folders(): string[] {
  return `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
}
