import { describe, expect, test } from 'vitest';
import { cause } from '../../../../app-runtime/agent/reporting/cause.js';
import { condense } from '../../../../app-runtime/agent/reporting/excerpt.js';

const RELEASE = `/opt/paddock/releases/${'46788a0b97c1'.padEnd(64, 'e')}`;
const OLD = `/opt/paddock/releases/${'2a46da7d3d28'.padEnd(64, 'f')}`;

/** As Gunicorn 27 under Python 3.13 writes it when a worker imports the application. */
const importing = (release = RELEASE) => `\
Traceback (most recent call last):
  File "${release}/venv/lib/python3.13/site-packages/gunicorn/arbiter.py", line 752, in spawn_worker
    worker.init_process()
    ~~~~~~~~~~~~~~~~~~~^^
  File "${release}/venv/lib/python3.13/site-packages/gunicorn/util.py", line 420, in import_app
    mod = importlib.import_module(module)
  File "/usr/lib/python3.13/importlib/__init__.py", line 88, in import_module
    return _bootstrap._gcd_import(name[level:], package, level)
           ~~~~~~~~~~~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "<frozen importlib._bootstrap>", line 1387, in _gcd_import
  File "<frozen importlib._bootstrap>", line 488, in _call_with_frames_removed
`;

const FIRE = `\
  File "${RELEASE}/app/wsgi.py", line 4, in <module>
    raise RuntimeError('the warehouse is on fire')
RuntimeError: the warehouse is on fire
`;

const said = (process: number, text: string, second = 6) => `[2026-11-24 23:14:0${second} +0000] [${process}] ${text}\n`;

/** What a worker that cannot load the application says, with the message that Gunicorn prints once more. */
const worker = (process: number, traceback: string, echo: string, second?: number) =>
  said(process, `[INFO] Booting worker with pid: ${process}`, second) + said(process, '[ERROR] Exception in worker process', second) + importing() + traceback + echo
  + said(process, `[INFO] Worker exiting (pid: ${process})`, second);

const BEGUN = `Starting app-candidate.service - Gunicorn for the application (the next release)...
Started app-candidate.service - Gunicorn for the application (the next release).
` + said(571, '[INFO] Starting gunicorn 27.0.1') + said(571, '[INFO] Listening at: unix:/run/app/candidate.sock (571)') + said(571, '[INFO] Using worker: gthread');

const ENDED = said(571, '[ERROR] Worker (pid:573) exited with code 3.') + said(571, '[INFO] Worker (pid:574) was sent SIGTERM!')
  + said(571, '[ERROR] Shutting down: Master') + said(571, '[ERROR] Reason: Worker failed to boot.')
  + "app-candidate.service: Main process exited, code=exited, status=3/NOTIMPLEMENTED\napp-candidate.service: Failed with result 'exit-code'.\n";

/** Gunicorn's master, told to stop while its workers fail. */
const HALTED = said(571, '[ERROR] Worker (pid:573) exited with code 3.') + `\
Traceback (most recent call last):
  File "${RELEASE}/venv/lib/python3.13/site-packages/gunicorn/arbiter.py", line 320, in handle_term
    raise StopIteration
StopIteration
During handling of the above exception, another exception occurred:
Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
  File "${RELEASE}/venv/lib/python3.13/site-packages/gunicorn/arbiter.py", line 683, in reap_workers
    raise HaltServer(reason, self.WORKER_BOOT_ERROR)
gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>
`;

const lines = (text: string) => text.trimEnd().split('\n');
const told = (text: string, release?: string) => condense(lines(text), release).join('\n');

/** The cause is the same whether it is looked for before or after. */
function causeOf(text: string): string | undefined {
  const before = cause(lines(text));
  expect(cause(condense(lines(text)))).toBe(before);
  return before;
}

