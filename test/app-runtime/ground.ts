import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { MachinePlan } from '../../app-runtime/agent/machine/plan.js';

const BROTLI = '/usr/lib/nginx/modules/ngx_http_brotli_static_module.so';

/** A machine's files in a temporary folder, on ports and paths of their own, so that the real daemons can judge and run them here. */
export interface Ground {
  readonly root: string;
  readonly site: number;
  readonly readiness: number;
  /** Where the release that proves itself is asked. */
  readonly candidate: number;
  /** Where a load balancer sends what came to it by HTTPS. */
  readonly secure: number;
  /** Where a load balancer asks whether the machine serves. */
  readonly check: number;
  /** Where a balancer's nginx tells what it answered. */
  readonly stats: number;
  remove(): void;
}

/** Lays a plan's files out. Only places are changed: ports, sockets, releases, the log; and Debian's brotli module goes where this computer has none. */
export async function lay(plan: MachinePlan): Promise<Ground> {
  const root = mkdtempSync(join(tmpdir(), 'paddock-machine-'));
  chmodSync(root, 0o755);
  for (const folder of ['run', 'temp', 'opt/paddock', 'var/lib/paddock']) mkdirSync(join(root, folder), { recursive: true });
  const [site, readiness, candidate, secure, check, stats] = await Promise.all([freePort(), freePort(), freePort(), freePort(), freePort(), freePort()]);
  const ports = { site, readiness, candidate, secure, check, stats };
  for (const { path, content } of plan.files) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, moved(path, content, root, ports));
  }
  return { root, ...ports, remove: () => rmSync(root, { recursive: true, force: true }) };
}

function moved(path: string, text: string, root: string, ports: Ports): string {
  if (path.startsWith('/etc/nginx/')) return nginx(places(text, root), root, ports);
  return path.startsWith('/etc/apache2/') ? apache(places(text, root), root, ports) : text;
}

type Ports = Omit<Ground, 'root' | 'remove'>;

function places(text: string, root: string): string {
  return text
    .replaceAll('/run/app/', `${root}/run/`)
    .replaceAll('/run/paddock-draining', `${root}/run/draining`)
    .replaceAll('/var/lib/paddock/', `${root}/var/lib/paddock/`)
    .replaceAll('/usr/local/lib/paddock/', `${root}/usr/local/lib/paddock/`)
    .replaceAll('/opt/paddock/', `${root}/opt/paddock/`);
}

function apache(text: string, root: string, { site, readiness, candidate, check }: Ports): string {
  return text
    .replaceAll('/etc/apache2/', `${root}/etc/apache2/`)
    .replace('Listen 80\n', `Listen 127.0.0.1:${site}\n`).replaceAll('VirtualHost *:80', `VirtualHost *:${site}`)
    .replace('Listen 81\n', `Listen 127.0.0.1:${check}\nListen 127.0.0.1:${readiness}\n`).replace('VirtualHost *:81', `VirtualHost *:${check}`)
    .replaceAll('127.0.0.1:81', `127.0.0.1:${readiness}`).replaceAll('127.0.0.1:82', `127.0.0.1:${candidate}`)
    .replace('syslog:daemon:apache2', `${root}/error.log`);
}

function nginx(text: string, root: string, { site, readiness, candidate, secure, check, stats }: Ports): string {
  const moved = text
    .replaceAll('listen 80', `listen 127.0.0.1:${site}`)
    .replaceAll('listen 443', `listen 127.0.0.1:${secure}`).replace('    443 https', `    ${secure} https`)
    .replace('listen 81 ', `listen 127.0.0.1:${check} `).replace('127.0.0.1:83;', `127.0.0.1:${stats};`)
    .replace('127.0.0.1:81;', `127.0.0.1:${readiness};`).replace('    81 ', `    ${readiness} `)
    .replace('127.0.0.1:82;', `127.0.0.1:${candidate};`).replace('    82 ', `    ${candidate} `)
    .replaceAll('syslog:server=unix:/dev/log,nohostname,tag=nginx', `${root}/access.log`)
    .replace(/^http \{$/m, ['http {', ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${root}/temp/${kind};`)].join('\n'));
  return existsSync(BROTLI) ? moved : moved.replaceAll(/^.*brotli.*\n/gm, '');
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
