/** Examine: what the assemblies of an application say of themselves, once the host has loaded them; nothing of them runs. */
import { refuse } from '../../refusal.js';
import { provided } from './libraries.js';
import { run } from './mono.js';

/** Of .NET Standard and of newer .NET: assemblies that only lead to others. */
const FORWARDING = /^(netstandard|System\.Runtime|System\.Private\..*)$/;

/**
 * The class by which an application starts.
 * @throws Refusal when there is none or more than one, or when it needs what machines do not have
 */
export function startupOf(host: string, application: string, where: string, environment: Readonly<Record<string, string>>): string {
  const { status, text } = run('mono', 'mono-runtime', [host, 'examine', application], application, environment);
  const lines = text.trim().split('\n').map((line) => line.split('\t'));
  if (status !== 0) refuse(where, 'its assemblies must load', lines.at(-1)!.join(' '), 'build them again');
  for (const [kind, name, by] of lines) if (kind === 'outside' && !provided.has(name!)) refuseOutside(`${where}/bin/${by}`, name!);
  const [startup, ...others] = lines.filter(([kind]) => kind === 'startup').map(([, name]) => name!);
  if (startup === undefined) return refuse(where, 'must hold a class Startup with a method Configuration(IAppBuilder app)', 'none', 'add it as a public class, or name another one by [assembly: OwinStartup(typeof(X))]');
  if (others.length > 0) refuse(where, 'must hold one class that starts it', [startup, ...others].join(' and '), `name one of them alone, as in [assembly: OwinStartup(typeof(${startup.split(',')[0]}))]`);
  return startup;
}

function refuseOutside(where: string, name: string): never {
  const todo = name.startsWith('System.Web') ? 'take out what needs it: IIS alone serves that'
    : FORWARDING.test(name) ? 'take a version of it that is for .NET Framework' : 'add it to the references that are copied into bin/';
  return refuse(where, "what it refers to must be in bin/, or one of Mono's that machines have", name, todo);
}
