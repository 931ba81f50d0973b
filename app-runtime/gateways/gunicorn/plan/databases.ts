import { type Application, fieldsOf, isDjango, notGiven, placeOf, usesOf } from './application.js';
import type { Finding } from '../../../gateway/finding.js';

const MUST = 'the database must be one that every server reaches';
const LOCAL = /^(|localhost|127\.\d+\.\d+\.\d+|::1|\/.*)$/;
const COPY = 'copy the rows with dumpdata and loaddata';
const SHARED = 'set database to paddock.Database.postgres() on the settings page';
const ADD_DRIVER = 'add psycopg[binary] to the dependencies';

/** Databases that live and die with one machine. */
export function judgeDatabases(application: Application): Finding[] {
  return [
    ...(isDjango(application) ? fieldsOf(application, 'DATABASES').flatMap(([alias, fields]) => judge(application, alias, fields)) : []),
    ...usesOf(application, 'sqlite').flatMap(({ file, line, what, detail }): Finding[] => {
      if (typeof detail === 'string' && application.told.variables.includes(detail)) return [];
      const todo = detail === 'DATABASE_URL' ? SHARED : detail ? `give ${String(detail)} in secrets on the settings page` : `keep the rows in the servers' shared database: ${SHARED}`;
      return [{ kind: 'database', weight: 'breaks', file, line, must: MUST, got: `SQLite in a file of one machine, ${what}`, todo }];
    }),
  ];
}

function judge(application: Application, alias: string, { ENGINE, HOST, NAME, TEST: _ }: Readonly<Record<string, unknown>>): Finding[] {
  if (typeof ENGINE !== 'string') return [];
  if (/sqlite3|spatialite/.test(ENGINE)) {
    if (NAME === ':memory:') return [];
    const place = placeOf(application, 'DATABASES', alias, 'ENGINE');
    return [{ kind: 'database', weight: 'breaks', ...place, must: MUST, got: `SQLite in a file of one machine (DATABASES['${alias}'])`, todo: wayOut(application) }];
  }
  if (typeof HOST !== 'string' || !LOCAL.test(HOST)) return [];
  const [variable] = notGiven(application, 'DATABASES', /HOST|SERVER|URL/);
  const todo = variable ? `give ${variable} in environment on the settings page` : 'name the server, from the environment';
  return [{ kind: 'database', weight: 'breaks', ...placeOf(application, 'DATABASES', alias, 'HOST'), must: MUST, got: `one on the server itself (HOST ${JSON.stringify(HOST)})`, todo }];
}

/** What to do about SQLite; settings that take DATABASE_URL already need no change. */
function wayOut({ withUrl }: Application): string {
  const taken = isShared(withUrl?.settings?.['DATABASES']);
  const first = taken ? `${SHARED}: these settings take its DATABASE_URL` : `read it from DATABASE_URL, as dj_database_url.config() does, and ${SHARED}`;
  // Where nobody could look which packages there are, whoever takes the address will have thought of the driver.
  const driver = withUrl?.drivers ? withUrl.drivers.length === 0 : !taken;
  return [first, ...(driver ? [ADD_DRIVER] : []), COPY].join(', ');
}

function isShared(databases: unknown): boolean {
  const engine = (databases as Record<string, Record<string, unknown>> | undefined)?.['default']?.['ENGINE'];
  return typeof engine === 'string' && /postg/.test(engine);
}
