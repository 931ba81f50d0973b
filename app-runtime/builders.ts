/** Builders: what each folder of `gateways/` is on the deployer's computer, and which of them an application's folder is for. */
import type { ApplicationFolder, GatewayBuilder, Recognition } from './gateway/builder.js';
import { procfileOf } from './gateway/procfile.js';
import { names } from './gateways.js';
import { refuse } from './refusal.js';

/** A gateway that was chosen for an application, and what it is to serve. */
export interface Chosen {
  readonly name: string;
  readonly builder: GatewayBuilder;
  readonly recognition: Recognition;
  /** Command of the Procfile's release line. @default - it has none */
  readonly releaseCommand?: string;
  /** What the folder says that Paddock does not follow, one sentence each. */
  readonly warnings: readonly string[];
}

export const builders: ReadonlyMap<string, GatewayBuilder> = new Map(await Promise.all(names.map(async (name) => {
  const { builder } = await import(`./gateways/${name}/builder.ts`) as { readonly builder: GatewayBuilder };
  return [name, builder] as const;
})));

const OVERRULE = 'say which, as in gateway:';

/**
 * Chooses the gateway of an application: the one that the settings name, or else whose command the Procfile's web line is, or else
 * the only one for which the folder speaks.
 * @param where what the folder is called in a refusal
 * @param named gateway that overrules what the folder says; '' for none
 * @throws Refusal when none, or more than one, can be meant
 */
export function chooseGateway(path: string, where: string, named = ''): Chosen {
  const { web, release, others } = procfileOf(path);
  const folder: ApplicationFolder = { path, where, web };
  const name = named !== '' ? known(named, where) : web === undefined ? bySigns(folder) : byCommand(web, path, where);
  const builder = builders.get(name)!;
  const follows = builder.follows ?? builder.launches;
  const recognition = builder.recognise(named !== '' && web !== undefined && !follows(web, path) ? { path, where } : folder);
  const unrun = others.map((process) => `Procfile: \`${process}:\` is not run; Paddock runs \`web:\` and \`release:\``);
  return { name, builder, recognition, ...(release !== undefined && { releaseCommand: release }), warnings: [...unrun, ...recognition.warnings ?? []] };
}

function known(name: string, where: string): string {
  return builders.has(name) ? name : refuse(where, `gateway must be one of ${names.join(', ')}`, name, 'correct it in the settings page');
}

function byCommand(web: string, path: string, where: string): string {
  const found = names.filter((name) => builders.get(name)!.launches(web, path));
  // A program in bin/ is what a go.mod is compiled to before it is one that the author brought.
  const spoken = found.find((name) => builders.get(name)!.sign(path) !== undefined);
  return spoken ?? found[0] ?? refuse(`${where}/Procfile`, `the web line must be the command of a gateway (${names.join(', ')})`, web, 'write one of theirs, and put what runs before it on the `release:` line');
}

function bySigns({ path, where }: ApplicationFolder): string {
  const found = names.flatMap((name) => {
    const sign = builders.get(name)!.sign(path);
    return sign === undefined ? [] : [{ name, sign }];
  });
  const [first, second] = found;
  if (!first) return refuse(where, 'must hold an application that a gateway serves', `nothing of that kind: ${names.map((name) => `${name} looks for ${builders.get(name)!.looksFor}`).join(', ')}`, 'correct the application setting, or add what is missing');
  if (second) refuse(where, 'must be for one gateway', found.map(({ name, sign }) => `${name} (${sign})`).join(' and '), `${OVERRULE} '${first.name}' in the settings page`);
  return first.name;
}
