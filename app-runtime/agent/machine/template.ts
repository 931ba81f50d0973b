import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlannedFile } from './plan.js';

/** Text that is safe where a template puts it. Only `quote.ts` and `render` make it, so a raw value in a template does not compile. */
export type Safe = string & { readonly [safe]: true };
declare const safe: unique symbol;

export type Values = Readonly<Record<string, Safe | number>>;

/** The template files by path under `app-runtime`: bundleAgent puts them in front of the bundle, which has no folder to read. */
declare const TEMPLATES: Readonly<Record<string, string>> | undefined;

const PLACEHOLDER = /\{\{ (\w+) \}\}/g;

/**
 * Fills a template's `{{ name }}` placeholders.
 * @param path under `app-runtime`
 * @throws Error when the template is not there, names a value that is missing, or leaves one unused
 */
export function render(path: string, values: Values = {}): Safe {
  const unused = new Set(Object.keys(values));
  const text = source(path).replace(PLACEHOLDER, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${path}: every placeholder must have a value, got none for ${placeholder}; give it or remove it`);
    unused.delete(name);
    return String(value);
  });
  if (unused.size > 0) throw new Error(`${path}: every value must have a placeholder, got none for ${[...unused].join(', ')}; add it or do not give the value`);
  return text as Safe;
}

/** Renders a room's template to the path on the machine that the template's own path mirrors. */
export function file(room: string, path: string, values: Values = {}, concerns: readonly string[] = []): PlannedFile {
  const content = render(join(room, 'templates', path), values);
  return concerns.length > 0 ? { path, content, concerns } : { path, content };
}

function source(path: string): string {
  if (typeof TEMPLATES === 'undefined') return readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
  const text = TEMPLATES[path];
  if (text === undefined) throw new Error(`${path}: template must be in the bundle, got none; bundle the agent again`);
  return text;
}
