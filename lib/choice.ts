/** A setting that is a value with parameters of its own, and the words by which a command line can choose another one. */
export interface Choice {
  /** The word for this one, as in `-c balancer=nginx`. */
  readonly chosen: string;
  /** What each word stands for, at its defaults. */
  readonly choices: Readonly<Record<string, () => Choice>>;
}

/** Whether a setting is such a value. */
export function isChoice(value: unknown): value is Choice {
  return typeof value === 'object' && value !== null && 'chosen' in value && 'choices' in value;
}
