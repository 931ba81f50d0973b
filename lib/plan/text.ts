/** Text for a terminal of 100 columns, readable without colours. */

const WIDTH = 100;
const GAP = '  ';

/**
 * Breaks a line between words; what follows the first is indented once more.
 * @param indent columns before the first word
 */
export function wrap(line: string, indent: number): string[] {
  const lines: string[] = [];
  let current = ' '.repeat(indent);
  for (const word of line.split(' ')) {
    const joined = current.trim() === '' ? `${current}${word}` : `${current} ${word}`;
    if (joined.length > WIDTH && current.trim() !== '') {
      lines.push(current);
      current = `${' '.repeat(indent + 2)}${word}`;
    } else current = joined;
  }
  return [...lines, current];
}

/** Columns as wide as what stands in them. */
export function table(rows: readonly (readonly string[])[], sides: readonly ('left' | 'right')[]): string[] {
  const widths = sides.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `${GAP}${row.map((cell, column) => (sides[column] === 'right' ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join(GAP)}`.trimEnd());
}

/** Dollars and cents. */
export function money(dollars: number): string {
  return dollars.toFixed(2);
}
