/**
 * One JSON line an event on standard output, which systemd keeps in the journal: a short phrase in the past tense plus fields.
 */
export function log(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...fields })}\n`);
}
