/** What a site of a scenario does besides answering with its version: lines of Python. */
export interface Behaviour {
  /** As each worker imports it, on a machine alone: what no build can find out. */
  readonly atImport?: string;
  /** At each request: may change `status` and `body`. */
  readonly atRequest?: string;
  /** The release command. */
  readonly release?: string;
  /** Static files by their names. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A site whose every answer tells its version, as files to put over an example. */
export function site(version: string, { atImport = '', atRequest = '', release, files = {} }: Behaviour = {}): Record<string, string> {
  return {
    'wsgi.py': [
      'import json', 'import os', 'import time', '',
      `VERSION = ${JSON.stringify(version)}`, 'DATA = os.environ["DATA_DIR"]', 'BEGAN = time.monotonic()', '', '',
      'def begin():', ...indented(atImport), '', '',
      "if os.path.exists('/etc/paddock'):", '    begin()', '', '',
      'def application(environ, start_response):', "    status, body = '200 OK', VERSION", "    path, query = environ['PATH_INFO'], environ['QUERY_STRING']",
      ...indented(atRequest),
      "    start_response(status, [('Content-Type', 'text/plain')])", '    return [body.encode()] if isinstance(body, str) else body', '',
    ].join('\n'),
    ...(release !== undefined && { Procfile: `release: ${release}\n` }),
    ...files,
  };
}

function indented(lines: string): string[] {
  return (lines || 'pass').split('\n').map((line) => `    ${line}`);
}
