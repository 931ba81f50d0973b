/** Finding: what of an application does not hold on more than one server, with the place to mend it. */
export interface Finding {
  readonly kind: Kind;
  /** `breaks`: wrong answers or lost data. `weakens`: it works, and less well than it seems. */
  readonly weight: 'breaks' | 'weakens';
  /** Relative to the application's folder. */
  readonly file: string;
  readonly line: number;
  readonly must: string;
  readonly got: string;
  readonly todo: string;
}

export type Kind = 'database' | 'media' | 'cache' | 'session' | 'scheduler' | 'hosts' | 'https' | 'secret key' | 'temporary file';

/** Where something is said. */
export type Place = Pick<Finding, 'file' | 'line'>;

/** A finding as one line in the house form. */
export function told({ file, line, must, got, todo }: Finding): string {
  return `${file}:${line}: ${must}, got ${got}; ${todo}`.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** The order that a person reads them in: what breaks first, then by file and line. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => a.weight.localeCompare(b.weight) || a.file.localeCompare(b.file) || a.line - b.line || a.kind.localeCompare(b.kind));
}