describe('an application that cannot be imported', () => {
  const text = BEGUN + worker(573, FIRE, 'the warehouse is on fire\n') + worker(574, FIRE, 'the warehouse is on fire\n', 7) + worker(575, FIRE, 'the warehouse is on fire\n') + ENDED;

  test('is told once, with its own frames, whatever the number of workers', () => {
    expect(told(text)).toBe(`\
[ERROR] Exception in worker process (3 times)
Traceback (most recent call last):
  File "app/wsgi.py", line 4, in <module>
    raise RuntimeError('the warehouse is on fire')
RuntimeError: the warehouse is on fire`);
  });

  test('is named in one line with the place', () => {
    expect(causeOf(text)).toBe('RuntimeError: the warehouse is on fire (wsgi.py:4)');
  });

  test('is named though Gunicorn\'s master fails after it', () => {
    expect(causeOf(text + HALTED)).toBe('RuntimeError: the warehouse is on fire (wsgi.py:4)');
    expect(told(text + HALTED)).toBe(told(text));
  });

  test('is told with what else it said before, each line once, and the traceback last', () => {
    const [before, after] = ['connecting to the warehouse\n', said(571, '[CRITICAL] WORKER TIMEOUT (pid:574)')];
    expect(told(BEGUN + before + worker(573, FIRE, '') + before + after)).toBe(`\
connecting to the warehouse (2 times)
[CRITICAL] WORKER TIMEOUT (pid:574)
${told(worker(573, FIRE, ''))}`);
  });

  test('for its syntax shows where', () => {
    const syntax = `\
  File "${RELEASE}/app/shop/urls.py", line 9
    def application(environ, start_response)
                                            ^
SyntaxError: expected ':'
`;
    expect(told(worker(573, syntax, "expected ':' (urls.py, line 9)\n"))).toBe(`\
[ERROR] Exception in worker process
Traceback (most recent call last):
  File "app/shop/urls.py", line 9
    def application(environ, start_response)
                                            ^
SyntaxError: expected ':'`);
    expect(causeOf(syntax)).toBe("SyntaxError: expected ':' (shop/urls.py:9)");
  });

  test('because it is not there has no place', () => {
    const text = worker(573, "ModuleNotFoundError: No module named 'shop'\n", "No module named 'shop'\n") + ENDED;
    expect(told(text)).toBe(`\
[ERROR] Exception in worker process
Traceback (most recent call last):
  … 5 frames of gunicorn, importlib
ModuleNotFoundError: No module named 'shop'`);
    expect(causeOf(text)).toBe("ModuleNotFoundError: No module named 'shop'");
  });

  test('keeps the whole of a message of many lines', () => {
    const message = '2 validation errors for Settings\ndatabase_url\n  Field required [type=missing]\nport\n  Input should be a valid integer\n';
    const text = worker(573, `  File "${RELEASE}/app/wsgi.py", line 2, in <module>\n    Settings()\nshop.Invalid: ${message}`, message) + ENDED;
    expect(told(text).split('\n').slice(-5)).toEqual(`shop.Invalid: ${message}`.trimEnd().split('\n'));
    expect(causeOf(text)).toBe('shop.Invalid: 2 validation errors for Settings (wsgi.py:2)');
  });

  test('that recurses for ever is told in some lines', () => {
    const [even, odd] = [`  File "${RELEASE}/app/a.py", line 2, in even\n    odd()\n`, `  File "${RELEASE}/app/a.py", line 4, in odd\n    even()\n`];
    const text = `Traceback (most recent call last):\n${(even + odd).repeat(490)}RecursionError: maximum recursion depth exceeded\n`;
    expect(condense(lines(text)).length).toBeLessThan(45);
    expect(told(text)).toContain('\n  … 960 frames of the application\n');
    expect(causeOf(text)).toBe('RecursionError: maximum recursion depth exceeded (a.py:4)');
  });
});

