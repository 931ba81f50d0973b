import { existsSync, mkdirSync, readFileSync, readlinkSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { refuse } from '../lib/refuse.js';

/** The clone that this file is in. */
export const PROJECT = resolve(import.meta.dirname, '..');

/** The region and the account that a lab plays. */
export const REGION = 'us-east-1';
export const ACCOUNT = '123456789012';

/** The region reads who calls and checks no signature, so these are no secret. */
export const ACCESS = { accessKeyId: 'lab', secretAccessKey: 'lab' };

/** Who holds which number, among all clones on this computer. A reboot clears it, and everything numbered with it. */
export const CLAIMS = '/run/paddock';

/** Held while a lab comes up or goes down: labs share the numbers and this computer's forwarding. */
export const LABS_LOCK = join(CLAIMS, 'labs.lock');

/** A lab's number is the third byte of its addresses, and two labs can never share one. */
const NUMBERS = Array.from({ length: 64 }, (_, number) => number);

/** First port of the regions: below 32768, where Linux begins to lend ports to whoever calls out. */
const PORTS = 24600;

/** One lab: its name, and everything that follows from its number. */
export interface Lab {
  readonly name: string;
  readonly number: number;
  /** Its state: `<project>/.lab/<name>`. */
  readonly directory: string;
  /** Names its network namespace, control group, link and table of rules. */
  readonly id: string;
  /** This computer, as machines see it: the region and the resolver listen here. */
  readonly host: string;
  /** The namespace's own end of the link. */
  readonly gateway: string;
  /** Everything that is the lab's on this computer. */
  readonly block: string;
  /** Where Elastic IPs come from. */
  readonly addressPool: string;
  readonly port: number;
  /** Where this computer's own commands call the region; moto finds a template's bucket only under the word localhost. */
  readonly endpoint: string;
}

export function labDirectory(name: string): string {
  if (!/^[a-z][a-z0-9-]{0,20}$/.test(name)) refuse('lab', 'the name must be lower case letters, digits and dashes', name, 'choose another with --name');
  return join(PROJECT, '.lab', name);
}

/** The lab of that name, if it holds a number. */
export function findLab(name: string): Lab | undefined {
  const directory = labDirectory(name);
  const number = NUMBERS.find((candidate) => holder(candidate) === directory);
  return number === undefined ? undefined : numbered(name, directory, number);
}

/**
 * The lab of that name, which must be up.
 * @throws Refusal that says how to bring it up
 */
export function existingLab(name: string): Lab {
  return findLab(name) ?? refuse('lab', `${name} must be up`, 'no such lab', `run: npm run lab --${name === 'default' ? '' : ` --name ${name}`} up`);
}

/** Takes a number for the lab, or returns the one that it has. */
export function claimLab(name: string): Lab {
  const directory = labDirectory(name);
  mkdirSync(directory, { recursive: true });
  mkdirSync(CLAIMS, { recursive: true });
  const number = findLab(name)?.number ?? NUMBERS.find((candidate) => free(candidate) && claim(candidate, directory));
  if (number === undefined) refuse('lab', 'one of 64 numbers must be free', `all taken, see ${CLAIMS}`, 'take a lab down');
  return numbered(name, directory, number);
}

export function releaseLab(lab: Lab): void {
  rmSync(join(CLAIMS, String(lab.number)), { force: true });
}

/** Labs whose clone is gone: nobody can take them down any more by name. */
export function abandonedLabs(): Lab[] {
  return NUMBERS.flatMap((number) => {
    const directory = holder(number);
    return directory === undefined || existsSync(directory) ? [] : [numbered('abandoned', directory, number)];
  });
}

/** How many labs this computer has. */
export function countLabs(): number {
  return existsSync(CLAIMS) ? readdirSync(CLAIMS).filter((entry) => /^\d+$/.test(entry)).length : 0;
}

/** A symbolic link is made whole or not at all, so that of two labs only one gets the number. */
function claim(number: number, directory: string): boolean {
  try {
    symlinkSync(directory, join(CLAIMS, String(number)));
    return true;
  } catch {
    return false;
  }
}

function holder(number: number): string | undefined {
  try { return readlinkSync(join(CLAIMS, String(number))); } catch { return undefined; }
}

/** Somebody else may use the addresses or the port already. */
function free(number: number): boolean {
  const { block, port } = numbered('', '', number);
  const taken = Object.values(networkInterfaces()).flat().some((address) => address?.address.startsWith(block.replace('0/24', '')));
  // The kernel's table of sockets: a local port in hexadecimal, and 0A for one that listens.
  const listens = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} \\S+ 0A `);
  return !taken && !['tcp', 'tcp6'].some((table) => existsSync(`/proc/net/${table}`) && listens.test(readFileSync(`/proc/net/${table}`, 'utf8')));
}

function numbered(name: string, directory: string, number: number): Lab {
  const block = `10.213.${number}`;
  return {
    name, number, directory,
    id: `paddock-${number}`,
    host: `${block}.1`,
    gateway: `${block}.2`,
    block: `${block}.0/24`,
    addressPool: `${block}.16/28`,
    port: PORTS + number,
    endpoint: `http://localhost:${PORTS + number}`,
  };
}
