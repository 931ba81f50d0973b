/** Survey: what an application's Python files say, read without running them by survey.py. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { refuse } from '../../../refusal.js';
import { lastLine } from '../uv.js';

/** A setting as it is written. */
export interface Written {
  readonly file: string;
  readonly line: number;
  /** What could not be known without running it stands as `{ '?': its source }`. */
  readonly value: unknown;
  readonly source: string;
  /** Every text in the expression. */
  readonly words: readonly string[];
  /** Variables of the environment that it asks for. */
  readonly asked: readonly string[];
  /** Lines of the keys of a dict, as in `default.ENGINE`, and of the texts in a list. */
  readonly keys: Readonly<Record<string, number>>;
}

export interface Use {
  readonly kind: UseKind;
  readonly file: string;
  readonly line: number;
  readonly what: string;
  /** The variable that overrules it, the storage of a field, the words of an expression. */
  readonly detail: string | readonly string[] | null;
}

export type UseKind = 'sqlite' | 'file field' | 'local storage' | 'default storage' | 'kept file' | 'temporary file' | 'cache' | 'local cache'
  | 'file session' | 'clock' | 'timer' | 'thread' | 'random key';

export interface Survey {
  readonly settings: { readonly files: readonly string[]; readonly names: Readonly<Record<string, Written>> };
  readonly uses: readonly Use[];
  /** Packages that it imports. */
  readonly imports: readonly string[];
  /** Files that are no Python of this computer's version. */
  readonly unread: readonly { readonly file: string; readonly line: number; readonly detail: string }[];
}

const SCRIPT = fileURLToPath(new URL('survey.py', import.meta.url));
/** The machine's own version first: it reads whatever the machine will. */
const PYTHONS = ['python3.13', 'python3'];
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Found once: asking each time would take longer than reading. */
let python: string | undefined;

function findPython(): string {
  const answers = PYTHONS.map((name) => spawnSync(name, ['-c', 'import ast, sys; ast.unparse; print(sys.executable)'], { encoding: 'utf8' }));
  return answers.find(({ status }) => status === 0)?.stdout.trim()
    ?? refuse('python3', 'this computer must have Python 3.9 or newer, to read the application', 'none on the PATH', 'install python3');
}

/**
 * Reads an application's files.
 * @param folder where the application runs
 * @param module of its Django settings; undefined for an application without Django
 * @param environment what it will find
 * @throws Refusal when this computer has no Python to read them with
 */
export function survey(folder: string, module: string | undefined, environment: Readonly<Record<string, string>>): Survey {
  const { status, stdout, stderr } = spawnSync(python ??= findPython(), ['-E', '-s', '-B', SCRIPT, folder, module ?? ''], {
    input: JSON.stringify(environment), encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (status !== 0) refuse(folder, 'its Python files must be readable', lastLine(stderr), 'correct them');
  return JSON.parse(stdout) as Survey;
}
