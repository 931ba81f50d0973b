/** Subject: a gateway's example in a lab of its own, deployed and asked as a person and their visitors would. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { builders } from '../../app-runtime/builders.js';
import { serviceOf } from '../../app-runtime/gateway/units.js';
import { type ReleasePointer, releaseParameterOf, signalOf } from '../../app-runtime/release-pointer.js';
import type { ProxyName } from '../../app-runtime/settings.js';
import { deploymentFrom } from '../../lib/deployment.js';
import { buildRelease, type Release } from '../../lib/release.js';
import type { InventoryItem } from '../inventory.js';
import { existingLab } from '../lab.js';
import { deadMachines, Machine } from '../machine.js';
import { Load, type Pace, placeOf } from '../scenarios/load.js';
import { eventually, Stage } from '../scenarios/stage.js';
import { asRoot } from '../shell.js';
import { BAKE, exampleOf, type Place, type Standing, STANDINGS, type Topology } from './place.js';

export class Subject {
  url = '';
  readonly gateway: string;
  readonly topology: Topology;
  readonly example: string;
  private readonly proxy: ProxyName;
  private readonly stage: Stage;
  private readonly folder: string;
  private readonly standing: Standing;
  /** Makes the release to come another one. */
  private version = 0;

  constructor({ gateway, proxy, topology, example = exampleOf(gateway) }: Place) {
    this.gateway = gateway;
    this.proxy = proxy;
    this.topology = topology;
    this.example = example;
    this.stage = new Stage(topology);
    this.standing = STANDINGS[topology];
    this.folder = this.stage.application(this.example, this.example, {});
  }

  /** Deploys the example, with files beside its own for the proxy to serve. */
  async begin(): Promise<void> {
    const directory = this.staticSource();
    for (const name of ['page.css', 'page.0123456789ab.css']) this.put(join(directory, name), 'body { margin: 0 }\n');
    await this.deploy();
  }

  /** Deploys what is in the folder. @throws Error when the deploy does not end well */
  async deploy(...words: string[]): Promise<void> {
    const { code, text, lastLine } = await this.tryDeploy(...words);
    if (code !== 0) throw new Error(`the deploy must end well, got ${text.trim().split('\n').slice(-6).join(' | ')}`);
    this.url = lastLine;
  }

  tryDeploy(...words: string[]): Promise<{ code: number; text: string; lastLine: string }> {
    return this.stage.deploy(this.folder, '-c', `gateway=${this.gateway}`, '-c', `proxy=${this.proxy}`, ...this.standing.quick, ...words);
  }

  /** Puts a file into the application, which makes another release of it. */
  put(path: string, content: string): void {
    writeFileSync(join(this.folder, this.contents, path), content);
  }

  /** Makes another release by a file that nothing reads. */
  next(): void {
    this.put('VERSION', `${++this.version}\n`);
  }

  /** Folder of the application whose content is released. */
  private get contents(): string {
    return builders.get(this.gateway)!.contents ?? '';
  }

  private build(): Release {
    const { releaseSettings: settings, architecture } = deploymentFrom(this.topology, { application: this.folder, bakeTime: BAKE });
    return buildRelease({ application: this.folder, architecture, gateway: this.gateway, settings, onProgress: () => {} });
  }

  /** The first folder of the application whose files the proxy serves, and where. */
  statics(): { url: string; directory: string } {
    const { manifest: { static: [found] } } = this.build();
    if (!found) throw new Error(`examples/${this.example} must have static files, got none; add some to the folder that its gateway looks into`);
    return { url: found.url, directory: found.directory.replace(/^app\//, '') };
  }

  /** Where a file must lie to be among those: in that folder, or where a build fills it, as Django's does, in one that it fills it from. */
  private staticSource(): string {
    const { directory } = this.statics();
    const folder = join(this.folder, this.contents);
    const sources = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => basename(path) === 'static');
    return existsSync(join(folder, directory)) ? directory : sources()[0] ?? directory;
  }

  /** Visitors who come until they are told to end. @param pace where they differ from those that always come */
  visitors(pace: Pace = {}): Load {
    return new Load(placeOf(this.url), { path: (wait) => `/work?wait=${wait}`, ...this.standing.pace, ...pace });
  }

  /** For how long they may be answered badly when what served them died, in seconds. */
  get trouble(): number {
    return this.standing.trouble;
  }

  /** The machines that run the application, and serve it. */
  async machines(): Promise<InventoryItem[]> {
    const found = (await this.stage.inventory()).machines.filter(({ role, state, lifecycle }) => role !== 'balancer' && state === 'running' && lifecycle === 'InService');
    if (found.length === 0) throw new Error('a machine must run the application, got none');
    return found;
  }

  /** One of them. */
  async machine(): Promise<InventoryItem> {
    return (await this.machines())[0]!;
  }

  /** The whole journal of a machine, once that is gone. @param seconds how long it may take to go */
  async lastJournal(id: string, seconds: number): Promise<string> {
    await eventually(seconds, () => this.stage.inventory(), ({ machines }) => !machines.some((machine) => machine.id === id));
    return (await this.stage.run('logs', id)).text;
  }

  /** Writes the journals of all machines, be they gone, into a new folder, a file for each. Returns the folder. */
  async keepJournals(): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'paddock-conformance-'));
    const running = await this.stage.inventory().then(({ machines }) => machines.map(({ id }) => id), () => []);
    for (const id of [...running, ...deadMachines(existingLab(this.stage.name))]) writeFileSync(join(folder, `${id}.log`), (await this.stage.run('logs', id)).text);
    return folder;
  }

  /** Lines of all machines' journals that hold a word: the proxy may stand on another one than the application. */
  async journal(word: string): Promise<string[]> {
    const { machines } = await this.stage.inventory();
    const texts = await Promise.all(machines.filter(({ state }) => state === 'running').map(({ id }) => this.run(id, `journalctl -o cat --since -2min | grep -F '${word}' || true`)));
    return texts.flatMap((text) => text.split('\n')).filter((line) => line.includes(word));
  }

  async inMachine(command: string): Promise<string> {
    return this.run((await this.machine()).id, command);
  }

  /** Not by the command line, which takes longer to start than a worker does. */
  private async run(id: string, command: string): Promise<string> {
    const [enter, args] = asRoot(new Machine(existingLab(this.stage.name), id), ['sh', '-c', command]);
    return (await execa(enter, args, { all: true, reject: false, stdin: 'ignore' })).all;
  }

  /** Unit of the slot that serves, and the process that systemd knows of it. */
  async serving(): Promise<{ unit: string; main: number }> {
    const units = [serviceOf('a'), serviceOf('b')].join(' ');
    const text = await this.inMachine(`for unit in ${units}; do [ "$(systemctl is-active $unit)" = active ] && echo "$unit $(systemctl show -p MainPID --value $unit)"; done; true`);
    const [, unit, main] = /^(\S+) (\d+)$/m.exec(text) ?? [];
    if (main === undefined || unit === undefined) throw new Error(`one slot must serve, got ${JSON.stringify(text)}`);
    return { unit, main: Number(main) };
  }

  /** Processes that marked that they serve. */
  async workers(): Promise<number[]> {
    const { unit } = await this.serving();
    const text = await this.inMachine(`ls /run/${unit.replace('.service', '')}`);
    return text.split(/\s+/).filter((word) => /^\d+$/.test(word)).map(Number);
  }

  /**
   * Has another release served: by a deploy, or on a machine alone by what a deploy does there, the parameter, without CloudFormation, which would take
   * most of the time of twenty.
   */
  async serveNext(): Promise<void> {
    this.next();
    if (this.topology === 'split-tier') return this.deploy();
    const { archive, digest } = this.build();
    const parameter = releaseParameterOf(this.topology);
    const before = JSON.parse(await this.stage.parameter(parameter)) as ReleasePointer;
    const key = `${digest}.tar.gz`;
    await this.stage.s3(`/${before.bucket}/${key}`, 'PUT', new Uint8Array(readFileSync(archive)).buffer);
    await this.stage.putParameter(parameter, JSON.stringify({ ...before, key, digest, signal: signalOf(digest) } satisfies ReleasePointer));
    await eventually(120, () => this.machine(), ({ release, switch: record }) => release === digest && record?.outcome === 'served');
  }

  async up(): Promise<void> {
    await this.stage.run('up');
  }

  async down(): Promise<void> {
    await this.stage.down();
  }
}
