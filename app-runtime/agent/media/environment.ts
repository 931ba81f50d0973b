import { mediaCredentials } from '../../media.js';
import { generatedOnce } from '../machine/generated.js';
import { places } from '../machine/places.js';

/** What lets the SDKs of AWS, of whatever language, find the region and credentials for the application's files. */
export async function mediaEnvironment(region: string): Promise<Readonly<Record<string, string>>> {
  const { host, port, path } = mediaCredentials;
  return {
    // boto3 knows the one, most others the other.
    AWS_REGION: region, AWS_DEFAULT_REGION: region,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${host}:${port}${path}`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: await mediaToken(),
    // Where the agent is away for a moment an SDK must not go looking for the machine's own credentials, which are kept from it.
    AWS_EC2_METADATA_DISABLED: 'true',
    // botocore brings authorities of its own; whom a machine trusts is for the machine to say.
    AWS_CA_BUNDLE: '/etc/ssl/certs/ca-certificates.crt',
  };
}

/** Lasts until the power goes, as the environment of a running application does. */
export function mediaToken(): Promise<string> {
  return generatedOnce(places.mediaToken);
}
