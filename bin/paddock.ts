/**
 * The settings page: which deployments exist, how big they are, what they serve. It is the one file to edit.
 * Each setting can be overruled for one run: npx cdk deploy single-node -c application=examples/flask
 */
import { App } from 'aws-cdk-lib';
import { overruled, refusalsInOneLine, SingleNodeStack } from '../lib/index.js';

refusalsInOneLine();
const app = new App();

const settings = overruled(app, {
  application: 'examples/django', // folder of the application
  domains: [] as string[],        // host names it answers; none: the Elastic IP alone
  instanceType: 't3.small',       // 2 cores, 2 GiB; t4g.small is the same on Graviton, for a fifth less
  requestBudget: 30,              // seconds that a request may take
  maxBodyMiB: 10,                 // largest upload
  dataVolumeGiB: 8,               // databases and uploads; grows, never shrinks
  readinessPath: '/',             // answers 2xx when the application can serve
});

new SingleNodeStack(app, 'single-node', {
  ...settings,
  environment: {},                // plain values only: they are readable in the template
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});
