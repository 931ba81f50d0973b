/** Application: what is known of an application that is to run on more than one server, from its files and from its settings as they were run. */
import type { Evaluation } from './evaluation.js';
import type { Place } from '../../../gateway/finding.js';
import type { Survey, Use, UseKind } from './survey.js';

export interface Application {
  readonly survey: Survey;
  /** @default - it was read and not run */
  readonly evaluation?: Evaluation;
  /** The same settings with a PostgreSQL server's address in DATABASE_URL. @default - they need none, or could not be run */
  readonly withUrl?: Evaluation;
  /** What its servers tell it. */
  readonly told: Told;
}

export interface Told {
  /** Host names that the site answers. */
  readonly hosts: readonly string[];
  /** Names of the variables in its environment. */
  readonly variables: readonly string[];
  /** Whether a balancer ends TLS for it. */
  readonly https: boolean;
}

/** What Django takes for a setting that is not there. Source: django/conf/global_settings.py of 5.2. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  ALLOWED_HOSTS: [], CACHES: { default: { BACKEND: 'django.core.cache.backends.locmem.LocMemCache' } }, CSRF_TRUSTED_ORIGINS: [], DATABASES: {},
  INSTALLED_APPS: [], MIDDLEWARE: [], SESSION_ENGINE: 'django.contrib.sessions.backends.db', SECURE_HSTS_SECONDS: 0,
};

export function isDjango({ survey, evaluation }: Application): boolean {
  return evaluation ? evaluation.settings !== null : survey.settings.files.length > 0;
}

/** A setting's value: as it was run, or else as it is written, with `{ '?': source }` for what is not known. */
export function setting({ survey, evaluation }: Application, name: string): unknown {
  if (evaluation?.settings) return evaluation.settings[name];
  return Object.hasOwn(survey.settings.names, name) ? survey.settings.names[name]!.value : DEFAULTS[name];
}

/** The same of a setting with fields, such as DATABASES; without those that are no fields themselves. */
export function fieldsOf(application: Application, name: string): [alias: string, fields: Readonly<Record<string, unknown>>][] {
  const value = setting(application, name);
  return isRecord(value) && !isUnknown(value) ? Object.entries(value).filter((entry): entry is [string, Record<string, unknown>] => isRecord(entry[1]) && !isUnknown(entry[1])) : [];
}

/** A list of texts, without what is not known in it. */
export function textsOf(application: Application, name: string): string[] {
  const value = setting(application, name);
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

export function isUnknown(value: unknown): boolean {
  return isRecord(value) && '?' in value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where a setting, or a key in it, is written; the top of the settings when it is nowhere. */
export function placeOf({ survey }: Application, name: string, ...keys: readonly string[]): Place {
  const { files, names } = survey.settings;
  const written = Object.hasOwn(names, name) ? names[name]! : undefined;
  if (!written) return { file: files[0] ?? 'settings.py', line: 1 };
  const line = keys.map((_, depth) => written.keys[keys.slice(0, keys.length - depth).join('.')]).find((each) => each !== undefined);
  return { file: written.file, line: line ?? written.line };
}

/** Variables that a setting's expression asks for and its servers do not give, by the look of their names. */
export function notGiven({ survey, told }: Application, name: string, like: RegExp): string[] {
  const asked = Object.hasOwn(survey.settings.names, name) ? survey.settings.names[name]!.asked : [];
  return asked.filter((word) => like.test(word) && !told.variables.includes(word));
}

export function usesOf({ survey }: Application, ...kinds: readonly UseKind[]): Use[] {
  return survey.uses.filter(({ kind }) => kinds.includes(kind));
}
