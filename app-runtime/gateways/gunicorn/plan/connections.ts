import type { Connections } from '../../../gateway/examined.js';
import { type Application, fieldsOf, isDjango, isRecord, usesOf } from './application.js';

/** What psycopg's pool holds unless it is told otherwise. Source: psycopg_pool.ConnectionPool, min_size. */
const POOL = 4;
/** SQLAlchemy's pool_size and max_overflow. Source: sqlalchemy.pool.QueuePool. */
const QUEUE_POOL = 5 + 10;
const DRIVERS = ['psycopg', 'psycopg2', 'MySQLdb', 'pymysql', 'asyncpg', 'peewee'];

/** How an application connects, once its database is a server; nothing for one without a database. */
export function connectionsOf(application: Application): Connections | undefined {
  return isDjango(application) ? django(application) : plain(application);
}

function django(application: Application): Connections | undefined {
  const databases = fieldsOf(application, 'DATABASES').filter(([, { ENGINE }]) => ENGINE !== undefined && ENGINE !== 'django.db.backends.dummy');
  if (databases.length === 0) return undefined;
  const times = databases.length > 1 ? `, ${databases.length} databases` : '';
  const options = databases[0]![1]['OPTIONS'];
  const pool = isRecord(options) ? options['pool'] : undefined;
  if (pool !== true && !isRecord(pool)) return { by: 'thread', most: databases.length, why: `Django keeps one for each thread${times}` };
  const [max, min] = isRecord(pool) ? [pool['max_size'], pool['min_size']] : [];
  const size = [max, min].find((each): each is number => typeof each === 'number') ?? POOL;
  return { by: 'worker', most: size * databases.length, why: `Django's pool of ${size} for each worker${times}` };
}

function plain(application: Application): Connections | undefined {
  const { imports } = application.survey;
  if (imports.some((name) => name === 'sqlalchemy' || name === 'flask_sqlalchemy')) return { by: 'worker', most: QUEUE_POOL, why: "SQLAlchemy's pool of 5 and 10 more for each worker" };
  const driver = DRIVERS.find((name) => imports.includes(name));
  if (driver !== undefined || usesOf(application, 'sqlite').length > 0) return { by: 'thread', most: 1, why: 'one for each thread' };
  return undefined;
}
