/**
 * Compares two versions of a Debian package as dpkg does: epoch, upstream version, revision.
 * Source: Debian Policy 5.6.12.
 * @returns below 0 where the first is the older, above 0 where it is the newer
 */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [split(one), split(other)];
  return a.epoch - b.epoch || compareParts(a.upstream, b.upstream) || compareParts(a.revision, b.revision);
}

function split(version: string): { epoch: number; upstream: string; revision: string } {
  const [, epoch = '0', upstream = '', revision = ''] = /^(?:(\d+):)?(.*?)(?:-([^-]*))?$/.exec(version)!;
  return { epoch: Number(epoch), upstream, revision };
}

/** Text and numbers in turn: text by its characters, numbers by their value. */
function compareParts(one: string, other: string): number {
  const [a, b] = [one, other].map((part) => [...part.matchAll(/(\D*)(\d*)/g)]) as [RegExpExecArray[], RegExpExecArray[]];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const [, textA = '', numberA = ''] = a[index] ?? [];
    const [, textB = '', numberB = ''] = b[index] ?? [];
    const difference = compareText(textA, textB) || Number(BigInt(numberA) - BigInt(numberB));
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareText(one: string, other: string): number {
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    const difference = weight(one[index]) - weight(other[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A tilde comes before the end itself, so that 1.0~rc1 is older than 1.0; letters come before everything else. */
function weight(character: string | undefined): number {
  if (character === '~') return -1;
  if (character === undefined) return 0;
  return character.charCodeAt(0) + (/[A-Za-z]/.test(character) ? 0 : 256);
}
