import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Guestbook } from './guestbook.js';

let guestbook: Guestbook;
beforeAll(() => void (guestbook = Guestbook.ready(join(import.meta.dirname, 'django-4.2.txt'))));
afterAll(() => guestbook.remove());

test('the oldest Django that still gets fixes tells the same', () => {
  const site = guestbook.site();
  const { pending, models, database } = site.inspect(site.live);
  const { django_migrations: _, ...rest } = database;
  expect([pending, models]).toEqual([[], rest]);
  const CHAR = 'models.CharField(max_length=9';
  const operations = [
    `migrations.AddField("entry", "size", ${CHAR}, null=True))`, `migrations.AlterField("entry", "size", ${CHAR}))`, `migrations.AddField("note", "size", ${CHAR}, default="x"))`,
    `migrations.AlterField("entry", "colour", ${CHAR}, default="red"))`, 'migrations.RenameField("note", "text", "words")', 'migrations.RenameModel("Tag", "Label")',
    'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("entry", "mood")])', 'migrations.AlterField("entry", "name", models.TextField())',
    'migrations.RunSQL("ALTER TABLE entries_entry DROP COLUMN message")', 'migrations.DeleteModel("Note")',
  ];
  expect(site.inspect(site.next(`[${operations.join(', ')}]`)).pending).toEqual([{
    migration: 'entries.0003_change',
    operations: [
      { kind: 'made not null', table: 'entries_entry', column: 'size', default: false, empty: false },
      { kind: 'required column', table: 'entries_note', column: 'size' },
      { kind: 'made not null', table: 'entries_entry', column: 'colour', default: false, empty: true },
      { kind: 'renamed column', table: 'entries_note', column: 'text' },
      { kind: 'renamed table', table: 'entries_tag' },
      { kind: 'renamed column', table: 'entries_entry_tags', column: 'tag_id' },
      { kind: 'dropped column', table: 'entries_entry', column: 'mood' },
      { kind: 'dropped column', table: 'entries_entry', column: 'message' },
      { kind: 'dropped table', table: 'entries_note' },
    ],
  }]);
});
