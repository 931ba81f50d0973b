import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.js';
import { type Lab, REGION } from './lab.js';

export interface Certificate {
  /** The authority's certificate, which machines trust. */
  readonly authority: string;
  /** The region's certificate for the names of AWS, and its key. */
  readonly file: string;
  readonly key: string;
}

/** A wildcard stands for one label, so each depth of name that AWS uses has its own. */
const NAMES = ['amazonaws.com', `${REGION}.amazonaws.com`, `s3.${REGION}.amazonaws.com`, 's3.amazonaws.com'].map((name) => `DNS:*.${name}`);

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export function certificatePaths(lab: Lab): Certificate {
  const folder = join(lab.directory, 'certificates');
  return { authority: join(folder, 'authority.crt'), file: join(folder, 'region.crt'), key: join(folder, 'region.key') };
}

/** The lab's own authority and its certificate for the names of AWS; made once, thrown away with the lab. */
export async function certificate(lab: Lab): Promise<Certificate> {
  const paths = certificatePaths(lab);
  const folder = join(lab.directory, 'certificates');
  if (existsSync(paths.file)) return paths;
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true, mode: 0o700 });
  await run('openssl', ['req', '-x509', ...KEY, '-keyout', 'authority.key', '-out', 'authority.crt', '-days', '3650', '-subj', `/CN=Paddock lab ${lab.name}`,
    '-addext', 'keyUsage=critical,keyCertSign,cRLSign'], { cwd: part });
  await leaf(part, 'region', 'amazonaws.com', [...NAMES, `IP:${lab.host}`]);
  rmSync(folder, { recursive: true, force: true });
  renameSync(part, folder);
  return paths;
}

/** A certificate of the lab's authority for a site's names, with its key, in one file; made once for each set of names. */
export async function siteCertificate(lab: Lab, names: readonly string[]): Promise<string> {
  const folder = join(lab.directory, 'certificates');
  const name = `site-${createHash('sha256').update(names.join(' ')).digest('hex').slice(0, 12)}`;
  const file = join(folder, `${name}.pem`);
  if (existsSync(file)) return file;
  await leaf(folder, name, names[0]!, names.map((each) => `DNS:${each}`));
  const whole = ['crt', 'key'].map((ending) => readFileSync(join(folder, `${name}.${ending}`), 'utf8')).join('');
  writeFileSync(`${file}.part`, whole, { mode: 0o600 });
  renameSync(`${file}.part`, file);
  return file;
}

/** A certificate that the authority signed, followed by the authority's own, and its key beside it. */
async function leaf(folder: string, name: string, subject: string, alternatives: readonly string[]): Promise<void> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  await openssl('req', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${subject}`);
  writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${alternatives.join(',')}\n`);
  await openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'authority.crt', '-CAkey', 'authority.key', '-CAcreateserial',
    '-days', '825', '-extfile', `${name}.ext`, '-out', `${name}.leaf`);
  writeFileSync(join(folder, `${name}.crt`), [`${name}.leaf`, 'authority.crt'].map((file) => readFileSync(join(folder, file), 'utf8')).join(''));
}
