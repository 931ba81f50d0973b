/** Reads the settings page as `cdk` would run it, without making anything of what it describes. */
import { existsSync, readFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { refuse } from '../refuse.js';
import type { Noted } from './page.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Node's own way to resolve an import otherwise: for the page, and for it alone, its stacks are ours. */
const HOOK = `
let told;
export const initialize = (data) => { told = data; };
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  const ours = found.url.split('?')[0] === told.stacks && context.parentURL?.split('?')[0] === told.page;
  return ours ? { ...found, url: found.url.replace(told.stacks, told.ours) } : found;
}`;

/**
 * The stacks of the page with their settings, overruled by `-c name=value`.
 * @param page its path
 * @param given what the command line overrules
 * @throws Refusal as the page itself does, and when it has no stack of ours
 */
export async function readPage(page: string, given: Readonly<Record<string, string>>): Promise<readonly Noted[]> {
  const urls = { page: pathToFileURL(page).href, stacks: new URL('../index.ts', import.meta.url).href, ours: new URL('page.ts', import.meta.url).href };
  register(`data:text/javascript,${encodeURIComponent(HOOK)}`, { data: urls });
  process.env['CDK_CONTEXT_JSON'] = JSON.stringify({ ...projectContext(), ...given });
  // Nothing is synthesized when the process ends.
  delete process.env['CDK_OUTDIR'];
  await import(urls.page);
  const { noted } = await import(urls.ours) as typeof import('./page.js');
  if (noted.length === 0) refuse(page, 'the settings page must hold a SingleNodeStack or a SplitTierStack', 'neither', 'add one');
  return noted;
}

/** What cdk.json gives to every run. */
function projectContext(): Record<string, unknown> {
  const file = join(PROJECT, 'cdk.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { context?: Record<string, unknown> }).context ?? {} : {};
}
