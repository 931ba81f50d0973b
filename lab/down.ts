import { existsSync, readFileSync, rmSync } from 'node:fs';
import { Cgroup } from './cgroup.js';
import { run } from './command.js';
import { daemonGroup } from './daemons.js';
import { socketsOf } from './haproxy.js';
import { findLab, type Lab, labDirectory, LABS_LOCK, releaseLab } from './lab.js';
import { withLock } from './lock.js';
import { machinesOnDisk } from './machine.js';
import { lowerNetwork } from './network.js';
import { detachDisks } from './volume.js';

/** Takes the lab down and leaves nothing of it behind, however little of it there is. Says whether there was one. */
export async function down(name: string): Promise<boolean> {
  const directory = labDirectory(name);
  return withLock(LABS_LOCK, async () => {
    const lab = findLab(name);
    if (lab) await raze(lab);
    const was = lab !== undefined || existsSync(directory);
    rmSync(directory, { recursive: true, force: true });
    return was;
  });
}

/** Ends every process, then takes apart what they used: from the top down, each step good for a lab of which that part is missing. */
export async function raze(lab: Lab): Promise<void> {
  await daemonGroup(lab, 'host').kill();
  const everything = new Cgroup(lab.id);
  await everything.kill();
  for (const machine of machinesOnDisk(lab)) await machine.remove();
  for (const mount of mountsBelow(lab.directory)) await run('umount', ['--lazy', mount]);
  await detachDisks(lab);
  await lowerNetwork(lab);
  everything.remove();
  rmSync(socketsOf(lab), { recursive: true, force: true });
  rmSync(lab.directory, { recursive: true, force: true });
  releaseLab(lab);
}

/** Deepest first. The kernel writes a space in a path as an escape. */
function mountsBelow(directory: string): string[] {
  const points = readFileSync('/proc/mounts', 'utf8').split('\n').map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '));
  return points.filter((point) => point.startsWith(`${directory}/`)).reverse();
}
