/** Says what happened, as one JSON line on standard output: a short past-tense phrase plus fields. */
export function say(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), event, ...fields }));
}
