/** FastCGI: one question to a gateway that speaks nothing else, on a machine without a proxy. Source: the FastCGI Specification, 1.0. */
import { connect, type NetConnectOpts } from 'node:net';
import type { FastCgi } from '../../gateway/gateway.js';
import type { Answer } from '../aws/http.js';

const VERSION = 1;
const BEGIN = 1;
const END = 3;
const PARAMS = 4;
const STDIN = 5;
const STDOUT = 6;
const RESPONDER = 1;
const REQUEST = 1;
/** Bytes of a record before its content. */
const HEAD = 8;

/**
 * Asks for a path, as a proxy would.
 * @param headers as the visitor's and the proxy's together
 * @param timeout milliseconds
 * @throws Error when nobody answers in time, or with something else
 */
export function askFastCgi(peer: NetConnectOpts, { root, script }: FastCgi, path: string, headers: Readonly<Record<string, string>>, timeout: number): Promise<Answer> {
  const [, query = ''] = path.split(/\?(.*)/s);
  const host = headers['host'] ?? '';
  const params = {
    GATEWAY_INTERFACE: 'CGI/1.1', REDIRECT_STATUS: '200', REQUEST_METHOD: 'GET', REQUEST_URI: path, QUERY_STRING: query, SERVER_PROTOCOL: 'HTTP/1.1', REQUEST_SCHEME: 'https', HTTPS: 'on',
    SERVER_NAME: host, SERVER_PORT: '443', REMOTE_ADDR: '127.0.0.1', DOCUMENT_ROOT: root, SCRIPT_NAME: `/${script}`, SCRIPT_FILENAME: `${root}/${script}`,
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, value])),
  };
  return new Promise((resolve, reject) => {
    const socket = connect(peer, () => {
      socket.write(Buffer.concat([record(BEGIN, Buffer.from([0, RESPONDER, 0, 0, 0, 0, 0, 0])), record(PARAMS, pairs(params)), record(PARAMS), record(STDIN)]));
    });
    let rest: Buffer = Buffer.alloc(0);
    const said: Buffer[] = [];
    socket.setTimeout(timeout, () => socket.destroy(new Error(`no answer within ${timeout / 1000} s`)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection was closed before an answer')));
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= HEAD && rest.length >= HEAD + rest.readUInt16BE(4) + rest[6]!) {
        const [type, length, padding] = [rest[1]!, rest.readUInt16BE(4), rest[6]!];
        if (type === STDOUT) said.push(rest.subarray(HEAD, HEAD + length));
        if (type === END) {
          resolve(answerOf(Buffer.concat(said).toString('utf8')));
          socket.destroy();
        }
        rest = rest.subarray(HEAD + length + padding);
      }
    });
  });
}

function record(type: number, content: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.from([VERSION, type, 0, REQUEST, 0, 0, 0, 0]);
  head.writeUInt16BE(content.length, 4);
  return Buffer.concat([head, content]);
}

/** Lengths of four bytes, which are right for short texts as well. */
function pairs(values: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(values).flatMap(([name, value]) => {
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32BE(Buffer.byteLength(name) + 0x8000_0000, 0);
    lengths.writeUInt32BE(Buffer.byteLength(value) + 0x8000_0000, 4);
    return [lengths, Buffer.from(name), Buffer.from(value)];
  }));
}

/** Headers, an empty line and a body; a header Status holds the status where it is not 200. */
function answerOf(text: string): Answer {
  const [head, body] = text.split(/\r?\n\r?\n(.*)/s) as [string, string?];
  const headers = Object.fromEntries(head.split(/\r?\n/).map((line) => /^([^:]+):\s*(.*)$/.exec(line)).filter((match) => match !== null).map(([, name, value]) => [name!.toLowerCase(), value!]));
  return { status: Number.parseInt(headers['status'] ?? '200', 10), headers, body: body ?? '' };
}
