/** A setting that is a value with parameters of its own, and the words by which a command line can choose another one. */
export interface Choice {
  /** The word for this one, as in `-c balancer=nginx`. */
  readonly chosen: string;
  /** What each word stands for, at its defaults. */
  readonly choices: Readonly<Record<string, (options?: Parameters) => Choice>>;
  /** Its parameters, with every default filled in, where a command line may give them: `-c database.name=shop`. @default - it may not */
  readonly options?: Parameters;
}

/** Parameters of such a value. */
export type Parameters = Readonly<Record<string, string | number | boolean>>;

/** Whether a setting is such a value. */
export function isChoice(value: unknown): value is Choice {
  return typeof value === 'object' && value !== null && 'chosen' in value && 'choices' in value;
}
