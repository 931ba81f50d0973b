import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { names } from './gateways.js';

/** Writes the agent as one file that the machine's own Node.js runs. The same sources give the same bytes. */
export function bundleAgent(outfile: string): void {
  bundle('agent/main.ts', outfile);
}

/** Bundles a module of app-runtime, and the templates with it, because a bundle has no folder to read them from. */
export function bundle(entry: string, outfile: string): void {
  buildSync({
    entryPoints: [join(import.meta.dirname, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    // Modules alone wait for what they import by name, as the gateways are.
    format: 'esm',
    minify: true,
    legalComments: 'none',
    banner: { js: `import{createRequire}from'node:module';const require=createRequire(import.meta.url),GATEWAYS=${JSON.stringify(names)},TEMPLATES=${JSON.stringify(templates())};` },
    logLevel: 'warning',
  });
}

/** Every file in a folder named `templates`, by its path under app-runtime. */
function templates(): Record<string, string> {
  const paths = readdirSync(import.meta.dirname, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(import.meta.dirname.length + 1))
    .filter((path) => path.split('/').includes('templates'))
    .sort();
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(import.meta.dirname, path), 'utf8')]));
}