describe('Django', () => {
  const DJANGO = `${RELEASE}/venv/lib/python3.13/site-packages/django`;

  test('that cannot ask its database is told by the view that asked', () => {
    const text = `\
Internal Server Error: /
Traceback (most recent call last):
  File "${DJANGO}/db/backends/utils.py", line 105, in _execute
    return self.cursor.execute(sql, params)
           ~~~~~~~~~~~~~~~~~~~^^^^^^^^^^^^^
  File "${DJANGO}/db/backends/sqlite3/base.py", line 360, in execute
    return super().execute(query, params)
sqlite3.OperationalError: no such table: entries_entry
The above exception was the direct cause of the following exception:
Traceback (most recent call last):
  File "${DJANGO}/core/handlers/base.py", line 197, in _get_response
    response = wrapped_callback(request, *callback_args, **callback_kwargs)
  File "${RELEASE}/app/entries/views.py", line 29, in index
    "count": Entry.objects.count(),
             ~~~~~~~~~~~~~~~~~~~^^
  File "${DJANGO}/db/models/query.py", line 606, in count
    return self.query.get_count(using=self.db)
  File "${DJANGO}/db/backends/utils.py", line 79, in execute
    return self._execute_with_wrappers(
           ~~~~~~~~~~~~~~~~~~~~~~~~~~~^
        sql, params, many=False, executor=self._execute
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    )
    ^
  File "${DJANGO}/db/backends/sqlite3/base.py", line 360, in execute
    return super().execute(query, params)
django.db.utils.OperationalError: no such table: entries_entry
`;
    expect(told(text.repeat(3))).toBe(`\
Internal Server Error: / (3 times)
Traceback (most recent call last):
  … 1 frame of django
  File "django/db/backends/sqlite3/base.py", line 360, in execute
    return super().execute(query, params)
sqlite3.OperationalError: no such table: entries_entry
The above exception was the direct cause of the following exception:
Traceback (most recent call last):
  File "app/entries/views.py", line 29, in index
    "count": Entry.objects.count(),
             ~~~~~~~~~~~~~~~~~~~^^
  … 2 frames of django
  File "django/db/backends/sqlite3/base.py", line 360, in execute
    return super().execute(query, params)
django.db.utils.OperationalError: no such table: entries_entry`);
    expect(causeOf(text)).toBe('django.db.utils.OperationalError: no such table: entries_entry (entries/views.py:29)');
  });

  test('that cannot read its settings is told by the settings', () => {
    const text = worker(573, `\
  File "${RELEASE}/app/shop/wsgi.py", line 6, in <module>
    application = get_wsgi_application()
  File "${DJANGO}/core/wsgi.py", line 12, in get_wsgi_application
    django.setup(set_prefix=False)
    ~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^
  File "${RELEASE}/app/shop/settings.py", line 11, in <module>
    PRICES = os.environ["PRICES"]
             ~~~~~~~~~~^^^^^^^^^^
  File "<frozen os>", line 717, in __getitem__
KeyError: 'PRICES'
During handling of the above exception, another exception occurred:
` + importing() + `  File "${RELEASE}/app/shop/wsgi.py", line 8, in <module>\n    fall_back()\nValueError: no prices\n`, 'no prices\n');
    expect(told(text)).toBe(`\
[ERROR] Exception in worker process
Traceback (most recent call last):
  File "app/shop/wsgi.py", line 6, in <module>
    application = get_wsgi_application()
  … 1 frame of django
  File "app/shop/settings.py", line 11, in <module>
    PRICES = os.environ["PRICES"]
             ~~~~~~~~~~^^^^^^^^^^
  … 1 frame of os
KeyError: 'PRICES'
During handling of the above exception, another exception occurred:
Traceback (most recent call last):
  File "app/shop/wsgi.py", line 8, in <module>
    fall_back()
ValueError: no prices`);
    expect(causeOf(text)).toBe('ValueError: no prices (shop/wsgi.py:8)');
  });

  test('that fails in a migration is told with the migrations before, though their line has no end', () => {
    const text = `\
Operations to perform:
  Apply all migrations: entries
Running migrations:
  Applying entries.0001_initial... OK
  Applying entries.0002_fill...Traceback (most recent call last):
  File "${RELEASE}/app/manage.py", line 10, in <module>
    execute_from_command_line(sys.argv)
  File "${DJANGO}/core/management/commands/migrate.py", line 353, in handle
    post_migrate_state = executor.migrate(
        targets,
    ...<3 lines>...
        fake_initial=fake_initial,
    )
  File "${RELEASE}/app/entries/migrations/0002_fill.py", line 3, in fill
    apps.get_model('entries', 'Entry').objects.get(pk=7)
  File "${DJANGO}/db/models/query.py", line 635, in get
    raise self.model.DoesNotExist(
__fake__.Entry.DoesNotExist: Entry matching query does not exist.
app-release.service: Main process exited, code=exited, status=1/FAILURE
app-release.service: Failed with result 'exit-code'.
Failed to start app-release.service - Release command, run once for a release before it serves.
`;
    expect(told(text)).toBe(`\
Operations to perform:
  Apply all migrations: entries
Running migrations:
  Applying entries.0001_initial... OK
  Applying entries.0002_fill...Traceback (most recent call last):
  File "app/manage.py", line 10, in <module>
    execute_from_command_line(sys.argv)
  … 1 frame of django
  File "app/entries/migrations/0002_fill.py", line 3, in fill
    apps.get_model('entries', 'Entry').objects.get(pk=7)
  File "django/db/models/query.py", line 635, in get
    raise self.model.DoesNotExist(
__fake__.Entry.DoesNotExist: Entry matching query does not exist.`);
    expect(causeOf(text)).toBe('__fake__.Entry.DoesNotExist: Entry matching query does not exist. (entries/migrations/0002_fill.py:3)');
  });
});

