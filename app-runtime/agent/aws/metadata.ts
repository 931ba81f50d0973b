import { ask } from './http.js';
import { retry } from './retry.js';

/** Credentials of the instance role, as the metadata service hands them out. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** EC2's instance metadata service, version 2. */
export class Metadata {
  private token: { value: string; until: number } | undefined;

  /** Reads one entry below `/latest/`. */
  async read(path: string): Promise<string> {
    return retry(60, async () => {
      const { status, body } = await this.get('GET', path, { 'x-aws-ec2-metadata-token': await this.session() });
      if (status === 401) this.token = undefined;
      if (status !== 200) throw new Error(`metadata service: ${path} must be answered with 200, got ${status}`);
      return body;
    });
  }

  /**
   * Reads an entry that may not be there, once.
   * @returns undefined where there is none
   * @throws Error when the service does not say whether there is one
   */
  async look(path: string): Promise<string | undefined> {
    const { status, body } = await this.get('GET', path, { 'x-aws-ec2-metadata-token': await this.session() });
    if (status === 404) return undefined;
    if (status === 401) this.token = undefined;
    if (status !== 200) throw new Error(`metadata service: ${path} must be answered with 200 or 404, got ${status}`);
    return body;
  }

  async instanceId(): Promise<string> {
    return this.read('meta-data/instance-id');
  }

  /** The domain of this partition's services, as in `amazonaws.com`. */
  async domain(): Promise<string> {
    return this.read('meta-data/services/domain');
  }

  async credentials(): Promise<Credentials> {
    const role = (await this.read('meta-data/iam/security-credentials/')).trim();
    const keys = JSON.parse(await this.read(`meta-data/iam/security-credentials/${role}`)) as Record<string, string>;
    return { accessKeyId: keys.AccessKeyId!, secretAccessKey: keys.SecretAccessKey!, sessionToken: keys.Token!, expires: Date.parse(keys.Expiration!) };
  }

  private async session(): Promise<string> {
    if (!this.token || this.token.until < Date.now()) {
      const { status, body } = await this.get('PUT', 'api/token', { 'x-aws-ec2-metadata-token-ttl-seconds': '3600' });
      if (status !== 200) throw new Error(`metadata service: a token must be answered with 200, got ${status}`);
      this.token = { value: body, until: Date.now() + 3_500_000 };
    }
    return this.token.value;
  }

  private get(method: string, path: string, headers: Record<string, string>) {
    return ask({ method, host: '169.254.169.254', path: `/latest/${path}`, headers });
  }
}
