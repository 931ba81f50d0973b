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
  const openssl = (...args: string[]) => run('openssl', args, { cwd: part });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl('req', '-x509', ...key, '-keyout', 'authority.key', '-out', 'authority.crt', '-days', '3650', '-subj', `/CN=Paddock lab ${lab.name}`,
    '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
  await openssl('req', ...key, '-keyout', 'region.key', '-out', 'region.csr', '-subj', '/CN=amazonaws.com');
  writeFileSync(join(part, 'region.ext'), `subjectAltName=${[...NAMES, `IP:${lab.host}`].join(',')}\n`);
  await openssl('x509', '-req', '-in', 'region.csr', '-CA', 'authority.crt', '-CAkey', 'authority.key', '-CAcreateserial',
    '-days', '825', '-extfile', 'region.ext', '-out', 'leaf.crt');
  writeFileSync(join(part, 'region.crt'), readFileSync(join(part, 'leaf.crt'), 'utf8') + readFileSync(join(part, 'authority.crt'), 'utf8'));
  rmSync(folder, { recursive: true, force: true });
  renameSync(part, folder);
  return paths;
}
