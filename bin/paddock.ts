/**
 * The settings page: which deployments exist, how big they are, what they serve. It is the one file to edit.
 * Each setting can be overruled for one run: npx cdk deploy single-node -c application=examples/flask
 */
import { App } from 'aws-cdk-lib';
import * as paddock from '../lib/index.js';

paddock.refusalsInOneLine();
const app = new App();

const settings = paddock.overruled(app, {
  application: 'examples/django', // folder of the application
  gateway: '',                    // what serves it, as in 'gunicorn'; '': what its folder says
  proxy: paddock.Proxy.nginx(),   // what speaks HTTP in front of it: .nginx() or .apache()
  domains: [] as string[],        // host names it answers; none: its own address alone
  instanceType: 't3.small',       // 2 cores, 2 GiB; t4g.small is the same on Graviton, for a fifth less
  requestBudget: 30,              // seconds that a request may take
  maxBodyMiB: 10,                 // largest upload
  dataVolumeGiB: 8,               // databases and uploads; grows, never shrinks
  readinessPath: '/',             // answers 2xx when the application can serve
  startTime: 60,                  // seconds that the application may take to become ready
  bakeTime: 30,                   // seconds that a new release is watched before the deploy ends
  releaseCommand: '',             // runs once for a release, before it serves; '': the Procfile's release line
  database: paddock.Database.none(), // what servers share, in DATABASE_URL: .none() or .postgres({…})
  media: paddock.Media.none(),    // files that visitors upload: .none() or .bucket({…}), which MEDIA_BUCKET names
  watchSecrets: false,            // takes up a rotated secret by itself, within a minute
  acceptIncompatibleMigrations: false, // for one run, by -c: lets through migrations that what serves cannot live with
  // What split-tier has besides:
  balancer: paddock.Balancer.nginx(), // what stands in front: .nginx({…}) or .alb({…})
  minServers: 2,                  // fewest app servers, and most
  maxServers: 6,
  warmServers: 0,                 // stopped servers that are kept ready to grow by
  spotShare: 0,                   // percent of spot servers among those above minServers
  update: paddock.Update.instanceRefresh(), // how a deploy replaces servers: .instanceRefresh() or .rollingUpdate()
  egress: paddock.Egress.natGateway(), // how servers reach AWS and the world: .natGateway(), .natInstance(), .ipv6() or .none()
  certificate: '',                // ARN of an ACM certificate of the domains; '': HTTP alone
  deletionProtection: true,       // AWS refuses to delete the load balancer until this is false
  environment: {                  // plain values; a changed one is a release like any other
    // GREETING: 'hello',
  },
  secrets: {                      // where their values lie; the machine fetches them
    // API_KEY: paddock.Secret.parameter('/shop/api-key'),
    // STRIPE_KEY: paddock.Secret.secretsManager('shop/stripe', 'key'),
  },
});

const env = { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION };

new paddock.SingleNodeStack(app, 'single-node', { ...settings, env });
new paddock.SplitTierStack(app, 'split-tier', { ...settings, env });
