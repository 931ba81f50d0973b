import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { refuse } from '../../refusal.js';
import { isSdkStyle } from './project.js';

export const LOOKS_FOR = 'a .csproj that uses Owin, or built assemblies in bin/ that do';
/** What an application of OWIN cannot do without, in its sources and in its assemblies. */
const SPEAKS = /\bIAppBuilder\b|\bOwinStartup/;
/** The same in a project. */
const REFERS = /\bInclude="(Microsoft\.)?Owin\b/;
/** Folders in which no source of the application is. */
const FOREIGN = /^(bin|obj|packages|node_modules|\..*)$/;
const TESTS = /Tests?\.csproj$/i;

/** Where an application comes from: its project, relative to the folder, or the assemblies that its author built. */
export type Origin = { readonly project: string } | { readonly built: true };

/** What in a folder is an OWIN application. A project that must be refused speaks too, so that the reason is told. */
export function sign(folder: string): string | undefined {
  const [project] = projectsOf(folder);
  if (project !== undefined) return `${project} that uses Owin`;
  return holdsAssemblies(folder) ? 'assemblies in bin/ that use Owin' : allProjects(folder).find((found) => isSdkStyle(textOf(folder, found)));
}

/**
 * Finds the application of a folder.
 * @throws Refusal when there is none, more than one, or one that Mono does not build
 */
export function originOf(folder: string, where: string): Origin {
  const [project, other] = projectsOf(folder);
  if (other !== undefined) return refuse(where, 'must hold one project that uses Owin', `${project} and ${other}`, 'name the folder of one of them as the application, or deploy what is built of it with its bin/');
  if (project !== undefined) return { project };
  if (holdsAssemblies(folder)) return { built: true };
  const modern = allProjects(folder).find((found) => isSdkStyle(textOf(folder, found)));
  if (modern !== undefined) refuse(`${where}/${modern}`, 'a project must be a classic one of .NET Framework, which Mono builds', 'an SDK-style project', 'publish it by `dotnet publish --self-contained` and say in a Procfile what to start, as in `web: ./Shop`; of one for .NET Framework, deploy what is built with its bin/');
  return refuse(where, 'must hold an OWIN application', 'neither a .csproj nor assemblies in bin/ that use Owin', 'name the folder with the project, or the one whose bin/ was built');
}

/** Classic projects that use Owin, without those that test others. */
function projectsOf(folder: string): string[] {
  return allProjects(folder).filter((project) => !TESTS.test(project) && !isSdkStyle(textOf(folder, project)) && (REFERS.test(textOf(folder, project)) || sources(join(folder, dirname(project))).some((file) => SPEAKS.test(readFileSync(file, 'utf8')))));
}

/** In the folder itself, or, as a solution has them, in folders of it. */
function allProjects(folder: string): string[] {
  const own = projectsIn(folder);
  return own.length > 0 ? own : foldersOf(folder).flatMap((name) => projectsIn(join(folder, name)).map((file) => `${name}/${file}`));
}

const projectsIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.csproj')).sort();

const foldersOf = (folder: string): string[] => readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !FOREIGN.test(entry.name)).map(({ name }) => name).sort();

const textOf = (folder: string, project: string): string => readFileSync(join(folder, project), 'utf8');

function sources(folder: string): string[] {
  const own = readdirSync(folder).filter((name) => name.endsWith('.cs')).map((name) => join(folder, name));
  return [...own, ...foldersOf(folder).flatMap((name) => sources(join(folder, name)))];
}

/** Names stand in an assembly as they are. Source: ECMA-335, II.24.2.3. */
function holdsAssemblies(folder: string): boolean {
  const bin = join(folder, 'bin');
  return existsSync(bin) && readdirSync(bin).some((name) => /\.(dll|exe)$/i.test(name) && SPEAKS.test(readFileSync(join(bin, name), 'latin1')));
}
