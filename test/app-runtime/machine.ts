import type { MachineContext } from '../../app-runtime/agent/machine/plan.js';
import type { ReleaseManifest } from '../../app-runtime/release.js';
import { appServerSettings, balancerSettings, releaseSettings, settings } from './settings.js';

const django: ReleaseManifest = {
  format: 2,
  application: 'guestbook',
  gateway: { name: 'gunicorn', serves: 'guestbook.wsgi:application' },
  recognised: 'Gunicorn serving guestbook.wsgi, by the Procfile\'s web line',
  architecture: 'x86_64',
  static: [{ url: '/static/', directory: 'app/staticfiles' }],
  releaseCommand: 'python manage.py migrate --noinput',
  framework: 'django',
  settings: { ...releaseSettings, domains: ['shop.example.com', 'www.shop.example.com'] },
};

const wsgi: ReleaseManifest = {
  format: 2,
  application: 'hello',
  gateway: { name: 'gunicorn', serves: 'wsgi:app' },
  recognised: 'a WSGI callable, by `app` in wsgi.py',
  architecture: 'arm64',
  static: [],
  settings: releaseSettings,
};

const node: ReleaseManifest = {
  format: 2,
  application: 'express',
  gateway: { name: 'node', serves: 'server.js' },
  recognised: 'Node.js running node server.js, by the start script of package.json',
  architecture: 'x86_64',
  static: [{ url: '/assets/', directory: 'app/public/assets' }],
  settings: releaseSettings,
};

const go: ReleaseManifest = { ...node, application: 'go', gateway: { name: 'go', serves: 'hello' }, recognised: 'Go, by go.mod, and the main package in .', static: [] };

const php: ReleaseManifest = { ...node, application: 'php', gateway: { name: 'php-fpm', serves: 'public/index.php' }, recognised: 'PHP, by public/index.php', static: [{ url: '/assets/', directory: 'app/public/assets' }] };

const releaseDirectory = `/opt/paddock/releases/${'0123456789abcdef'.repeat(4)}`;

/** Every shape of machine that we ship, as its golden folder is called. */
export const shapes = {
  'single-node-django-2-cores': {
    settings,
    facts: { cores: 2, memoryBytes: 2 * 2 ** 30, instanceId: 'i-0123456789abcdef0' },
    manifest: django,
    releaseDirectory,
    slot: 'b',
  },
  'single-node-wsgi-1-core': {
    settings,
    facts: { cores: 1, memoryBytes: 2 ** 29, instanceId: 'i-0123456789abcdef0' },
    manifest: wsgi,
    releaseDirectory,
    slot: 'a',
  },
  'single-node-node-2-cores': {
    settings,
    facts: { cores: 2, memoryBytes: 2 * 2 ** 30, instanceId: 'i-0123456789abcdef0' },
    manifest: node,
    releaseDirectory,
    slot: 'b',
  },
  'single-node-apache-php': {
    settings: { ...settings, proxy: 'apache' },
    facts: { cores: 2, memoryBytes: 2 * 2 ** 30, instanceId: 'i-0123456789abcdef0' },
    manifest: php,
    releaseDirectory,
    slot: 'a',
  },
  'app-server-alb-apache-django': {
    settings: { ...appServerSettings, balancer: 'alb', proxy: 'apache' },
    facts: { cores: 2, memoryBytes: 2 * 2 ** 30, instanceId: 'i-0123456789abcdef0' },
    manifest: django,
    releaseDirectory,
    slot: 'a',
  },
  'app-server-nginx-go': {
    settings: appServerSettings,
    facts: { cores: 2, memoryBytes: 2 * 2 ** 30, instanceId: 'i-0123456789abcdef0' },
    manifest: go,
    releaseDirectory,
    slot: 'a',
  },
  'app-server-nginx-django': {
    settings: appServerSettings,
    facts: { cores: 2, memoryBytes: 2 * 2 ** 30, instanceId: 'i-0123456789abcdef0' },
    manifest: django,
    releaseDirectory,
    slot: 'a',
  },
  'app-server-alb-django': {
    settings: { ...appServerSettings, balancer: 'alb' },
    facts: { cores: 2, memoryBytes: 2 * 2 ** 30, instanceId: 'i-0123456789abcdef0' },
    manifest: django,
    releaseDirectory,
    slot: 'a',
  },
  'balancer-django': {
    settings: { ...balancerSettings, https: true },
    facts: { cores: 2, memoryBytes: 2 ** 30, instanceId: 'i-0123456789abcdef0' },
    manifest: django,
    releaseDirectory,
    slot: 'a',
  },
  'balancer-wsgi': {
    settings: balancerSettings,
    facts: { cores: 2, memoryBytes: 2 ** 30, instanceId: 'i-0123456789abcdef0' },
    manifest: wsgi,
    releaseDirectory,
    slot: 'a',
  },
} satisfies Record<string, MachineContext>;