describe('an application that ends without a traceback', () => {
  test('is told by what it said and how it ended, each once', () => {
    const cycle = (process: number) => said(process, `[INFO] Booting worker with pid: ${process}`) + 'DATABASE_URL must be set\n' + said(571, `[ERROR] Worker (pid:${process}) exited with code 1.`);
    const text = BEGUN + cycle(573) + cycle(574) + cycle(575);
    expect(told(text)).toBe('DATABASE_URL must be set (3 times)\n[ERROR] Worker (pid:575) exited with code 1. (3 times)');
    expect(causeOf(text)).toBeUndefined();
  });

  test('because there was no memory left is told by who killed it', () => {
    const killed = said(571, '[ERROR] Worker (pid:573) was sent SIGKILL! Perhaps out of memory?');
    const text = `${BEGUN}app-candidate.service: A process of this unit has been killed by the OOM killer.\n${killed}${killed.replace('573', '574')}`;
    expect(told(text)).toBe('app-candidate.service: A process of this unit has been killed by the OOM killer.\n[ERROR] Worker (pid:574) was sent SIGKILL! Perhaps out of memory? (2 times)');
    expect(told(`${BEGUN}app-candidate.service: Failed with result 'oom-kill'.\n`)).toBe("app-candidate.service: Failed with result 'oom-kill'.");
  });

  test('or never begins is told by systemd, once', () => {
    const failed = 'app-candidate.service: Main process exited, code=exited, status=203/EXEC\n';
    expect(told(BEGUN + failed + failed)).toBe(`${failed.trim()} (2 times)`);
  });

  test('and said nothing at all is told by what there is', () => {
    expect(told(BEGUN)).toContain('[INFO] Using worker: gthread');
    expect(told(ENDED)).toContain('[ERROR] Reason: Worker failed to boot.');
    expect(told(HALTED.slice(HALTED.indexOf('Traceback')))).toContain('HaltServer');
  });
});

test('a worker that takes too long is told by where it was', () => {
  const text = said(571, '[CRITICAL] WORKER TIMEOUT (pid:573)') + said(573, '[ERROR] Error handling request GET /') + `\
Traceback (most recent call last):
  File "${RELEASE}/venv/lib/python3.13/site-packages/gunicorn/workers/sync.py", line 141, in handle
    self.handle_request(listener, req, client, addr)
  File "${RELEASE}/app/slow.py", line 3, in application
    time.sleep(60)
  File "${RELEASE}/venv/lib/python3.13/site-packages/gunicorn/workers/base.py", line 200, in handle_abort
    sys.exit(1)
SystemExit: 1
`;
  expect(told(text)).toBe(`\
[CRITICAL] WORKER TIMEOUT (pid:573)
[ERROR] Error handling request GET /
Traceback (most recent call last):
  File "app/slow.py", line 3, in application
    time.sleep(60)
  File "gunicorn/workers/base.py", line 200, in handle_abort
    sys.exit(1)
SystemExit: 1`);
  expect(causeOf(text)).toBe('SystemExit: 1 (slow.py:3)');
});

