import { gatewayNamed } from '../app-runtime/gateways.js';
import { proxies } from '../app-runtime/proxies.js';
import { setUp, type Tool } from '../lab/setup.js';
import { installs } from '../lib/packages.js';
import { packageBundle } from '../lib/packages/bundle.js';

/** The daemons that judge what Paddock writes for them, beside what the lab installs for itself. */
const JUDGES: readonly Tool[] = [
  ['nginx', 'nginx-light'],
  ['/usr/lib/nginx/modules/ngx_http_brotli_static_module.so', 'libnginx-mod-http-brotli-static'],
  ['/usr/lib/nginx/modules/ngx_http_lua_module.so', 'libnginx-mod-http-lua'],
  ['/usr/sbin/apache2', 'apache2-bin'],
  ['/etc/mime.types', 'media-types'],
  ['systemd-analyze', 'systemd'],
  ['python3', 'python3'],
  ['curl', 'curl'],
  // What builds a release of some gateways, on the computer that deploys.
  ['go', 'golang-go'],
  ['bundle', 'bundler'],
  ['ruby', 'ruby'],
  ['mvn', 'maven'],
  ['javac', 'default-jdk-headless'],
  ['php-cgi', 'php-cgi'],
  ['mcs', 'mono-mcs'],
  ['xbuild', 'mono-xbuild'],
  ['/usr/lib/mono/4.5/Mono.Posix.dll', 'libmono-posix4.0-cil'],
  ['file', 'file'],
];

/** Installs, before any test, what the tests need on a fresh machine, and fetches what every synth needs: the fast tests ask nobody. */
export default async function tools(): Promise<void> {
  const installed = await setUp((line) => console.log(`tests: ${line}`), JUDGES);
  if (installed.length > 0) console.log(`tests: installed ${installed.join(' ')}`);
  const gunicorn = gatewayNamed('gunicorn');
  for (const architecture of ['x86_64', 'arm64'] as const) {
    for (const packages of [...Object.values(proxies).map((proxy) => installs.withProxy(gunicorn, proxy)), installs.gatewayAlone(gunicorn), installs.balancer]) packageBundle({ architecture, packages });
  }
}
