import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Clients } from '../bin/rollback.js';
import { inLab } from '../bin/why.js';
import { ACCESS, type Lab, REGION } from './lab.js';

/** AWS's own clients, with the lab in AWS's place. */
export function clientsOf(lab: Lab): Clients {
  // They warn of their own future on each run, in the middle of what a machine says.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const client = { endpoint: lab.endpoint, region: REGION, credentials: ACCESS };
  return { cloudFormation: new CloudFormationClient(client), ssm: new SSMClient(client), wholeLog: inLab(lab.name) };
}
