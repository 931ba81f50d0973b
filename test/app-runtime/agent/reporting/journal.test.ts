import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run, type Run } from '../../../../app-runtime/agent/machine/command.js';
import { lastLines } from '../../../../app-runtime/agent/reporting/journal.js';

const RELEASE = `/opt/paddock/releases/${'46788a0b97c1'.padEnd(64, 'e')}`;

/** A journal of the test's own, in a mount namespace where /run and /var/log are empty; it says a line when it is there. */
const JOURNAL = `mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/log && mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log/journal || exit
printf '[Journal]\\nStorage=volatile\\nReadKMsg=no\\nAudit=no\\n' > /run/systemd/journald.conf.d/test.conf
/lib/systemd/systemd-journald & trap 'kill $!' EXIT
until [ -S /run/systemd/journal/stdout ]; do sleep 0.05; done
echo there
read -r end`;

/** Processes that speak in turns, connected as systemd connects a unit's: each `[unit, process, text]` waits for the one before. */
const SPEAK = `import json, os, socket, sys, time
processes = {}
for unit, process, text in json.load(sys.stdin):
    if process not in processes:
        theirs, ours = os.pipe(), os.pipe()
        if os.fork() == 0:
            stream = socket.socket(socket.AF_UNIX)
            stream.connect("/run/systemd/journal/stdout")
            stream.sendall(f"python3\\n{unit}\\n6\\n1\\n0\\n0\\n0\\n".encode())
            # systemd introduces a unit's process well before it says anything.
            time.sleep(0.2)
            while size := int(os.read(theirs[0], 8) or 0):
                stream.sendall(os.read(theirs[0], size))
                os.write(ours[1], b".")
            os._exit(0)
        processes[process] = theirs, ours
    theirs, ours = processes[process]
    os.write(theirs[1], f"{len(text.encode()):8}".encode() + text.encode())
    os.read(ours[0], 1)
for theirs, _ in processes.values():
    os.write(theirs[1], b"       0")
    os.wait()
`;

let journal: ChildProcess;
const inside: Run = (command) => run(['nsenter', '-t', String(journal.pid), '-m', '--', ...command]);

function speak(...texts: readonly (readonly [unit: string, process: number, text: string])[]): void {
  const { status, stderr } = spawnSync('nsenter', ['-t', String(journal.pid), '-m', '--', 'python3', '-c', SPEAK], { input: JSON.stringify(texts), encoding: 'utf8' });
  expect(status, stderr).toBe(0);
}

/** What the agent would be told; a journal before systemd 254 may need a moment to hear what was said, whatever --sync asks of it. */
const heard = (since: number, release?: string) => expect.poll(() => lastLines(since, release, inside), { timeout: 20_000 });

beforeAll(async () => {
  journal = spawn('unshare', ['--mount', 'bash', '-c', JOURNAL], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(journal.stdout!, 'data');
});
afterAll(async () => {
  journal.stdin!.end();
  await once(journal, 'exit');
});

test('what two workers say at once is told apart, and what was said before, or by others, is not told', async () => {
  speak(['app-a.service', 1, 'long ago\n'], ['cron.service', 2, 'of another kind\n']);
  // A journal that is busy dates what it hears when it gets to it.
  await heard(0).toContain('long ago');
  const since = Date.now();
  const [begin, frame, end] = ['Traceback (most recent call last):\n', `  File "${RELEASE}/app/wsgi.py", line 4, in <module>\n    burn()\n`, 'RuntimeError: the warehouse is on fire\n'];
  speak(
    ['app-candidate.service', 1, begin], ['app-candidate.service', 2, begin], ['app-candidate.service', 1, frame], ['app-candidate.service', 2, frame],
    ['app-release.service', 3, 'migrated\n'], ['app-candidate.service', 1, end], ['nginx.service', 4, 'upstream is gone\n'], ['app-candidate.service', 2, end],
  );
  await heard(since, RELEASE).toEqual([
    'upstream is gone', 'migrated',
    'Traceback (most recent call last): (2 times)', '  File "app/wsgi.py", line 4, in <module>', '    burn()', 'RuntimeError: the warehouse is on fire',
  ]);
});

test('colours and lines of any length do not hide what was said', async () => {
  const since = Date.now();
  speak(['app-a.service', 1, `\x1b[31mred\x1b[0m and naïve\n${'x'.repeat(5000)}\nlast\n`]);
  await heard(since).toEqual(['red and naïve', '(a line of more than 4096 bytes)', 'last']);
});

test('the requests of a busy site do not crowd out the application', async () => {
  const since = Date.now();
  speak(['app-b.service', 1, 'DATABASE_URL must be set\n'], ...Array.from({ length: 700 }, (_, request) => ['nginx.service', 2, `{"event":"answered request","request_id":"${request}"}\n`] as const));
  await heard(since).toEqual(['DATABASE_URL must be set']);
});

test('of more than there is room for the last is told', async () => {
  const since = Date.now();
  speak(...Array.from({ length: 700 }, (_, line) => ['app-b.service', 1, `line ${line}\n`] as const));
  await heard(since).toEqual(Array.from({ length: 600 }, (_, line) => `line ${line + 100}`));
});

test('a journal that says nothing is an empty log, and one that cannot be read is a line of it', async () => {
  expect(await lastLines(Date.now() + 60_000, undefined, inside)).toEqual([]);
  expect(await lastLines(0, undefined, () => Promise.reject(new Error('journalctl: must run to its end, got no such program')))).toEqual(['journalctl: must run to its end, got no such program']);
});
