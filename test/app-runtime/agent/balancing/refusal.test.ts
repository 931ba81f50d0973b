import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { refuseToServe } from '../../../../app-runtime/agent/balancing/refusal.js';
import { StepError } from '../../../../app-runtime/agent/reporting/step.js';
import { balancerSettings } from '../../settings.js';

let folder: string;
let happened: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balancer-'));
  happened = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bootedMark = () => join(folder, 'booted');
const refuse = () => refuseToServe({
  settings: balancerSettings, bootedMark: bootedMark(),
  aws: { query: async (service, action, _, words) => { happened.push(`${service} ${action} ${words['MetricData.member.1.Dimensions.member.2.Value']}`); return ''; } },
  report: { lastWords: async () => { happened.push('last words'); }, failure: async () => { happened.push('failure'); } },
  lifecycle: { join: async (result) => { happened.push(result); } },
}, new StepError('configure', 'nginx must accept its configuration'));

test('a new balancer that cannot serve leaves its last words, rings the alarm of its kind of machine, and then gives itself up', async () => {
  await refuse();
  expect(happened[0]).toBe('last words');
  expect(happened.slice(1, -1).sort()).toEqual(['failure', `monitoring PutMetricData ${balancerSettings.machine}`]);
  expect(happened.at(-1)).toBe('ABANDON');
});

test('one that has served before rings no alarm: no deploy is to blame', async () => {
  writeFileSync(bootedMark(), '');
  await refuse();
  expect(happened).toEqual(['last words', 'failure', 'ABANDON']);
});
