import { Api } from './api.js';
import { findMachine } from './inventory.js';
import type { Lab } from './lab.js';

/** Tells a machine that EC2 takes it back in two minutes, and does. Returns its instance id and when it ends. */
export async function spotNotice(lab: Lab, word: string): Promise<{ id: string; ends: string }> {
  const { id } = await findMachine(lab, word);
  const notices = await new Api({ url: lab.endpoint }).door<Record<string, string>>('/lab/spot-notice', { instance: id });
  return { id, ends: notices[id] ?? '' };
}
