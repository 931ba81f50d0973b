import type { App } from 'aws-cdk-lib';
import { refuse } from './refuse.js';

type Value = string | number | readonly string[];

/**
 * The settings of the page, each overruled by `-c name=value` of the command line. The type of the value is that of the page's own:
 * a number is read as a number, a list as words between commas.
 * @throws Refusal on a name that the page does not have, or a value that is not of its type
 */
export function overruled<T extends Readonly<Record<string, Value>>>(app: App, page: T): T {
  const given = Object.entries(app.node.getAllContext() as Record<string, unknown>).filter(([name]) => isSetting(name));
  const known = Object.keys(page);
  for (const [name] of given) {
    if (!known.includes(name)) refuse('-c', `the name must be one of ${known.join(', ')}`, name, 'see the settings page, bin/paddock.ts');
  }
  return { ...page, ...Object.fromEntries(given.map(([name, value]) => [name, read(name, String(value), page[name]!)])) };
}

/** The CDK's own context keys hold a colon (lookups, `aws:cdk:…`) or a slash (feature flags), and no setting does. */
function isSetting(name: string): boolean {
  return !/[:/@]/.test(name);
}

function read(name: string, text: string, like: Value): Value {
  if (Array.isArray(like)) return text === '' ? [] : text.split(',');
  if (typeof like !== 'number') return text;
  if (!/^\d+$/.test(text)) refuse('-c', `${name} must be a whole number`, text, `give one, as in -c ${name}=${like as number}`);
  return Number(text);
}
