import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplicationFolder, Recognition } from '../../gateway/builder.js';
import { refuse } from '../../refusal.js';

/** What Paddock reads of a package.json. */
export interface Package {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** What the gateway sets by itself. */
const PRODUCTION = /^NODE_ENV=production\s+/;
const LAUNCHER = /^(NODE_ENV=production\s+)?(exec\s+)?(node|npm\s+(run\s+)?start)(?=\s|$)/;
/** A start script that is one plain command: no shell in it, no variable, no second command. */
const PLAIN = /^[\w./:=@+,-]+( [\w./:=@+,-]+)*$/;
/** Flags whose value is the word after them. Source: `node --help` of 20. */
const WITH_VALUE = new Set(['-r', '--require', '--import', '--loader', '--experimental-loader', '-C', '--conditions', '--env-file', '--input-type', '--icu-data-dir', '--title']);
/** What npm starts where no script says otherwise. Source: npm's documentation of `npm start`. */
const USUAL = 'server.js';

export const launches = (command: string): boolean => LAUNCHER.test(command);

/** A package.json that says how the application starts; one of a folder whose scripts only build something does not. */
export function sign(folder: string): string | undefined {
  const found = packageOf(folder);
  if (!found) return undefined;
  if (found.scripts?.['start'] !== undefined) return 'package.json with a start script';
  return existsSync(join(folder, USUAL)) ? `package.json and ${USUAL}` : undefined;
}

/** Recognises what node is to run: by the Procfile's web line, by the start script, or else as npm would. */
export function recognise({ path, where, web }: ApplicationFolder): Recognition {
  const script = packageOf(path)?.scripts?.['start'];
  const line = web?.replace(PRODUCTION, '').replace(/^exec\s+/, '');
  if (line !== undefined && !/^npm\b/.test(line)) {
    return { serves: wordsOf(line, `${where}/Procfile`, 'the web line'), recognised: `Node.js running ${line}, by the Procfile's web line` };
  }
  if (script !== undefined) return { serves: wordsOf(script, `${where}/package.json`, 'the start script'), recognised: `Node.js running ${script}, by the start script of package.json` };
  if (existsSync(join(path, USUAL))) return { serves: USUAL, recognised: `Node.js running ${USUAL}, as npm would` };
  return refuse(where, 'must say what node is to run', 'no start script in package.json, and no server.js', 'add `"scripts": {"start": "node server.js"}` with your own file to package.json');
}

/** What node runs of a plain command: the words after `node`, or a command that a package brings. */
function wordsOf(command: string, where: string, what: string): string {
  const words = command.trim().replace(PRODUCTION, '').split(/\s+/).join(' ');
  const [variable] = /^\w+=\S*/.exec(words) ?? [];
  if (variable !== undefined) refuse(where, `${what} must set no variable`, variable, 'put it into `environment` in the settings page');
  if (!PLAIN.test(words)) refuse(where, `${what} must be one plain command`, command, 'write `node server.js` with your own file, and put what runs before it on the `release:` line of a Procfile');
  const [first, ...more] = words.split(' ') as [string, ...string[]];
  const run = first === 'node' ? more : [`node_modules/.bin/${first}`, ...more];
  const entry = entryOf(run);
  if (entry === undefined) return refuse(where, `${what} must name the file that node runs`, command, 'write `node server.js` with your own file');
  // In the value of a flag it tells a file from a package.
  run[run.indexOf(entry)] = entry.replace(/^\.\/(?=.)/, '');
  return run.join(' ');
}

/** The file that node runs: the first word that is neither a flag nor a flag's value. */
export function entryOf(words: readonly string[]): string | undefined {
  return words.find((word, index) => !word.startsWith('-') && !WITH_VALUE.has(words[index - 1] ?? ''));
}

function packageOf(folder: string): Package | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Package;
  } catch {
    return {};
  }
}

/** The package.json that a build must be able to read. @throws Refusal for one that is no JSON */
export function readPackage(folder: string, where: string): Package {
  const text = readFileSync(join(folder, 'package.json'), 'utf8');
  try {
    return JSON.parse(text) as Package;
  } catch (error) {
    return refuse(`${where}/package.json`, 'must be JSON', (error as Error).message, 'correct it');
  }
}
