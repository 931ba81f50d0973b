import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MachineContext } from '../../../../app-runtime/agent/machine/plan.js';
import { quote } from '../../../../app-runtime/agent/machine/quote.js';
import { plan } from '../../../../app-runtime/agent/machine/render.js';
import { readManifest } from '../../../../app-runtime/gateways.js';
import { ManifestError } from '../../../../app-runtime/release.js';
import { parseSettings, SettingsError } from '../../../../app-runtime/settings.js';
import { shapes } from '../../machine.js';
import { settings } from '../../settings.js';

const context: MachineContext = shapes['single-node-django-2-cores'];

/** Texts that end a word, a line, a block or a string in one of the formats, or begin an expansion there. */
const hostile = ['; return 200 evil;', '} server { listen 81; }', '"; evil "', "'", '\\', '\\"', '"\\', '$request_uri', '${HOME}', '$$', '%h', '%%', '%n%i', '#', '\n[Service]\nExecStart=/bin/evil', '\r\n', '\u0000',
  '\u0085', '`id`', '$(id)', '{{ release }}', '{{ sandbox }}', '../..', '/etc/', ' ', '\t', '\\x41', '\\n', '@id', '-e', '+/bin/evil', '~', '~*', '= /', 'é"ü', '\u2028ExecStart=x', '🙂'];
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'"\'\\$%;{}#`\n\r\t =@-+abn/.') }), fc.constantFrom(...hostile),
  fc.tuple(fc.constantFrom(...hostile), fc.constantFrom(...hostile)).map(([a, b]) => a + b));

