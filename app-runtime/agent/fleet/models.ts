import { gunzipSync, gzipSync } from 'node:zlib';
import { parseTables, type Tables } from '../../frameworks/django/inspection.js';
import { unpackKept } from '../../kept-releases.js';
import { type Aws, AwsError } from '../aws/aws.js';
import { log } from '../machine/log.js';

/** Characters that a standard parameter takes. Source: the quotas of Parameter Store. */
const PARAMETER = 4096;

/** What the models of each release need of the database, kept where the server that runs the next release's migrations finds it. */
export class FleetModels {
  /** @param keptParameter names the releases that serve, newest first */
  constructor(private readonly aws: Pick<Aws, 'ssm'>, private readonly parameterOf: (digest: string) => string, private readonly keptParameter: string) {}

  /** The release that serves while another one is made ready; undefined before the first. */
  async live(next: string): Promise<string | undefined> {
    const kept = await this.read(this.keptParameter);
    return kept === undefined ? undefined : unpackKept(kept).releases.find(({ digest }) => digest !== next)?.digest;
  }

  /** What a release's models need; undefined where that was too much for a parameter, or was never kept. */
  async of(digest: string): Promise<Tables | undefined> {
    const packed = await this.read(this.parameterOf(digest));
    return packed === undefined ? undefined : parseTables(JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString('utf8')));
  }

  /** Without it the next release's migrations are judged as if this one used everything that the database has. */
  async keep(digest: string, models: Tables): Promise<void> {
    const Value = gzipSync(JSON.stringify(models)).toString('base64');
    if (Value.length > PARAMETER) return log('models were too large to keep', { release: digest, characters: Value.length });
    await this.aws.ssm('PutParameter', { Name: this.parameterOf(digest), Value, Type: 'String', Overwrite: true })
      .catch((error: Error) => log('could not keep models', { error: error.message }));
  }

  private async read(Name: string): Promise<string | undefined> {
    try {
      return (await this.aws.ssm('GetParameter', { Name })).Parameter.Value as string;
    } catch (error) {
      if (error instanceof AwsError && error.code === 'ParameterNotFound') return undefined;
      throw error;
    }
  }
}
