/**
 * Refusal: why Paddock will not go on, as one line in the house form, for the person who can mend it:
 * `where: what must hold, got what; what to do`.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/**
 * Ends in a Refusal.
 * @param where the file, folder or setting that the person looks at
 * @param must what must hold, as in `maxCapacity must be at least 4`
 * @param got what was found instead: words as they are, any other value as JSON
 * @param todo the way out, as an order
 * @throws Refusal always
 */
export function refuse(where: string, must: string, got: unknown, todo: string): never {
  const found = typeof got === 'string' && got !== '' ? got : JSON.stringify(got) ?? 'nothing';
  throw new Refusal(oneLine(`${where}: ${must}, got ${found}; ${todo}`));
}

/** Values and the words of other programs may hold line breaks and terminal sequences; a refusal is one line of text. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}
