/** Build: a Go module, compiled on this computer for the machine's processor. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ApplicationFolder, Built, GatewayBuild, GatewayBuilder, Recognition } from '../../gateway/builder.js';
import { staticFolders } from '../../gateway/static.js';
import { refuse } from '../../refusal.js';
import type { Architecture } from '../../release.js';

const MODULE = 'go.mod';
/** As Heroku's buildpack names what it builds. */
const COMMAND = /^(?:exec\s+)?(?:\.\/)?bin\/([A-Za-z0-9_][\w.-]*)$/;
const MAIN = /^package main\b/m;
/** A requirement that compiles without C and fails at its first query. */
const NEEDS_C = /^\s*(?:require\s+)?github\.com\/mattn\/go-sqlite3\s+\S+\s*$/m;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** Go's names of processors. */
const PROCESSOR: Readonly<Record<Architecture, string>> = { x86_64: 'amd64', arm64: 'arm64' };

export const builder: GatewayBuilder = {
  example: 'go', looksFor: 'a go.mod', launches: (command, folder) => COMMAND.test(command) && existsSync(join(folder, MODULE)),
  sign: (folder) => (existsSync(join(folder, MODULE)) ? MODULE : undefined), recognise, build,
};

/** The program is the folder itself, or one in `cmd/`; a Procfile says which of several. */
function recognise({ path, where, web }: ApplicationFolder): Recognition {
  if (!existsSync(join(path, MODULE))) refuse(where, `must hold a ${MODULE}`, 'none', 'run `go mod init`');
  const programs = programsOf(path);
  const named = COMMAND.exec(web ?? '')?.[1];
  const found = named === undefined ? programs : programs.filter(({ name }) => name === named);
  const [program, other] = found;
  if (!program) return refuse(where, 'must hold a main package, in the folder itself or in one of cmd/', named === undefined ? 'none' : `none called ${named}`, 'add one, or correct the web line of the Procfile');
  if (other) return refuse(where, 'must hold one main package', found.map(({ name }) => name).join(' and '), `say which in a Procfile: \`web: bin/${program.name}\``);
  return { serves: program.name, recognised: `Go, by ${MODULE}, and the main package in ${program.folder}` };
}

interface Program {
  readonly name: string;
  /** Relative to the module, as go takes it. */
  readonly folder: string;
}

function programsOf(path: string): Program[] {
  const folders = existsSync(join(path, 'cmd')) ? readdirSync(join(path, 'cmd'), { withFileTypes: true }).filter((entry) => entry.isDirectory()) : [];
  const commands = folders.map(({ name }) => name).filter((name) => isMain(join(path, 'cmd', name)));
  const own = /^module\s+(\S+)/m.exec(readFileSync(join(path, MODULE), 'utf8'))?.[1] ?? 'server';
  return [...(isMain(path) ? [{ name: basename(own), folder: '.' }] : []), ...commands.sort().map((name) => ({ name, folder: `./cmd/${name}` }))];
}

function isMain(folder: string): boolean {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith('.go') && !entry.name.endsWith('_test.go'));
  return files.some(({ name }) => MAIN.test(readFileSync(join(folder, name), 'utf8')));
}

function build({ source, trial, release, where, recognition: { serves }, architecture, say }: GatewayBuild): Built {
  if (/^require\b/m.test(readFileSync(join(source, MODULE), 'utf8')) && !existsSync(join(source, 'go.sum'))) refuse(where, 'dependencies must be locked in go.sum', 'none', 'run `go mod tidy`');
  if (NEEDS_C.test(readFileSync(join(source, MODULE), 'utf8'))) {
    refuse(`${where}/${MODULE}`, 'modules must need no C, which is not compiled for another processor', 'github.com/mattn/go-sqlite3', 'take modernc.org/sqlite, which is SQLite in Go');
  }
  const { folder } = programsOf(source).find(({ name }) => name === serves)!;
  say(`compiling ${serves} for ${architecture}`);
  mkdirSync(join(release, 'bin'));
  // The same sources give the same bytes wherever they are compiled, and nothing of this computer's is linked.
  go(['build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags=-s -w -buildid=', '-o', join(release, 'bin', serves), folder], trial, where,
    { GOOS: 'linux', GOARCH: PROCESSOR[architecture], CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' });
  return { static: staticFolders(join(release, 'app')) };
}

function go(words: readonly string[], folder: string, where: string, environment: Readonly<Record<string, string>>): void {
  const { status, stderr, error } = spawnSync('go', words, { cwd: folder, env: { ...process.env, ...environment }, encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES, stdio: ['ignore', 'ignore', 'pipe'] });
  if (error) refuse('go', 'this computer must have Go, to compile what is deployed', error.message, 'install golang, or what https://go.dev/dl has');
  if (status === 0) return;
  if (/no space left on device/.test(stderr)) throw new Error('No space left on device');
  if (/updates to go\.mod needed|missing go\.sum entry/.test(stderr)) refuse(`${where}/go.sum`, 'the lock must be up to date with go.mod', 'another state of it', 'run `go mod tidy`');
  const lines = stderr.trim().split('\n').filter((line) => !line.startsWith('#') && !line.startsWith('go: downloading'));
  refuse(where, 'must compile', lines[0] ?? `exit code ${status}`, 'run `go build` on this computer and correct it');
}
