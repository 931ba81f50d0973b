import { Listr } from 'listr2';

/** What a step says while it goes on, and how its title ends when there was something to do. */
export interface Step {
  say(line: string): void;
  did(what: string): void;
}

/** Shows a piece of work while it goes on: alive on a terminal, one line an event elsewhere. Its error is the caller's to print. */
export async function step(title: string, work: (step: Step) => Promise<void>): Promise<void> {
  if (process.stderr.isTTY && process.stdout.isTTY) return onTerminal(title, work);
  let ending = '';
  await work({ say: (line) => console.error(`  ${line}`), did: (what) => { ending = ` (${what})`; } });
  console.error(`✔ ${title}${ending}`);
}

async function onTerminal(title: string, work: (step: Step) => Promise<void>): Promise<void> {
  await new Listr([{
    title,
    task: (_, task) => work({ say: (line) => { task.output = line; }, did: (what) => { task.title = `${title} (${what})`; } }),
  }], { rendererOptions: { showErrorMessage: false } }).run();
}
