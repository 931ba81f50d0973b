import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { type Inventory, inventory } from '../inventory.js';
import { deploymentFrom, type DeploymentProps } from '../../lib/deployment.js';
import { buildRelease } from '../../lib/release.js';
import { existingLab, PROJECT, REGION } from '../lab.js';

/** What a command of the lab said and how it ended. */
export interface Said {
  readonly code: number;
  readonly text: string;
  readonly lastLine: string;
}

/** A lab of a scenario's own, spoken to as a person would: by its command line. */
export class Stage {
  readonly name = `scenario-${process.pid}`;
  private readonly scratch = mkdtempSync(join(tmpdir(), 'paddock-scenario-'));

  /** @param stack which deployment it is about. @default single-node */
  constructor(readonly stack = 'single-node') {}

  async run(...words: string[]): Promise<Said> {
    const { exitCode, all } = await execa(process.execPath, ['--import', 'tsx', join(PROJECT, 'lab/cli.ts'), '--name', this.name, ...words], { cwd: PROJECT, all: true, reject: false, stdin: 'ignore' });
    return { code: exitCode ?? 1, text: all, lastLine: all.trim().split('\n').at(-1) ?? '' };
  }

  deploy(application: string, ...words: string[]): Promise<Said> {
    return this.run('deploy', this.stack, '-c', `application=${application}`, ...words);
  }

  /** What there is, as `status --json` tells it; not by the command line, which scenarios would wait for a hundred times. */
  inventory(): Promise<Inventory> {
    return inventory(existingLab(this.name));
  }

  /** Output of a command in a machine; without a word for one, in the one that single-node has. */
  async inMachine(command: string, machine = 'single-node'): Promise<string> {
    return (await this.run('shell', machine, 'sh', '-c', command)).text;
  }

  /** Digest of the release that a deploy of an application will build. */
  digestOf(application: string, props: Partial<DeploymentProps> = {}): string {
    const { releaseSettings, releaseCommand, architecture } = deploymentFrom(this.stack, { application, ...props });
    return buildRelease({ application, architecture, settings: releaseSettings, ...(releaseCommand !== undefined && { releaseCommand }), onProgress: () => {} }).digest;
  }

  /** Value of a parameter of Parameter Store. */
  async parameter(Name: string): Promise<string> {
    const { Parameter } = await this.call('ssm', 'AmazonSSM.GetParameter', { Name, WithDecryption: true });
    return Parameter.Value as string;
  }

  async putParameter(Name: string, Value: string, Type = 'String'): Promise<void> {
    await this.call('ssm', 'AmazonSSM.PutParameter', { Name, Value, Type, Overwrite: true });
  }

  /** Calls the region as a deployer's own tools would. */
  async call(service: string, target: string, input: object): Promise<Record<string, any>> {
    const answer = await this.ask(service, '/', { method: 'POST', body: JSON.stringify(input), headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target } });
    return await answer.json() as Record<string, any>;
  }

  /** Asks S3, by `/bucket/key`. */
  s3(path: string, method = 'GET', body?: ArrayBuffer): Promise<Response> {
    return this.ask('s3', path, { method, ...(body && { body }) });
  }

  private async ask(service: string, path: string, { headers, ...request }: RequestInit & { headers?: Record<string, string> }): Promise<Response> {
    const authorization = `AWS4-HMAC-SHA256 Credential=lab/20000101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    const answer = await fetch(new URL(path, existingLab(this.name).endpoint), { ...request, headers: { ...headers, authorization } });
    if (!answer.ok) throw new Error(`${service} ${path}: must be answered well, got ${answer.status} ${await answer.text()}`);
    return answer;
  }

  /** A copy of an example with some of its files written anew. */
  application(name: string, example: string, files: Readonly<Record<string, string>>): string {
    const folder = join(this.scratch, name);
    cpSync(join(PROJECT, 'examples', example), folder, { recursive: true });
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    return folder;
  }

  async down(): Promise<Said> {
    rmSync(this.scratch, { recursive: true, force: true });
    return this.run('down');
  }
}

/** Asks until the answer is as it must be, or time is up. */
export async function eventually<T>(seconds: number, ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  for (const end = Date.now() + seconds * 1000; ; ) {
    const answer = await ask().catch((error: Error) => error);
    if (!(answer instanceof Error) && holds(answer)) return answer;
    if (Date.now() > end) throw answer instanceof Error ? answer : new Error(`not within ${seconds} s; the last answer was ${JSON.stringify(answer)}`);
    await new Promise((done) => setTimeout(done, 250));
  }
}
