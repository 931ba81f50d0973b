import { type Application, fieldsOf, isDjango, isRecord, placeOf, setting, textsOf, usesOf } from './application.js';
import type { Finding, Place } from '../../../gateway/finding.js';

const CACHE = 'a cache must be one that every server reads';
const SESSION = 'sessions must lie where every server reads them';
const SHARED = "use Redis or Memcached (ElastiCache) or DatabaseCache in CACHES";
const DATABASE_SESSIONS = "set SESSION_ENGINE = 'django.contrib.sessions.backends.db'";
const LOCAL_SERVER = /(^|[/@])(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)(:|\/|$)|^(unix:|\/)/;
const IN_PROCESS: readonly [RegExp, string][] = [[/LocMemCache/, 'memory of one worker'], [/FileBasedCache/, "files on this server's disk"]];

/** Caches and sessions of which each server has its own. */
export function judgeCaches(application: Application): Finding[] {
  const plain = [
    ...usesOf(application, 'local cache').map(({ file, line, what }) => cache({ file, line }, `CACHE_TYPE ${what}`, "set CACHE_TYPE to 'RedisCache' or 'MemcachedCache'")),
    ...usesOf(application, 'file session').map(({ file, line, what }) => session({ file, line }, `SESSION_TYPE ${what}`, "set SESSION_TYPE to 'redis' or 'sqlalchemy', or leave sessions to Flask's signed cookie")),
  ];
  return isDjango(application) ? [...plain, ...judgeBackends(application), ...judgeSessions(application)] : plain;
}

function judgeBackends(application: Application): Finding[] {
  const use = useOf(application);
  if (!use) return [];
  return fieldsOf(application, 'CACHES').flatMap(([alias, { BACKEND, LOCATION }]): Finding[] => {
    const place = application.survey.settings.names['CACHES'] ? placeOf(application, 'CACHES', alias, 'BACKEND') : use.place;
    const got = localityOf(BACKEND);
    if (got !== undefined) return alias === 'default' || application.survey.settings.names['CACHES'] ? [cache(place, `${got} (CACHES['${alias}'], used by ${use.by})`, SHARED)] : [];
    const [server] = (Array.isArray(LOCATION) ? LOCATION : [LOCATION]).filter((each): each is string => typeof each === 'string' && LOCAL_SERVER.test(each));
    if (server === undefined || !/redis|memcache/i.test(String(BACKEND))) return [];
    return [{ ...cache(place, `a server on this machine, where none runs (${server})`, 'name the ElastiCache server, from the environment'), weight: 'breaks' }];
  });
}

/** The first that uses Django's cache, and where; a cache that nobody uses does no harm. */
function useOf(application: Application): { by: string; place: Place } | undefined {
  const [use] = usesOf(application, 'cache');
  if (use) return { by: `${use.what} in ${use.file}:${use.line}`, place: use };
  const middleware = textsOf(application, 'MIDDLEWARE').find((name) => /django\.middleware\.cache\.|ratelimit/i.test(name));
  if (middleware) return { by: 'MIDDLEWARE', place: placeOf(application, 'MIDDLEWARE') };
  const rest = setting(application, 'REST_FRAMEWORK');
  const throttles = isRecord(rest) ? rest['DEFAULT_THROTTLE_CLASSES'] : undefined;
  if (Array.isArray(throttles) && throttles.length > 0) return { by: 'the throttles of REST_FRAMEWORK', place: placeOf(application, 'REST_FRAMEWORK', 'DEFAULT_THROTTLE_CLASSES') };
  return undefined;
}

function judgeSessions(application: Application): Finding[] {
  const engine = setting(application, 'SESSION_ENGINE');
  if (typeof engine !== 'string' || !textsOf(application, 'MIDDLEWARE').some((name) => name.endsWith('.SessionMiddleware'))) return [];
  const place = placeOf(application, 'SESSION_ENGINE');
  if (engine.endsWith('.file')) return [session(place, "files on this server's disk", DATABASE_SESSIONS)];
  if (!/\.(cache|cached_db)$/.test(engine)) return [];
  const name = setting(application, 'SESSION_CACHE_ALIAS');
  const alias = typeof name === 'string' ? name : 'default';
  const got = localityOf(fieldsOf(application, 'CACHES').find(([each]) => each === alias)?.[1]['BACKEND']);
  return got === undefined ? [] : [session(place, `the cache, which is ${got}`, `${SHARED}, or ${DATABASE_SESSIONS}`)];
}

/** Where a cache of one server keeps what it has; nothing for one that servers share. */
function localityOf(backend: unknown): string | undefined {
  return IN_PROCESS.find(([pattern]) => pattern.test(String(backend)))?.[1];
}

function cache({ file, line }: Place, got: string, todo: string): Finding {
  return { kind: 'cache', weight: 'weakens', file, line, must: CACHE, got, todo };
}

function session({ file, line }: Place, got: string, todo: string): Finding {
  return { kind: 'session', weight: 'breaks', file, line, must: SESSION, got, todo };
}
