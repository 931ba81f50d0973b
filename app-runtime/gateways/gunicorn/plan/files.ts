import { type Application, fieldsOf, isDjango, isUnknown, placeOf, setting, textsOf, usesOf } from './application.js';
import type { FileField } from './evaluation.js';
import type { Finding, Place } from '../../../gateway/finding.js';

const MUST = 'uploaded files must lie where every server reads them';
const STORE = "keep them in S3: media: paddock.Media.bucket(), django-storages, and STORAGES['default'] with storages.backends.s3.S3Storage";
const KEEPING = ['wagtail.images', 'wagtail.documents', 'filer', 'easy_thumbnails', 'sorl.thumbnail', 'imagekit', 'photologue', 'djangocms_file'];
const WRITTEN = 'what a request writes must lie where every server reads it';
const ELSEWHERE = 'keep it in the database or in S3';

/** Files that are written to the disk of one machine. */
export function judgeFiles(application: Application): Finding[] {
  const kept = usesOf(application, 'kept file').map(({ file, line, what }): Finding =>
    ({ kind: 'media', weight: 'breaks', file, line, must: WRITTEN, got: `a file on this server's disk, ${what}`, todo: ELSEWHERE }));
  const temporary = usesOf(application, 'temporary file').map(({ file, line, what }): Finding =>
    ({ kind: 'temporary file', weight: 'weakens', file, line, must: 'a file in /tmp must serve one request alone', got: `a name that others know, ${what}`,
      todo: 'use tempfile, or S3 when another request reads it' }));
  return [...kept, ...temporary, ...(isDjango(application) ? media(application) : [])];
}

function media(application: Application): Finding[] {
  const stored = isStoredHere(application);
  const code = usesOf(application, 'local storage', ...(stored ? ['default storage' as const] : [])).map((use) => found(use, `${use.what} on this server's disk`));
  const fields = application.evaluation?.files;
  if (fields) return [...code, ...loaded(application, fields.filter(({ local }) => local))];
  const read = usesOf(application, 'file field').filter(({ detail }) => (detail === null ? stored : /FileSystemStorage/.test(String(detail))));
  return [...code, ...read.map((use) => found(use, `${use.what} on this server's disk`)), ...(stored ? installed(application) : [])];
}

/** Packages with such fields of their own, where their models could not be loaded. */
function installed(application: Application): Finding[] {
  return textsOf(application, 'INSTALLED_APPS').filter((name) => KEEPING.includes(name))
    .map((name) => found(placeOf(application, 'INSTALLED_APPS', name), `the files of ${name} on this server's disk`));
}

/** Fields by the models that were loaded: our own each at its line, those of a package together, at the settings that install it. */
function loaded(application: Application, fields: readonly FileField[]): Finding[] {
  const written = usesOf(application, 'file field');
  const foreign = new Map<string, { place: Place; names: string[] }>();
  const own = fields.flatMap((field): Finding[] => {
    const name = `${field.model}.${field.field}`;
    const use = written.find(({ what, file }) => what === name && file.endsWith(`${field.module.replaceAll('.', '/')}.py`)) ?? written.find(({ what }) => what === name);
    if (use) return [found(use, `${name} on this server's disk`)];
    const before = foreign.get(field.module) ?? { place: placeOf(application, 'INSTALLED_APPS', field.module.replace(/\.models.*$/, '')), names: [] };
    foreign.set(field.module, { ...before, names: [...before.names, name] });
    return [];
  });
  return [...own, ...[...foreign].map(([module, { place, names }]) => found(place, `${names.slice(0, 3).join(', ')}${names.length > 3 ? ' and more' : ''} of ${module} on this server's disk`))];
}

function found({ file, line }: Place, got: string): Finding {
  return { kind: 'media', weight: 'breaks', file, line, must: MUST, got, todo: STORE };
}

/** Whether Django keeps files that name no storage on the local disk; it does unless it is told otherwise. */
function isStoredHere(application: Application): boolean {
  if (isUnknown(setting(application, 'STORAGES'))) return false;
  const backend = fieldsOf(application, 'STORAGES').find(([alias]) => alias === 'default')?.[1]['BACKEND'] ?? setting(application, 'DEFAULT_FILE_STORAGE');
  if (isUnknown(backend)) return false;
  return backend === undefined || /FileSystemStorage/.test(String(backend));
}
