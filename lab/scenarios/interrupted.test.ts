import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Step } from '../../app-runtime/agent/reporting/step.js';
import { site } from './site.js';
import { eventually, Stage } from './stage.js';
import { Watch } from './watch.js';

const stage = new Stage();
const QUICK = ['-c', 'bakeTime=1', '-c', 'startTime=20'];
/** Each takes some 20 s; `CUTS=100 npx vitest run lab/scenarios/interrupted.test.ts` looks longer for a moment that hurts. */
const CUTS = Number(process.env.CUTS ?? 8);

/** In the order in which they are taken: those that a release passes once, and those that each switch passes. */
const ONCE: readonly Step[] = ['disk', 'download', 'digest', 'unpack', 'prepare'];
const EACH: readonly Step[] = ['secrets', 'configure'];
const COMMAND: readonly Step[] = ['snapshot', 'release-command'];
const TURN: readonly Step[] = ['start', 'readiness', 'hand-over', 'bake', 'settle'];
const STEPS: readonly Step[] = [...ONCE, ...EACH, ...COMMAND, ...TURN];

/** Ends the agent as soon as it has written down that it takes a step: the one named, or the first after it where that one is over too soon. */
const killer = (step: string) => `
import json, os, signal, subprocess, time
pid = int(subprocess.check_output(['systemctl', 'show', '-P', 'MainPID', 'paddock-agent.service']))
began = open('/opt/paddock/switch.json').read()
order = ${JSON.stringify(STEPS)}
for _ in range(120000):
    text = open('/opt/paddock/switch.json').read()
    if text != began and any(order.index(taken['name']) >= order.index('${step}') for taken in json.loads(text)['steps'] if taken['name'] in order):
        os.kill(pid, signal.SIGKILL)
        print('killed at', json.loads(text)['steps'][-1]['name'])
        break
    time.sleep(0.0005)
`;

let url = '';
const page = async () => (await fetch(url)).text();
const folder = (version: string) => stage.application(version, 'wsgi', site(version, { release: `echo ${version} >> $DATA_DIR/commands` }));

/** What must hold whenever a switch is over, however it went. */
async function whole(version: string): Promise<void> {
  expect(await page()).toBe(version);
  const units = await stage.inMachine("systemctl list-units --no-legend --plain --state=active 'app-?.service' 'app-candidate.service' | cut -d' ' -f1");
  expect(units.trim()).toMatch(/^app-[ab]\.service$/);
  const [machine] = (await stage.inventory()).machines;
  expect(machine!.switch).toMatchObject({ outcome: 'served', to: machine!.release });
  expect((await stage.inMachine('ls /opt/paddock/releases')).trim().split('\n')).toEqual(expect.arrayContaining([...machine!.kept]));
}

beforeAll(async () => {
  await stage.run('up');
  const { code, lastLine, text } = await stage.deploy(folder('first'), ...QUICK);
  expect(code, text).toBe(0);
  url = lastLine;
});
afterAll(async () => { await stage.down(); });

describe('an agent that is killed', () => {
  const kill = (step: Step) => stage.inMachine(`python3 -c '${killer(step).replaceAll("'", `'\\''`)}'`);

  for (const step of [...ONCE, ...COMMAND]) {
    test(`at the step ${step} completes the switch in its next run, and no visitor notices`, async () => {
      const watch = new Watch(url);
      const killed = kill(step);
      const { code, text } = await stage.deploy(folder(`at-${step}`), ...QUICK);
      expect(await killed).toMatch(/killed at /);
      expect(code, text).toBe(0);
      expect((await watch.end()).failures).toEqual([]);
      await whole(`at-${step}`);
    });
  }

  test('has run the release command of each release once, and kept what it said', async () => {
    const commands = (await stage.inMachine('cat /data/app/commands')).trim().split('\n');
    expect(commands).toEqual(['first', ...[...ONCE, ...COMMAND].map((step) => `at-${step}`)]);
    const kept = (await stage.inMachine('ls /data/.paddock/commanded')).trim().split('\n');
    expect(kept.filter((name) => name.endsWith('.log'))).toHaveLength(commands.length);
    expect(kept.filter((name) => name.endsWith('.begun'))).toEqual([]);
  });

  for (const [turn, step] of [...EACH, ...TURN].entries()) {
    test(`at the step ${step} of a rollback completes it in its next run, and no visitor notices`, async () => {
      const watch = new Watch(url);
      const killed = kill(step);
      const { code, text } = await stage.run('rollback');
      expect(await killed).toMatch(/killed at /);
      expect(code, text).toBe(0);
      expect((await watch.end()).failures).toEqual([]);
      await whole(turn % 2 === 0 ? 'at-snapshot' : 'at-release-command');
    });
  }
});

describe('a machine whose power is cut', () => {
  test(`at ${CUTS} random moments of a switch always serves again, with one whole release`, async () => {
    for (let cut = 0; cut < CUTS; cut++) {
      const [machine] = (await stage.inventory()).machines;
      // A new release now and then; in between the one before comes back, which takes all steps but those that fetch it.
      const fresh = cut % 5 === 0;
      const going = fresh ? stage.deploy(folder(`cut-${cut}`), ...QUICK) : stage.run('rollback');
      await eventually(60, async () => (await stage.inventory()).machines[0]!.switch?.began, (began) => began !== machine!.switch?.began);
      await new Promise((done) => setTimeout(done, Math.random() * 4000));
      expect((await stage.run('reset', 'single-node')).code).toBe(0);
      const { code, text } = await going;
      expect(code, `cut ${cut}: ${text}`).toBe(0);
      const expected = fresh ? `cut-${cut}` : await stage.inMachine('sed -n \'s/^VERSION = "\\(.*\\)"/\\1/p\' /opt/paddock/current/app/wsgi.py');
      await eventually(30, page, (body) => body === expected.trim());
      expect((await stage.inventory()).machines[0]!.release === machine!.release).toBe(false);
      await whole(expected.trim());
    }
  });
});
