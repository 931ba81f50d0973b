import { refuse } from './refuse.js';

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

/**
 * Refuses what is none of the values that a setting has: the settings page is run without being type-checked.
 * @param like any of them
 * @param example how a person writes one, as in `Balancer.nginx()`
 */
export function refuseChoice(where: string, name: string, value: unknown, like: Choice, example: string): void {
  const words = Object.keys(like.choices);
  if (!isChoice(value) || !words.includes(value.chosen)) refuse(where, `${name} must be one of ${words.join(', ')}`, typeof value === 'string' ? value : typeof value, `choose one in the settings page, as in ${name}: paddock.${example}`);
}

/** Whether a setting is such a value. */
export function isChoice(value: unknown): value is Choice {
  return typeof value === 'object' && value !== null && 'chosen' in value && 'choices' in value;
}
