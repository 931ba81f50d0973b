import * as http from 'node:http';
import * as https from 'node:https';
import { XMLParser } from 'fast-xml-parser';
import { ACCESS, REGION } from './lab.js';

/** What an answer of AWS says, in the shape of its XML: texts, and named parts, of which some come in lists. */
export type Answer = string | Answer[] | { readonly [name: string]: Answer };

export interface Endpoint {
  readonly url: string;
  /** The authority that signed its certificate, where it speaks TLS. */
  readonly authority?: string;
}

/** An error that the region answered. */
export class ApiError extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/** The lab's region, called as AWS is called. The region reads who calls and what, and checks no signature, so none is made. */
export class Api {
  private readonly agent: http.Agent;

  constructor(private readonly endpoint: Endpoint) {
    const options = { keepAlive: true, timeout: 10_000 };
    this.agent = endpoint.url.startsWith('https:') ? new https.Agent({ ...options, ca: endpoint.authority }) : new http.Agent(options);
  }

  /**
   * Calls an action of the query protocol (EC2, CloudFormation, Auto Scaling, STS, IAM).
   * @throws ApiError when the region refuses, Error when it does not answer
   */
  async query(service: string, action: string, parameters: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const body = new URLSearchParams({ Action: action, Version: VERSIONS[service] ?? '', ...parameters }).toString();
    const { status, text } = await this.post(service, body);
    if (status >= 400) throw new ApiError(/<Code>(.*?)<\/Code>/s.exec(text)?.[1] ?? String(status), /<Message>(.*?)<\/Message>/s.exec(text)?.[1] ?? text.slice(0, 200));
    return Object.values(xml.parse(text) as Record<string, Answer>)[0] ?? '';
  }

  /**
   * Calls an action of the JSON protocol, as in `CertificateManager.DescribeCertificate`.
   * @throws ApiError when the region refuses, Error when it does not answer
   */
  async json<T>(service: string, target: string, input: object): Promise<T> {
    return read<T>(await this.send('POST', '/', { ...this.sender(service), 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }, JSON.stringify(input)));
  }

  /**
   * Asks or tells the region what no AWS API has: only the lab's own host sees it.
   * @throws ApiError when the region refuses, Error when it does not answer
   */
  async door<T>(path: string, told?: object): Promise<T> {
    return read<T>(await this.send(told ? 'POST' : 'GET', path, { 'content-type': 'application/json' }, told && JSON.stringify(told)));
  }

  private post(service: string, body: string): Promise<Reply> {
    return this.send('POST', '/', { ...this.sender(service), 'content-type': 'application/x-www-form-urlencoded' }, body);
  }

  private sender(service: string): http.OutgoingHttpHeaders {
    const authorization = `AWS4-HMAC-SHA256 Credential=${ACCESS.accessKeyId}/20000101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    return { authorization, host: this.host(service) };
  }

  private send(method: string, path: string, headers: http.OutgoingHttpHeaders, body?: string): Promise<Reply> {
    const client = this.endpoint.url.startsWith('https:') ? https : http;
    return new Promise((resolve, reject) => {
      const request = client.request(new URL(path, this.endpoint.url), { method, agent: this.agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
        response.on('error', reject);
      });
      request.on('error', reject).on('timeout', () => request.destroy(new Error('the region did not answer')));
      request.end(body);
    });
  }

  private host(service: string): string {
    const { protocol, host } = new URL(this.endpoint.url);
    return protocol === 'https:' ? `${service}.${REGION}.amazonaws.com` : host;
  }
}

interface Reply {
  readonly status: number;
  readonly text: string;
}

function read<T>({ status, text }: Reply): T {
  if (status >= 400) throw new ApiError(String(status), /"[Mm]essage": ?"(.*?)"/.exec(text)?.[1] ?? text.slice(0, 200));
  return JSON.parse(text) as T;
}

/** Versions of the query protocol, from the API references. */
const VERSIONS: Readonly<Record<string, string>> = {
  ec2: '2016-11-15', cloudformation: '2010-05-15', sts: '2011-06-15', iam: '2010-05-08', autoscaling: '2011-01-01', elasticloadbalancing: '2015-12-01',
  monitoring: '2010-08-01', rds: '2014-10-31',
};

/** What entries of lists are called: by EC2, by most, and by RDS, which calls each by its own name. */
const LISTED = ['item', 'member', 'DBInstance', 'DBSnapshot'];

const xml = new XMLParser({ ignoreAttributes: true, ignoreDeclaration: true, parseTagValue: false, isArray: (name) => LISTED.includes(name) });

/** The part of an answer at a path, as text; empty where there is none. */
export function textAt(answer: Answer | undefined, ...path: string[]): string {
  const found = at(answer, path);
  return typeof found === 'string' ? found : '';
}

/** The part of an answer at a path, as a list; empty where there is none. */
export function listAt(answer: Answer | undefined, ...path: string[]): Answer[] {
  const found = LISTED.map((name) => at(answer, [...path, name])).find(Array.isArray);
  return found ?? [];
}

function at(answer: Answer | undefined, path: readonly string[]): Answer | undefined {
  return path.reduce<Answer | undefined>((part, name) => (typeof part === 'object' && !Array.isArray(part) ? part[name] : undefined), answer);
}
