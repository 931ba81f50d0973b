import { Api } from '../api.js';
import { existingLab } from '../lab.js';
import type { InventoryItem } from '../inventory.js';
import { type Difference, fleetSite, READINESS } from './fleet-site.js';
import { type Asked, askOnce, type Load, type Place } from './load.js';
import { eventually, type Said, Stage } from './stage.js';
import { Store } from './store.js';
import { serversSeen } from './troubles.js';
import { verdict, type Verdict } from './verdict.js';

const SETTINGS = [...READINESS, '-c', 'startTime=20', '-c', 'minServers=2', '-c', 'maxServers=6', '-c', 'deletionProtection=false'];
const GROUP = 'split-tier-app-servers';

/** A split-tier deployment of the fleet's application, in a lab of its own. */
export class AFleet {
  readonly stage = new Stage('split-tier');
  /** What its servers share. */
  store!: Store;
  /** The release that serves. */
  serves = 'v1';
  private readonly told: string[] = [];

  /** @param settings words for the deploy, as in `-c spotShare=50` */
  constructor(readonly balancer: 'nginx' | 'alb', private readonly settings: readonly string[] = []) {}

  async up(): Promise<void> {
    await this.stage.run('up');
    this.store = await Store.open(existingLab(this.stage.name).host);
  }

  /** A figure of what was rehearsed; all of them are printed at the end. */
  tell(what: string, figures: string): void {
    this.told.push(`${this.balancer}: ${what}: ${figures}`);
  }

  async down(): Promise<void> {
    console.log(this.told.join('\n'));
    await this.store?.close();
    await this.stage.down();
  }

  /** @param bakeTime seconds; 0 watches nothing, and so does not wait for as long as alarms need to tell anything */
  deploy(version: string, difference: Difference = {}, bakeTime = 0, ...settings: string[]): Promise<Said> {
    const application = this.stage.application(version, 'wsgi', fleetSite(version, this.store.place, difference));
    return this.stage.deploy(application, '-c', `balancer=${this.balancer}`, '-c', `bakeTime=${bakeTime}`, ...SETTINGS, ...this.settings, ...settings);
  }

  /** Deploys the first release, of a size that only the scenario changes, and waits until it answers. */
  async begin(): Promise<Place> {
    const { code, text } = await this.deploy(this.serves);
    if (code !== 0) throw new Error(text);
    const place = await this.place();
    await this.keepSize();
    await eventually(20, () => askOnce(place, '/'), ({ release }) => release === this.serves);
    return place;
  }

  /** Where it answers by plain HTTP. */
  async place(): Promise<Place> {
    const { loadBalancers } = await this.stage.inventory();
    return { address: loadBalancers[0]!.address, port: 80 };
  }

  /** Lets only the scenario say how many servers there are: who is idle would shrink by itself. */
  async keepSize(): Promise<void> {
    await this.api.query('autoscaling', 'SuspendProcesses', { 'AutoScalingGroupName': GROUP, 'ScalingProcesses.member.1': 'AlarmNotification' });
  }

  /** Changes the fewest and the most servers by the clock, in so many seconds. */
  async schedule(seconds: number, MinSize: number, MaxSize: number): Promise<void> {
    const StartTime = new Date(Date.now() + seconds * 1000).toISOString();
    await this.api.query('autoscaling', 'PutScheduledUpdateGroupAction', { AutoScalingGroupName: GROUP, ScheduledActionName: 'rush-hour', StartTime, MinSize: String(MinSize), MaxSize: String(MaxSize) });
  }

  private get api(): Api {
    return new Api({ url: existingLab(this.stage.name).endpoint });
  }

  async machines(role: string): Promise<InventoryItem[]> {
    return (await this.stage.inventory()).machines.filter((machine) => machine.role === role);
  }

  async inService(): Promise<InventoryItem[]> {
    return (await this.machines('app-server')).filter(({ lifecycle }) => lifecycle === 'InService');
  }

  /** Takes the agent out of its bucket, so that no machine that is launched meanwhile can fetch it, for as long as the work takes. */
  async withoutAgent<T>(work: () => Promise<T>): Promise<T> {
    const { stage } = this;
    const [, bucket] = /<Name>(cdk-[^<]+)<\/Name>/.exec(await (await stage.s3('/')).text())!;
    // Debian's packages lie in a tar as well, of many more bytes.
    const [, key] = /<Key>(paddock\/[^<]+\.tar)<\/Key>(?:(?!<Key>)[^])*<Size>\d{1,6}<\/Size>/.exec(await (await stage.s3(`/${bucket}?list-type=2&prefix=paddock/`)).text())!;
    const agent = await (await stage.s3(`/${bucket}/${key}`)).arrayBuffer();
    await stage.s3(`/${bucket}/${key}`, 'DELETE');
    try {
      return await work();
    } finally {
      await stage.s3(`/${bucket}/${key}`, 'PUT', agent);
    }
  }

  async scale(count: number): Promise<void> {
    const { code, text } = await this.stage.run('scale', 'app-server', String(count));
    if (code !== 0) throw new Error(text);
  }

  /** Waits until there are so many servers, all of them in service. */
  async size(count: number, seconds = 120): Promise<void> {
    await eventually(seconds, () => this.machines('app-server'), (all) => all.length === count && all.every(({ lifecycle }) => lifecycle === 'InService'));
  }

  /** Looks again and again how many are in service, until it is asked for the fewest there were. */
  fewest(): () => Promise<number> {
    let [least, going] = [Infinity, true];
    const looking = (async () => {
      for (; going; await new Promise((done) => setTimeout(done, 1_000))) least = Math.min(least, (await this.inService().catch(() => Array(99))).length);
    })();
    return async () => {
      going = false;
      await looking;
      return least;
    };
  }

  /** Waits until what a test before broke is whole again. */
  async settled(): Promise<void> {
    await this.size(2, 240);
    const whole = ({ lifecycle, health }: InventoryItem) => lifecycle === 'InService' && Object.values(health).every((state) => state === 'healthy');
    await eventually(240, () => this.machines('balancer'), (all) => all.length === (this.balancer === 'nginx' ? 2 : 0) && all.every(whole));
  }

  /** Waits until so many servers have answered a load since a moment. */
  async answering(load: Load, count: number, since: number): Promise<void> {
    await eventually(60, async () => Object.keys(serversSeen(load.asked.filter(({ began }) => began >= since))), (servers) => servers.length === count);
  }

  /** Waits until a release answers alone. */
  async answeredBy(load: Load, version: string): Promise<void> {
    const since = Date.now();
    await eventually(60, async () => load.asked.filter(({ began }) => began > since), (asked) => asked.length > 100 && asked.slice(-100).every(({ release }) => release === version));
  }

  /**
   * Ends a load, and judges it with what was stored. What was deployed last is what serves from now on.
   * @param deployed releases that were deployed meanwhile, and when; without an end, until now
   */
  async judged(load: Load, deployed: readonly { readonly to: string; readonly began: number; readonly ended?: number }[] = []): Promise<Verdict & { readonly asked: readonly Asked[] }> {
    const asked = await load.end();
    const switches = deployed.map(({ to, began, ended = Date.now() }) => ({ to, asked: began, began, ended }));
    const first = this.serves;
    this.serves = switches.at(-1)?.to ?? first;
    return { asked, ...verdict(asked, first, switches, this.store.stored(load.mark)) };
  }
}