/** A unit's command line as systemd.service(5) and systemd.unit(5) say that it is read. */
function readCommand(word: string): string {
  const inside = word.slice(1, -1);
  expect(word).toMatch(/^"([^"\\]|\\["\\])*"$/);
  return inside.replace(/\\(["\\])/g, '$1').replace(/%(.)?/g, (_, next: string) => { expect(next).toBe('%'); return '%'; })
    .replace(/\$(.)?/g, (_, next: string) => { expect(next).toBe('$'); return '$'; });
}

/** The value in a line of an environment file, as systemd.exec(5) says that it is read. */
function readVariable(line: string): string {
  expect(line).toMatch(/^NAME="([^"\\`$]|\\["\\`$])*"$/);
  return line.slice('NAME="'.length, -1).replace(/\\(["\\`$])/g, '$1');
}

function unlessRefused<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    expect((error as Error).message).toMatch(/^[^\n]+: [^\n]+ must [^\n]+, got [^\n]+; [^\n]+$/);
    return undefined;
  }
}

describe('a text that somebody else wrote is one word', () => {
  test('on a command line of systemd', () => fc.assert(fc.property(text, (given) => {
    const word = unlessRefused(() => quote.command(given));
    if (word !== undefined) expect(readCommand(word)).toBe(given);
  })));

  test('in an environment file', () => fc.assert(fc.property(text, (given) => {
    const line = unlessRefused(() => quote.environment('NAME', given));
    if (line !== undefined) expect(readVariable(line)).toBe(given);
  })));

  test('in an environment file as a secret, which may have lines', () => fc.assert(fc.property(fc.oneof(text, fc.constant('-----BEGIN KEY-----\nMC4\n-----END KEY-----\n')), (given) => {
    const line = unlessRefused(() => quote.secret('NAME', given));
    if (line !== undefined) expect(readVariable(line)).toBe(given);
    else expect(given).toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
  })));

  test('and what is wrong with a secret is said without it', () => {
    expect(() => quote.secret('API_KEY', 'canary\u0000')).toThrow('secrets.API_KEY: the value must be text, got a control character other than a line break or a tab; encode it as base64');
  });

  test('as a path of a unit, where nothing needs a quote', () => fc.assert(fc.property(text, (given) => {
    const path = unlessRefused(() => quote.path(given));
    if (path !== undefined) expect(path).toMatch(/^[A-Za-z0-9/._@+-]*$/);
  })));

  test('in nginx.conf, by nginx\'s own reading', () => {
    const sayable = fc.sample(text, 300).concat(hostile).filter((given) => unlessRefused(() => quote.nginx(given)) !== undefined && given !== '');
    expect(sayable.length).toBeGreaterThan(50);
    const folder = mkdtempSync(join(tmpdir(), 'paddock-hostile-'));
    try {
      const file = join(folder, 'nginx.conf');
      const maps = sayable.map((given, index) => `map $uri $v${index} { default ${quote.nginx(given)}; }`).join('\n');
      writeFileSync(file, `error_log stderr;\npid ${folder}/pid;\nevents {}\nhttp {\naccess_log off;\nvariables_hash_max_size 8192;\n${maps}\n}\n`);
      const { stderr, stdout, status } = spawnSync('nginx', ['-t', '-q', '-c', file, '-g', process.getuid?.() === 0 ? 'user www-data;' : ''], { encoding: 'utf8' });
      expect(stderr + stdout).toBe('');
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('and a name in an environment file that would be more than a name is refused', () => {
    for (const name of ['', '1A', 'A=B', 'A B', 'A\nB', '#A', 'Ä']) expect(() => quote.environment(name, '')).toThrow(/must have letters, digits and underscores in the name/);
  });
});

/** What of a file is ours: everything but what stands between double quotes. */
const skeleton = (content: string) => content.replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
const skeletons = (machine: MachineContext) => plan(machine).files.map(({ path, content }) => [path, skeleton(content)]);

test('no manifest that is accepted changes more than the words that it is asked for', () => {
  const usual = skeletons(context);
  let accepted = 0;
  const field = (value: string) => fc.record({
    serves: fc.constantFrom(context.manifest.gateway.serves, value), url: fc.constantFrom('/static/', value, `/${value}/`),
    directory: fc.constantFrom('app/staticfiles', value, `app/${value}`), releaseCommand: fc.constantFrom('true', value),
  });
  fc.assert(fc.property(text.chain(field), ({ serves, url, directory, releaseCommand }) => {
    const told = { ...context.manifest, gateway: { name: 'gunicorn', serves }, static: [{ url, directory }], releaseCommand };
    const manifest = unlessRefused(() => readManifest(JSON.stringify(told)));
    if (!manifest) return;
    accepted++;
    expect(skeletons({ ...context, manifest })).toEqual(usual);
  }), { numRuns: 500 });
  expect(accepted).toBeGreaterThan(5);
});

test('the manifests of our own machines are accepted', () => {
  for (const { manifest } of Object.values(shapes)) expect(readManifest(JSON.stringify(manifest))).toEqual(manifest);
});

test('no settings that are accepted change more than the words that they are asked for', () => {
  let accepted = 0;
  const own = context.manifest.settings;
  const usual = skeletons({ ...context, manifest: { ...context.manifest, settings: { ...own, domains: ['shop.example.com'] } } });
  fc.assert(fc.property(text, fc.constantFrom('domain', 'readinessPath', 'environment', 'secret'), (value, where) => {
    const told = { ...own, domains: where === 'domain' ? [value] : ['shop.example.com'], ...(where === 'readinessPath' && { readinessPath: value }),
      ...(where === 'environment' && { environment: { VALUE: value } }), ...(where === 'secret' && { secrets: { VALUE: { parameter: value } } }) };
    const manifest = unlessRefused(() => readManifest(JSON.stringify({ ...context.manifest, settings: told })));
    if (!manifest) return;
    accepted++;
    expect(skeletons({ ...context, manifest })).toEqual(usual);
  }), { numRuns: 500 });
  expect(accepted).toBeGreaterThan(5);
});

for (const [what, told] of Object.entries({
  'a callable with a line break': { gateway: { name: 'gunicorn', serves: 'a:b\nExecStart=/bin/evil' } },
  'a callable that is an option': { gateway: { name: 'gunicorn', serves: '--config=/tmp/evil.py' } },
  'a static url that closes its block': { static: [{ url: '/a/ { return 200; } location /b/', directory: 'app/static' }] },
  'a static url of the whole site': { static: [{ url: '/', directory: 'app/static' }] },
  'a static url without its last slash': { static: [{ url: '/static', directory: 'app/static' }] },
  'a static folder above the release': { static: [{ url: '/static/', directory: 'app/../../../etc' }] },
  'a static folder that is absolute': { static: [{ url: '/static/', directory: '/etc' }] },
  'the whole application as static folder': { static: [{ url: '/static/', directory: 'app' }] },
  'two static folders at one url': { static: [{ url: '/static/', directory: 'app/a' }, { url: '/static/', directory: 'app/b' }] },
  'a release command of two lines': { releaseCommand: 'true\nExecStart=/bin/evil' },
  'a working folder outside the application': { gateway: { name: 'gunicorn', serves: 'a:b', chdir: '../..' } },
  'a working folder with a specifier': { gateway: { name: 'gunicorn', serves: 'a:b', chdir: '%h' } },
  'a gateway that we do not have': { gateway: { name: 'evil', serves: 'a:b' } },
  'static files that are no list': { static: 'all' },
  'a static entry that is nothing': { static: [null] },
})) {
  test(`${what} is refused before anything is rendered`, () => {
    expect(() => readManifest(JSON.stringify({ ...context.manifest, ...told }))).toThrow(ManifestError);
  });
}

for (const [what, told] of Object.entries({
  'a domain that ends its directive': { domains: ['a.example; return 200 evil'] },
  'a domain that is a pattern': { domains: ['~.*'] },
  'a size that is a directive': { maxBodyBytes: '1; evil' },
  'a timeout that is a directive': { timeouts: { ...context.manifest.settings.timeouts, proxyRead: '1; evil' } },
  'an environment name of two lines': { environment: { 'A=b\nPATH': '/tmp' } },
  'an environment value of two lines': { environment: { A: 'b\nPATH=/tmp' } },
})) {
  test(`${what} is refused before anything is rendered`, () => {
    expect(() => readManifest(JSON.stringify({ ...context.manifest, settings: { ...context.manifest.settings, ...told } }))).toThrow(ManifestError);
  });
}

test('a public address that is none is refused before anything is rendered', () => {
  expect(() => parseSettings(JSON.stringify({ ...context.settings, address: { ...settings.address, publicIp: '1; evil' } }))).toThrow(SettingsError);
});