test('exceptions of a group are all told, and the last one names the place', () => {
  const text = `\
  + Exception Group Traceback (most recent call last):
  |   File "${RELEASE}/venv/lib/python3.13/site-packages/gunicorn/util.py", line 420, in import_app
  |     mod = importlib.import_module(module)
  |   File "${RELEASE}/app/group.py", line 7, in <module>
  |     raise ExceptionGroup('two checks failed', errors)
  | ExceptionGroup: two checks failed (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "${RELEASE}/app/group.py", line 2, in one
    |     raise ValueError('a')
    | ValueError: a
    +------------------------------------
`;
  expect(told(text)).toBe(text.trimEnd().replaceAll(`${RELEASE}/`, '').replace(/ {2}\| {3}File "venv.*\n.*\n/, ''));
  expect(causeOf(text)).toBe('ValueError: a (group.py:2)');
});

test('a log of another kind stays as it is, and what differs in process and time alone is told once', () => {
  const text = `\
{"time":"2026-11-24T23:14:06.1Z","level":"error","pid":573,"message":"no cache"}
{"time":"2026-11-24T23:14:06.7Z","level":"error","pid":574,"message":"no cache"}
{"time":"2026-11-24T23:14:06.8Z","level":"error","pid":574,"message":"no queue"}
2026/11/24 23:14:06 [error] 88#88: *1 connect() failed
Error: no such price
    at load (/srv/prices.js:3:9)
{
  "a": 1
}
{
  "b": 2
}
`;
  expect(told(text)).toBe(`\
{"time":"2026-11-24T23:14:06.7Z","level":"error","pid":574,"message":"no cache"} (2 times)
${lines(text).slice(2).join('\n')}`);
});

test('lines that name a process by its bare number are the same for all of Gunicorn\'s', () => {
  const text = said(573, '[INFO] Booting worker with pid: 573') + 'WARNING 573 slow start\n' + said(574, '[INFO] Booting worker with pid: 574') + 'WARNING 574 slow start\nWARNING 575 slow start\n';
  expect(told(text)).toBe('WARNING 574 slow start (2 times)\nWARNING 575 slow start');
});

test('an error of the release that goes on serving is not the fault of the one that was refused', () => {
  const old = `Internal Server Error: /old\nTraceback (most recent call last):\n  File "${OLD}/app/old.py", line 1, in view\n    1 / 0\nZeroDivisionError: division by zero\n`;
  expect(told(worker(573, FIRE, '') + old, RELEASE)).toBe(`\
Internal Server Error: /old
Traceback (most recent call last):
  File "releases/2a46da7d3d28/app/old.py", line 1, in view
    1 / 0
ZeroDivisionError: division by zero
${told(worker(573, FIRE, ''))}`);
  expect(cause(lines(worker(573, FIRE, '') + old), RELEASE)).toBe('RuntimeError: the warehouse is on fire (wsgi.py:4)');
  expect(cause(lines(old), RELEASE)).toBeUndefined();
  expect(cause(condense(lines(old), RELEASE))).toBeUndefined();
  expect(told(`${old}DATABASE_URL must be set\n${ENDED}`, RELEASE)).toContain('status=3/NOTIMPLEMENTED');
});

test('a cause is one line of at most 200 characters that no terminal takes for a command', () => {
  const raised = (message: string) => `Traceback (most recent call last):\n  File "${RELEASE}/app/wsgi.py", line 4, in <module>\n    load()\nValueError: ${message}\n`;
  expect(causeOf(raised('\x1b[31mred\x1b[0m\x07 \u202eevil\u2028'))).toBe('ValueError: red evil (wsgi.py:4)');
  const long = causeOf(raised('x'.repeat(900)))!;
  expect(long).toHaveLength(200);
  expect(long).toMatch(/^ValueError: x+… \(wsgi\.py:4\)$/);
});

test('a traceback that was cut off has no cause, and is not lost', () => {
  const text = `Traceback (most recent call last):\n  File "${RELEASE}/app/wsgi.py", line 4, in <module>\n    load()\n`;
  expect(causeOf(text)).toBeUndefined();
  expect(told(text)).toContain('app/wsgi.py');
});

test('a log that begins in the middle of what it says again is told once', () => {
  const text = worker(573, FIRE, 'the warehouse is on fire\n');
  const whole = told(text);
  const exception = lines(text).indexOf('RuntimeError: the warehouse is on fire');
  for (let cut = 3; cut < exception; cut++) expect(condense(lines(text).slice(cut).concat(lines(text))).join('\n'), `from line ${cut}`).toBe(whole);
});

test('nothing said is nothing told', () => {
  expect(condense([])).toEqual([]);
  expect(condense(['', '  '])).toEqual([]);
  expect(cause([])).toBeUndefined();
});
