import type { App } from 'aws-cdk-lib';
import { type Choice, isChoice } from './choice.js';
import { refuse } from './refuse.js';
import { secretNamed } from './secret.js';

type Value = string | number | boolean | readonly string[] | Variables | Choice;
/** Variables of the application's environment, plain or secret. */
type Variables = Readonly<Record<string, unknown>>;

/**
 * The settings of the page, each overruled by `-c name=value` of the command line. The type of the value is that of the page's own:
 * a number is read as a number, true or false as such, a list as words between commas. A value with parameters of its own is chosen by
 * its word, as in `-c balancer=alb`, and keeps them when it is the page's own. One variable is given by
 * `-c environment.NAME=value`, or by `-c secrets.NAME=/parameter` and `-c secrets.NAME=secret#field`.
 * @throws Refusal on a name that the page does not have, or a value that is not of its type
 */
export function overruled<T extends Readonly<Record<string, Value>>>(app: App, page: T): T {
  const given = Object.entries(app.node.getAllContext() as Record<string, unknown>).filter(([name]) => isSetting(name));
  // A value is chosen before its parameters are given.
  given.sort(([one], [other]) => Number(one.includes('.')) - Number(other.includes('.')));
  return given.reduce((settings, [name, value]) => ({ ...settings, ...overrule(settings, name, String(value)) }), page);
}

function overrule<T extends Readonly<Record<string, Value>>>(page: T, name: string, text: string): Partial<T> {
  const [setting = '', variable] = name.split(/\.(.*)/s);
  const known = Object.keys(page);
  const like = page[setting];
  if (variable !== undefined && isChoice(like) && Object.hasOwn(like.options ?? {}, variable)) {
    return { [setting]: like.choices[like.chosen]!({ ...like.options, [variable]: read(name, text, like.options![variable]!) as string | number | boolean }) } as unknown as Partial<T>;
  }
  const holdsVariables = isVariables(like);
  if (!known.includes(setting) || holdsVariables !== (variable !== undefined)) {
    const names = known.map((key) => (isVariables(page[key]) ? `${key}.NAME` : key));
    refuse('-c', `the name must be one of ${names.join(', ')}`, name, 'see the settings page, bin/paddock.ts');
  }
  if (!holdsVariables) return { [setting]: read(name, text, page[setting]!) } as Partial<T>;
  return { [setting]: { ...page[setting] as Variables, [variable!]: setting === 'secrets' ? secretNamed(text) : text } } as unknown as Partial<T>;
}

function isVariables(value: Value | undefined): value is Variables {
  return typeof value === 'object' && !Array.isArray(value) && !isChoice(value);
}

/** The CDK's own context keys hold a colon (lookups, `aws:cdk:…`) or a slash (feature flags), and no setting does. */
function isSetting(name: string): boolean {
  return !/[:/@]/.test(name);
}

function read(name: string, text: string, like: Value): Value {
  if (isChoice(like)) return choose(name, text, like);
  if (Array.isArray(like)) return text === '' ? [] : text.split(',');
  if (typeof like === 'boolean') return readBoolean(name, text);
  if (typeof like !== 'number') return text;
  if (!/^\d+$/.test(text)) refuse('-c', `${name} must be a whole number`, text, `give one, as in -c ${name}=${like as number}`);
  return Number(text);
}

/** Where the word is the page's own, its parameters stay. */
function choose(name: string, text: string, page: Choice): Choice {
  if (text === page.chosen) return page;
  const words = Object.keys(page.choices);
  if (!words.includes(text)) refuse('-c', `${name} must be ${words.join(' or ')}`, text, `give one, as in -c ${name}=${page.chosen}`);
  return page.choices[text]!();
}

function readBoolean(name: string, text: string): boolean {
  if (text !== 'true' && text !== 'false') refuse('-c', `${name} must be true or false`, text, `give one, as in -c ${name}=true`);
  return text === 'true';
}
