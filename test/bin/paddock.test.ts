import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const project = join(import.meta.dirname, '../..');
let scratch: string;

/** What `cdk synth` runs, with what `-c` gave, and nobody's credentials. */
function synth(context: Record<string, string>, page = 'bin/paddock.ts') {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, CDK_OUTDIR: join(scratch, 'cdk.out'), CDK_CONTEXT_JSON: JSON.stringify(context) };
  const { status, stderr } = spawnSync('node', ['--import', 'tsx', page], { cwd: project, env, encoding: 'utf8' });
  return { status, lines: stderr.trim().split('\n') };
}

beforeEach(() => { scratch = mkdtempSync(join(tmpdir(), 'paddock-settings-')); });
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

// First: it builds the release, of which the others then say nothing.
test('synth needs no credentials, and what it writes names nothing of this computer', () => {
  const { status, lines } = synth({ application: 'examples/wsgi' });
  expect(status, lines.join('\n')).toBe(0);
  const templates = readdirSync(join(scratch, 'cdk.out')).filter((name) => name.endsWith('.template.json'));
  expect(templates).toEqual(['single-node-data.template.json', 'single-node.template.json', 'split-tier-data.template.json', 'split-tier.template.json']);
  for (const name of templates) {
    expect(readFileSync(join(scratch, 'cdk.out', name), 'utf8')).not.toMatch(/localhost|127\.0\.0\.1|10\.213|\/root|\/home|\/tmp|123456789012/);
  }
});

test.each<[string, () => Record<string, string>, RegExp]>([
  ['an application folder that does not exist', () => ({ application: join(scratch, 'nowhere') }), /nowhere: the application must be a folder, got nothing there; /],
  ['an unknown context key', () => ({ aplication: 'examples/wsgi' }), /^-c: the name must be one of application, .*, got aplication; /],
  ['a minimum over the maximum', () => ({ application: 'examples/wsgi', minServers: '7' }), /^split-tier: maxServers must be at least minServers \(7\), got 6; raise maxServers or lower minServers$/],
])('%s is one line and exit code 1, and nothing is created', (_, context, message) => {
  const { status, lines } = synth(context());
  expect(lines).toEqual([expect.stringMatching(message)]);
  expect(status).toBe(1);
  expect(existsSync(join(scratch, 'cdk.out/manifest.json'))).toBe(false);
});

test('the examples on the settings page work as they stand, and -c balancer=alb is the one word to change', () => {
  const page = readFileSync(join(project, 'bin/paddock.ts'), 'utf8').replace(/^( +)\/\/ (?=[A-Z_]+: )/gm, '$1')
    .replace("'../lib/index.js'", `'${project}/lib/index.js'`).replace("'aws-cdk-lib'", `'${project}/node_modules/aws-cdk-lib/index.js'`);
  expect(page).toMatch(/^ {4}API_KEY: /m);
  writeFileSync(join(scratch, 'paddock.mts'), page);
  const { status, lines } = synth({ application: 'examples/wsgi', balancer: 'alb' }, join(scratch, 'paddock.mts'));
  expect(status, lines.join('\n')).toBe(0);
  expect(readFileSync(join(scratch, 'cdk.out/single-node.template.json'), 'utf8')).toMatch(/parameter\/shop\/api-key[\s\S]*secret:shop\/stripe-\?{6}/);
  const { Resources } = JSON.parse(readFileSync(join(scratch, 'cdk.out/split-tier.template.json'), 'utf8')) as { Resources: Record<string, { Type: string; Properties: { Type?: string } }> };
  expect(Object.values(Resources).filter(({ Type }) => Type === 'AWS::ElasticLoadBalancingV2::LoadBalancer').map(({ Properties }) => Properties.Type)).toEqual(['application']);
});
