import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as below } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FailedElsewhere } from '../../../../app-runtime/agent/fleet/commanded.js';
import { Health } from '../../../../app-runtime/agent/fleet/health.js';
import { join, type Member } from '../../../../app-runtime/agent/fleet/joining.js';
import type { Serving } from '../../../../app-runtime/agent/release/serving.js';
import { StepError } from '../../../../app-runtime/agent/reporting/step.js';
import { appServerSettings } from '../../settings.js';

let folder: string;
let happened: string[];
let health: Health;

beforeEach(() => {
  folder = mkdtempSync(below(tmpdir(), 'paddock-joining-'));
  happened = [];
  health = new Health(appServerSettings.release.digest, async () => ({ busy: 0, backlog: 0, threads: 16 }));
});

afterEach(() => {
  health.close();
  rmSync(folder, { recursive: true });
});

/** A server whose release fails, or what it served before. */
function member({ fails, served }: { fails?: Error; served?: Serving } = {}): Member {
  let serving = served;
  return {
    settings: appServerSettings, health, refusedMark: below(folder, 'refused'),
    aws: { query: async (service, action, _version, parameters) => { happened.push([service, action, ...Object.values(parameters).filter((value) => /Refused|b{12}/.test(value))].join(' ')); return ''; } },
    lifecycle: { heartbeat: async () => {}, join: async (result) => { happened.push(result); } },
    report: { lastWords: async ({ step }, serves, wanted) => { happened.push(`last words: ${step}, ${serves}, ${wanted?.digest.slice(0, 12)}`); }, failure: async () => { happened.push('signal'); } },
    server: {
      get serving() { return serving; },
      get down() { return false; },
      resume: async () => {},
      mend: async () => {},
      serve: async ({ bucket, key, digest }) => {
        happened.push(`serve ${digest.slice(0, 12)}`);
        if (fails) throw fails;
        serving = { slot: 'a', releases: [{ bucket, key, digest, served: '', migrations: [], secrets: [] }] };
      },
    },
    question: async () => ({ host: '127.0.0.1', port: 9, path: '/', site: 'shop.example.com' }),
  };
}

const [mine, other] = ['b'.repeat(64), 'c'.repeat(64)];
const serving = (digest: string): Serving => ({ slot: 'a', releases: [{ bucket: 'b', key: 'k', digest, served: '', migrations: [], secrets: [] }] });

test('a server that is launched in the middle of a deploy serves the release of the template that launched it, and asks nobody', async () => {
  expect(await join(member())).toBe(true);
  expect(happened).toEqual([`serve ${mine.slice(0, 12)}`, 'CONTINUE']);
  expect(health.report.state).toBe('serving');
});

test('a server that boots again takes up what it served', async () => {
  expect(await join(member({ served: serving(other) }))).toBe(true);
  expect(happened).toEqual(['CONTINUE']);
});

test('a server that refuses its release leaves last words, counts it where an alarm looks, signals, and gives itself up', async () => {
  expect(await join(member({ fails: new StepError('readiness', '/ must answer 2xx') }))).toBe(false);
  expect(happened.slice(0, 2)).toEqual([`serve ${mine.slice(0, 12)}`, `last words: readiness, what the other servers serve, ${mine.slice(0, 12)}`]);
  expect(happened).toContain(`monitoring PutMetricData RefusedReleases ${mine.slice(0, 12)}`);
  expect(happened).toContain('signal');
  expect(happened.at(-1)).toBe('ABANDON');
  expect(health.report.state).toBe('starting');
});

test('a server that refused its release does not try again when its agent or the machine begins anew', async () => {
  const refusing = member({ fails: new StepError('start', 'boom') });
  await join(refusing);
  expect(existsSync(refusing.refusedMark)).toBe(true);
  happened = [];
  expect(await join(refusing)).toBe(false);
  expect(happened).toEqual(['ABANDON']);
});

test('a server that waited for a command that failed elsewhere leaves the last words to the one that ran it', async () => {
  await join(member({ fails: new FailedElsewhere('release-command', 'the release command must succeed') }));
  expect(happened.some((each) => each.startsWith('last words'))).toBe(false);
  expect(happened.at(-1)).toBe('ABANDON');
});

test('a server that is told to leave while it starts says nothing against its release', async () => {
  const leaving = member({ fails: new StepError('start', 'its end') });
  health.drain();
  await join(leaving);
  expect(happened).toEqual([`serve ${mine.slice(0, 12)}`, 'ABANDON']);
  expect(existsSync(leaving.refusedMark)).toBe(false);
});
