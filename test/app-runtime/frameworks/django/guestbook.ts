import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Inspection, parseInspection } from '../../../../app-runtime/frameworks/django/inspection.js';
import { Uv } from '../../../../app-runtime/gateways/gunicorn/uv.js';
import { installForHere } from '../../../../app-runtime/gateways/gunicorn/wheels.js';
import { Cache } from '../../../../lib/release/cache.js';

const ROOT = join(import.meta.dirname, '../../../..');
const SCRIPT = join(ROOT, 'app-runtime/frameworks/django/templates/usr/local/lib/paddock/inspect_django.py');
const EXAMPLE = join(ROOT, 'examples/django');

/** What serves: entries with a colour that may be missing, a mood, and tags; and notes. */
const MODELS = `from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=9)


class Note(models.Model):
    text = models.CharField(max_length=9)


class Entry(models.Model):
    name = models.CharField(max_length=40)
    message = models.CharField(max_length=280)
    written = models.DateTimeField(auto_now_add=True, db_index=True)
    colour = models.CharField(max_length=9, null=True)
    mood = models.CharField(max_length=9, default="calm")
    tags = models.ManyToManyField(Tag)
`;

const SERVING = `[
        migrations.CreateModel("Tag", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=9))]),
        migrations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True)), ("text", models.CharField(max_length=9))]),
        migrations.AddField("entry", "colour", models.CharField(max_length=9, null=True)),
        migrations.AddField("entry", "mood", models.CharField(max_length=9, default="calm")),
        migrations.AddField("entry", "tags", models.ManyToManyField("entries.Tag")),
        migrations.AlterModelOptions("entry", {}),
    ]`;

/** What a visitor of what serves does: every model is written and read. */
const VISIT = `import os, sys
sys.path.insert(0, os.getcwd())
import guestbook.wsgi
from entries.models import Entry, Note, Tag
entry = Entry.objects.create(name="Ada", message="hello", **({"colour": os.environ["COLOUR"]} if "COLOUR" in os.environ else {}))
entry.tags.add(Tag.objects.create(name="new"))
Note.objects.create(text="note")
print(len([(getattr(one, "mood", None), one.colour, list(one.tags.all())) for one in Entry.objects.all()]), len(Note.objects.all()))
`;

/** A guest book with a real Django, in releases that differ by their migrations. */
export class Guestbook {
  private readonly first: Site;

  private constructor(private readonly root: string, python: string) {
    this.first = Site.begun(join(root, 'site'), python);
  }

  /** @param requirements the pinned Django */
  static ready(requirements = join(EXAMPLE, 'requirements.txt')): Guestbook {
    const root = mkdtempSync(join(tmpdir(), 'paddock-guestbook-'));
    try {
      const all = join(root, 'requirements.txt');
      writeFileSync(all, [requirements, join(ROOT, 'app-runtime/gateways/gunicorn/gunicorn.txt')].map((file) => readFileSync(file, 'utf8')).join('\n'));
      return new Guestbook(root, installForHere(Uv.ready(new Cache(join(root, 'cache')), () => {}), root, all, join(root, 'venv'), 'requirements.txt'));
    } catch (error) {
      rmSync(root, { recursive: true, force: true });
      throw error;
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** A guest book whose first release serves; somebody has left an entry without a colour. */
  site(): Site {
    return this.first.copied(mkdtempSync(join(this.root, 'site-')));
  }
}

export class Site {
  private releases = 0;
  readonly data: string;
  readonly live: string;
  /** The migrations of what serves. */
  readonly serving = [SERVING];

  private constructor(private readonly folder: string, private readonly python: string) {
    this.data = join(folder, 'data');
    this.live = join(folder, 'live');
  }

  static begun(folder: string, python: string): Site {
    const site = new Site(folder, python);
    mkdirSync(site.data, { recursive: true });
    renameSync(site.release(site.serving), site.live);
    site.migrate(site.live);
    execFileSync(python, ['-c', 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("PRAGMA journal_mode=WAL")', join(site.data, 'guestbook.sqlite3')]);
    site.visit(site.live);
    return site;
  }

  copied(folder: string): Site {
    cpSync(this.folder, folder, { recursive: true });
    return new Site(folder, this.python);
  }

  /** A release with these migrations after the first one, each a list of operations in Python. */
  release(migrations: readonly string[], models = MODELS): string {
    const release = join(this.folder, `release-${this.releases++}`);
    cpSync(EXAMPLE, release, { recursive: true });
    writeFileSync(join(release, 'entries/models.py'), models);
    // Which Django knows since 5.1.
    const settings = join(release, 'guestbook/settings.py');
    writeFileSync(settings, readFileSync(settings, 'utf8').replace(/^ +"OPTIONS": \{"init_command.*\n/m, ''));
    migrations.forEach((operations, index) => {
      const after = index === 0 ? '0001_initial' : nameOf(index - 1);
      writeFileSync(join(release, `entries/migrations/${nameOf(index)}.py`),
        `from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = [("entries", "${after}")]\n    operations = ${operations}\n`);
    });
    return release;
  }

  /** The release that comes after the one that serves. */
  next(...migrations: readonly string[]): string {
    return this.release([...this.serving, ...migrations]);
  }

  migrate(release: string): void {
    execFileSync(this.python, ['manage.py', 'migrate', '--noinput', '-v', '0'], { cwd: release, env: this.environment(), stdio: 'pipe' });
  }

  /** What the release says of itself. */
  inspect(release: string, callable = 'guestbook.wsgi:application', environment: Record<string, string> = {}): Inspection {
    return parseInspection(this.answer(release, callable, environment));
  }

  answer(release: string, callable: string, environment: Record<string, string> = {}): string {
    // Nothing is left beside the script, nor beside what it inspects.
    return spawnSync(this.python, ['-B', SCRIPT, callable], { cwd: release, env: { ...this.environment(), ...environment }, encoding: 'utf8' }).stdout;
  }

  /** What goes wrong when a visitor uses a release, if anything does. */
  visit(release: string, environment: Record<string, string> = {}): string | undefined {
    const { status, stderr } = spawnSync(this.python, ['-c', VISIT], { cwd: release, env: { ...this.environment(), ...environment }, encoding: 'utf8' });
    return status === 0 ? undefined : stderr.trim().split('\n').at(-1);
  }

  private environment(): Record<string, string> {
    return { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', SECRET_KEY: 'x', ALLOWED_HOSTS: 'localhost', DATA_DIR: this.data };
  }
}

function nameOf(index: number): string {
  return `${String(index + 2).padStart(4, '0')}_change`;
}
