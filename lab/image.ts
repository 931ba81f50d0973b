import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { refuse } from '../lib/refuse.js';
import { run } from './command.js';
import { withLock } from './lock.js';

export const CACHE = '/var/cache/paddock';

/** Debian 13. */
const SUITE = 'trixie';

/** What Debian's own image for EC2 holds, as far as a machine without a kernel, a boot loader and a clock of its own can have it. */
const PACKAGES = [
  'systemd', 'systemd-sysv', 'systemd-resolved', 'libpam-systemd', 'libnss-resolve', 'libnss-myhostname', 'dbus', 'udev', 'polkitd',
  'cloud-init', 'iproute2', 'iputils-ping', 'ca-certificates', 'curl', 'python3', 'netbase', 'sudo', 'unattended-upgrades', 'apt-utils',
  'e2fsprogs', 'openssl', 'procps', 'less', 'zstd',
];

/** What the host of a database has besides. */
const DATABASE_PACKAGES = ['postgresql-17'];
/** Debian starts a cluster of its own as soon as it is installed; the database's is on its disk. */
const DATABASE_CUSTOMIZE = ['rm -rf "$1/etc/postgresql/17" "$1/var/lib/postgresql/17" && ln -sf /dev/null "$1/etc/systemd/system/postgresql.service"'];

interface Recipe {
  readonly packages: readonly string[];
  readonly customize: readonly string[];
}

/** Done in the finished root: the network by networkd as in the official image, and nothing that two machines must not share. */
const CUSTOMIZE = [
  'systemctl --root="$1" enable systemd-networkd.service systemd-networkd-wait-online.service',
  'rm -f "$1/etc/hostname" && : >"$1/etc/machine-id"',
  'mkdir -p "$1/var/log/journal"',
];

/**
 * The root that every machine boots, made once for all labs on this computer. It knows nothing of Paddock.
 * @returns its folder
 */
export function debianImage(onProgress: (line: string) => void = () => {}, cache = CACHE): Promise<string> {
  return imageOf({ packages: PACKAGES, customize: CUSTOMIZE }, onProgress, cache);
}

/** The root of the hosts of databases, made when the first of them boots. */
export function databaseImage(onProgress: (line: string) => void = () => {}, cache = CACHE): Promise<string> {
  return imageOf({ packages: [...PACKAGES, ...DATABASE_PACKAGES], customize: [...CUSTOMIZE, ...DATABASE_CUSTOMIZE] }, onProgress, cache);
}

async function imageOf(recipe: Recipe, onProgress: (line: string) => void, cache: string): Promise<string> {
  const name = createHash('sha256').update(JSON.stringify([SUITE, recipe.packages, recipe.customize, process.arch])).digest('hex').slice(0, 12);
  const image = join(cache, `image-${name}`);
  if (existsSync(image)) return image;
  await withLock(join(cache, 'image.lock'), async () => {
    if (!existsSync(image)) await build(recipe, image, cache, onProgress);
  });
  return image;
}

/** Builds beside the final place and renames, so that a build that was killed is never taken for an image. */
async function build({ packages, customize }: Recipe, image: string, cache: string, onProgress: (line: string) => void): Promise<void> {
  mkdirSync(cache, { recursive: true });
  for (const entry of readdirSync(cache)) if (entry.startsWith('part-')) rmSync(join(cache, entry), { recursive: true, force: true });
  const part = join(cache, `part-${process.pid}`);
  const options = join(cache, `part-${process.pid}.conf`);
  writeFileSync(options, await aptOptions());
  const building = execa('mmdebstrap', [
    '--variant=apt', `--include=${packages.join(',')}`, `--aptopt=${options}`, ...customize.map((hook) => `--customize-hook=${hook}`),
    SUITE, part, ...await mirrors(),
  ], { reject: false, stdin: 'ignore', all: true });
  building.all.on('data', (chunk: Buffer) => onProgress(chunk.toString().trim().split('\n').at(-1)!.slice(0, 100)));
  const { failed, all } = await building;
  rmSync(options, { force: true });
  if (failed) {
    rmSync(part, { recursive: true, force: true });
    const complaint = all.split('\n').filter((line) => /^(E:|mmdebstrap: )?error|^E:/i.test(line)).at(0);
    refuse('lab image', 'Debian 13 must install from its mirror', complaint ?? all.split('\n').at(-1), 'check that apt-get update works on this computer');
  }
  renameSync(part, image);
}

/** How this computer reaches a mirror (a proxy, its certificate, its time-outs), which holds for its machines too. */
async function aptOptions(): Promise<string> {
  const dump = await run('apt-config', ['dump', 'Acquire']).catch(() => '');
  return dump.split('\n').filter((line) => /^Acquire::(https?|ftp|ForceIPv4|Retries)\b/i.test(line) && !line.endsWith(' "";')).join('\n') + '\n';
}

/** The mirrors that this computer uses, where it is a Debian; elsewhere none, and mmdebstrap knows the public ones. */
async function mirrors(): Promise<string[]> {
  const targets = await run('apt-get', ['indextargets', '--format', '$(ORIGIN)|$(LABEL)|$(REPO_URI)']).catch(() => '');
  const mirror = (label: string) => targets.split('\n').map((line) => line.split('|')).find(([origin, name]) => origin === 'Debian' && name === label)?.[2];
  const [main, security] = [mirror('Debian'), mirror('Debian-Security')];
  if (!main || !security) return [];
  return [`deb ${main} ${SUITE} main`, `deb ${main} ${SUITE}-updates main`, `deb ${security} ${SUITE}-security main`];
}
