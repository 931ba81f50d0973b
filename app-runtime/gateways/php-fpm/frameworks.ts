/** Frameworks that write beside their own code, where a release takes nothing: what each of them is told instead, in the `.env` that it reads. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayBuild } from '../../gateway/builder.js';
import { refuse } from '../../refusal.js';

interface Framework {
  /** Where Composer puts it. */
  readonly folder: string;
  /** What the author's computer made for itself, and would be read or shown on a machine. */
  readonly leftovers: readonly string[];
  /** Of these variables each is a default: neither framework lets its file overrule the environment, which the settings page fills. */
  readonly variables: (order: GatewayBuild) => Readonly<Record<string, string>>;
  /** Whether its own `.env` is committed, and lists what the application asks for. @default false - it is one computer's */
  readonly lists?: boolean;
}

// What is compiled goes to the unit's own /tmp, so that no release reads what another one compiled, and what visitors made to the data volume.
const FRAMEWORKS: readonly Framework[] = [
  // No link of a page depends on DEFAULT_URI, and the configuration that Symfony begins with ends without one.
  { folder: 'vendor/symfony/framework-bundle', leftovers: ['var/cache', 'var/log'], lists: true, variables: () => ({
    APP_ENV: 'prod', APP_SECRET: '${SECRET_KEY}', APP_CACHE_DIR: '/tmp/cache', APP_LOG_DIR: '${DATA_DIR}/log', DEFAULT_URI: 'http://localhost',
  }) },
  // The caches name packages of development; `hot` is there while Vite serves the pages' files, and leads to the author's computer.
  { folder: 'vendor/laravel/framework', leftovers: ['bootstrap/cache', 'storage/framework', 'storage/logs', 'database/database.sqlite', 'public/hot'], variables: laravel },
];

function laravel({ environment, where }: GatewayBuild): Record<string, string> {
  if (environment['APP_KEY'] === undefined) {
    refuse(where, 'Laravel must find APP_KEY in its environment', 'none', 'keep what `php artisan key:generate --show` says in Parameter Store, and name it among the secrets of the settings page');
  }
  const caches = ['CONFIG', 'EVENTS', 'PACKAGES', 'ROUTES', 'SERVICES'].map((name) => [`APP_${name}_CACHE`, `/tmp/${name.toLowerCase()}.php`]);
  return {
    ...Object.fromEntries(caches) as Record<string, string>, VIEW_COMPILED_PATH: '/tmp/views', LARAVEL_STORAGE_PATH: '${DATA_DIR}/storage', LOG_CHANNEL: 'stderr',
    ...databaseOf(environment),
  };
}

/** Laravel's own default is a file of SQLite beside the code; Paddock's database has its URL in the variable that other frameworks read. */
function databaseOf(environment: GatewayBuild['environment']): Record<string, string> {
  if (/^postgres(ql)?:/.test(environment['DATABASE_URL'] ?? '')) return { DB_CONNECTION: 'pgsql', DB_URL: '${DATABASE_URL}' };
  return (environment['DB_CONNECTION'] ?? 'sqlite') === 'sqlite' ? { DB_DATABASE: '${DATA_DIR}/database.sqlite' } : {};
}

/** Makes a release whose packages are there ready for its framework, if it has one of these. */
export function suitFramework(order: GatewayBuild): void {
  const application = join(order.release, 'app');
  const framework = FRAMEWORKS.find(({ folder }) => existsSync(join(application, folder)));
  if (!framework) return;
  for (const path of framework.leftovers) rmSync(join(application, path), { recursive: true, force: true });
  const variables = framework.variables(order);
  writeFileSync(join(application, '.env'), Object.entries(variables).map(([name, value]) => `${name}="${value}"\n`).join(''));
  const missing = framework.lists ? listed(join(order.source, '.env')).filter((name) => !(name in variables || name in order.environment)) : [];
  if (missing.length > 0) order.say(`your .env stays on this computer, and the settings page lacks what it lists: ${missing.join(', ')}`);
}

/** Names of the variables in a file. Their values are nobody's business here. */
function listed(file: string): string[] {
  return existsSync(file) ? [...readFileSync(file, 'utf8').matchAll(/^(?:export\s+)?([A-Za-z_]\w*)=/gm)].map(([, name]) => name!) : [];
}
