/** Examine: reads an application for what more than one server would notice, and runs its settings where its dependencies can be installed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLACEHOLDER, type Recognition } from '../../../gateway/builder.js';
import type { Examined, Subject } from '../../../gateway/examined.js';
import { Refusal } from '../../../refusal.js';
import { findLock, lockedRequirements } from '../dependencies.js';
import { Uv } from '../uv.js';
import { installForHere } from '../wheels.js';
import { type Application, isDjango, fieldsOf } from './application.js';
import { connectionsOf } from './connections.js';
import { evaluate, type Evaluation, type Stand } from './evaluation.js';
import { judge } from './judge.js';
import { measure } from './measurement.js';
import { survey } from './survey.js';

/** An address that no name server knows. */
const SERVER = 'postgres://plan:plan@database.invalid:5432/plan';

/**
 * Examines an application.
 * @throws Refusal when it cannot be read
 */
export function examine(subject: Subject): Examined {
  const { source, recognition, hosts, https, environment, secrets } = subject;
  const folder = join(source, recognition.chdir ?? '');
  const told = { SECRET_KEY: PLACEHOLDER, ALLOWED_HOSTS: hosts.join(','), DATA_DIR: '/data', PADDOCK_RELEASE: PLACEHOLDER,
    ...Object.fromEntries(secrets.map((name) => [name, name.endsWith('DATABASE_URL') ? SERVER : PLACEHOLDER])), ...environment };
  const guess = settingsOf(folder, recognition, told);
  const mayTell = guess !== undefined || subject.measured || survey(folder, undefined, told).imports.includes('django');
  const stand = mayTell ? standFor(subject, recognition, told) : 'it has no settings to run';
  const evaluation = typeof stand === 'string' ? stand : evaluated(stand, recognition, guess);
  const ran = typeof evaluation === 'string' ? undefined : evaluation;
  const settings = ran?.module ?? guess;
  const module = ran?.settings === null ? undefined : settings;
  const application: Application = {
    survey: survey(folder, module, told), evaluation: ran, withUrl: withServer(folder, stand, ran, module, told), told: { hosts, https, variables: Object.keys(told) },
  };
  const connections = connectionsOf(application);
  return {
    findings: judge(application).map((finding) => ({ ...finding, file: join(recognition.chdir ?? '', finding.file) })),
    ...(isDjango(application) && settings !== undefined && { settings }), ...(mayTell && typeof evaluation === 'string' && { unrun: evaluation }),
    unread: application.survey.unread.map(({ file, line, detail }) => `${file}:${line}: ${detail}`),
    ...(connections && { connections }), sqlite: usesSqlite(application), ...(typeof stand !== 'string' && { measure: (path, { host, releaseCommand }) => measure(stand, recognition.serves, path, host, releaseCommand) }),
  };
}

/** Installs the application's dependencies for this computer. @returns why not, where they cannot be */
function standFor({ source, where, copy, scratch, cache, say }: Subject, { chdir = '' }: Recognition, environment: Readonly<Record<string, string>>): Stand | string {
  try {
    const lock = findLock(source, where);
    const trial = join(scratch, 'trial');
    copy(trial);
    const uv = Uv.ready(cache, say);
    const requirements = lockedRequirements(trial, lock, uv, cache, scratch, where, say);
    return { python: installForHere(uv, trial, requirements, join(scratch, 'venv'), `${where}/${lock}`), folder: join(trial, chdir), scratch, environment };
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

/** An application that cannot be loaded here, for want of a service that it asks at import, may have settings that can. */
function evaluated(stand: Stand, recognition: Recognition, settings: string | undefined): Evaluation | string {
  const whole = evaluate(stand, { callable: recognition.serves });
  if (typeof whole !== 'string' || settings === undefined) return whole;
  const alone = evaluate(stand, { settings });
  return typeof alone === 'string' ? whole : alone;
}

/** The same settings with a server's address: run where they could be, or else read. */
function withServer(folder: string, stand: Stand | string, ran: Evaluation | undefined, module: string | undefined, told: Readonly<Record<string, string>>): Evaluation | undefined {
  if (module === undefined) return undefined;
  const environment = { ...told, DATABASE_URL: SERVER };
  const again = typeof stand === 'string' || !ran ? undefined : evaluate({ ...stand, environment }, { settings: module });
  if (typeof again === 'object') return again;
  return { settings: { DATABASES: survey(folder, module, environment).settings.names['DATABASES']?.value } };
}

/** The settings module by what the environment, the WSGI module or manage.py says. */
function settingsOf(folder: string, { serves: callable }: Recognition, { DJANGO_SETTINGS_MODULE: told }: Readonly<Record<string, string | undefined>>): string | undefined {
  const files = [`${callable.split(':')[0]!.replaceAll('.', '/')}.py`, 'manage.py'].map((name) => join(folder, name)).filter((file) => existsSync(file));
  const said = files.map((file) => /DJANGO_SETTINGS_MODULE['"]\s*[,\]]\s*=?\s*['"]([\w.]+)['"]/.exec(readFileSync(file, 'utf8'))?.[1]).find((name) => name !== undefined);
  return said === undefined ? undefined : told ?? said;
}

function usesSqlite(application: Application): boolean {
  const engines = isDjango(application) ? fieldsOf(application, 'DATABASES').map(([, { ENGINE }]) => String(ENGINE)) : application.survey.uses.filter(({ kind }) => kind === 'sqlite').map(() => 'sqlite3');
  return engines.some((engine) => /sqlite3|spatialite/.test(engine));
}
