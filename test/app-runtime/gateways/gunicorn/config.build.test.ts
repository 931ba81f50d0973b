import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plan } from '../../../../app-runtime/agent/machine/render.js';
import { overTcp } from '../../../../app-runtime/gateway/units.js';
import { size } from '../../../../app-runtime/gateways/gunicorn/size.js';
import { shapes } from '../../machine.js';

const folder = mkdtempSync(join(tmpdir(), 'paddock-gunicorn-'));
const python = join(folder, 'venv/bin/python3');
const pins = join(import.meta.dirname, '../../../../app-runtime/gateways/gunicorn/gunicorn.txt');

beforeAll(() => {
  execFileSync('python3', ['-m', 'venv', join(folder, 'venv')]);
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--no-deps', '-r', pins], { stdio: 'pipe' });
  writeFileSync(join(folder, 'wsgi.py'), 'def app(environ, start_response): ...\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What Gunicorn understood, by setting: it is silent about a name that it does not know. */
function understood(config: string): Record<string, string> {
  writeFileSync(join(folder, 'gunicorn.conf.py'), config);
  const printed = execFileSync(python, ['-m', 'gunicorn', '--print-config', '--config', join(folder, 'gunicorn.conf.py'), 'wsgi:app'], {
    cwd: folder, encoding: 'utf8', env: { ...process.env, GUNICORN_CMD_ARGS: '' },
  });
  return Object.fromEntries(printed.split('\n').map((line) => line.match(/^(\w+) += (.*)$/)).filter((match) => match !== null).map((match) => [match[1]!, match[2]!]));
}

for (const [shape, context] of Object.entries(shapes).filter(([, { settings, manifest }]) => settings.role !== 'balancer' && manifest.gateway.name === 'gunicorn')) {
  test(`Gunicorn understands every line that ${shape} gives it`, () => {
    const config = plan(context).files.find(({ path }) => path.endsWith(`gunicorn-${context.slot}.conf.py`))!.content;
    const { workers, threads } = size(context.facts);
    const { timeouts } = context.manifest.settings;
    const kept = overTcp(context.settings) ? { worker_connections: '1000', keepalive: '75' } : { worker_connections: String(threads), keepalive: '0' };
    const settings = understood(config);
    for (const [name] of config.matchAll(/^\w+(?= = )|(?<=^def )\w+/gm)) expect(Object.keys(settings)).toContain(name);
    expect(settings).toMatchObject({
      worker_class: 'gthread', workers: String(workers), threads: String(threads), ...kept, worker_tmp_dir: '/dev/shm',
      timeout: String(timeouts.gatewayTimeout), graceful_timeout: String(timeouts.gatewayGracefulStop + 2),
      control_socket_disable: 'True', preload_app: 'False', max_requests: '0', accesslog: 'None', errorlog: '-', forwarder_headers: '[]',
      secure_scheme_headers: "{'X-FORWARDED-PROTO': 'https'}",
    });
  });
}
