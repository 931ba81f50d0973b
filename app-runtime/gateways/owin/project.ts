/** Project: a classic .csproj, built by xbuild, which follows its conditions, references and content as its author's Visual Studio does. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { GatewayBuild } from '../../gateway/builder.js';
import { refuse } from '../../refusal.js';
import { run } from './mono.js';

/** What a machine has no use for: sources, and what other builds left. */
const BUILT_OF = /\.(cs|csproj|user|sln|suo)$/i;
const LEFT = /^(bin|obj|packages)$/;

/** Debian has no reference assemblies: what is compiled refers to what is installed. No symbols, which hold the folder of this build. */
const PROPERTIES = ['Configuration=Release', 'DebugSymbols=false', 'DebugType=', 'NoCompilerStandardLib=false'];

export const isSdkStyle = (text: string): boolean => /<Project\b[^>]*\bSdk\s*=|<Sdk\b|<Import\b[^>]*\bSdk\s*=/.test(text);

/** Fills `application` with a project's content and, in bin/, what is built of it. */
export function buildProject({ source, trial, scratch, where, say }: GatewayBuild, project: string, application: string): void {
  refuseUnrestored(source, project, where);
  const folder = join(trial, dirname(project));
  const bin = join(scratch, 'bin');
  // What its author built earlier must not be taken for what is built here.
  for (const left of ['bin', 'obj']) rmSync(join(folder, left), { recursive: true, force: true });
  say(`compiling ${project}`);
  const words = ['/nologo', '/verbosity:quiet', ...[...PROPERTIES, `OutputPath=${bin}/`].map((property) => `/p:${property}`), basename(project)];
  const { status, text } = run('xbuild', 'mono-devel', words, folder);
  if (status !== 0) refuseCompiled(`${where}/${project}`, text.replaceAll(`${folder}/`, '').replaceAll(`${trial}/`, ''));
  rmSync(application, { recursive: true });
  cpSync(folder, application, { recursive: true, filter: (path) => path === folder || !(BUILT_OF.test(path) || LEFT.test(basename(path))) });
  cpSync(bin, join(application, 'bin'), { recursive: true });
}

function refuseCompiled(where: string, text: string): never {
  const missing = /Reference '([^',]+)[^']*' not resolved/.exec(text)?.[1];
  if (missing !== undefined) refuse(where, 'every reference must be there to compile with', `no ${missing}`, `add its package to packages.config and run \`nuget restore\`, or install mono-devel where it is one of Mono's`);
  const lines = text.split('\n').map((line) => line.trim());
  return refuse(where, 'must compile', lines.find((line) => /\berror\b/.test(line)) ?? lines.find((line) => line !== '') ?? 'no word of why', 'run `xbuild /p:Configuration=Release` on this computer and correct it');
}

/** Nothing is fetched here: packages.config names exact versions, and `nuget restore` lays them into packages/. */
function refuseUnrestored(source: string, project: string, where: string): void {
  const text = readFileSync(join(source, project), 'utf8');
  if (/<PackageReference\b/.test(text)) {
    refuse(`${where}/${project}`, 'packages must be named in packages.config, which xbuild can follow', 'PackageReference', 'move them to packages.config, or build it by `msbuild -restore` with packages.lock.json and deploy the folder with its bin/');
  }
  for (const folder of ['', ...readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !LEFT.test(entry.name)).map(({ name }) => name)]) {
    const list = join(source, folder, 'packages.config');
    for (const name of existsSync(list) ? packagesIn(readFileSync(list, 'utf8')) : []) {
      if (['packages', join(folder, 'packages')].some((place) => existsSync(join(source, place, name)))) continue;
      refuse(`${where}/packages`, 'must hold every package of packages.config', `no ${name}`, 'run `nuget restore -PackagesDirectory packages` and leave the folder in the application');
    }
  }
}

/** Folders of packages, as NuGet names them. */
function packagesIn(xml: string): string[] {
  return [...xml.replace(/<!--[\s\S]*?-->/g, '').matchAll(/<package\b[^>]*>/g)].map(([element]) => ['id', 'version'].map((name) => new RegExp(`\\b${name}="([^"]*)"`).exec(element)?.[1]).join('.'));
}
