/**
 * npm run conformance [-- gateway …] [--example flask] [--proxy nginx] [--topology single-node] [--switches 20]: whether each
 * gateway keeps what the contract promises, on real machines, one lab after another. What comes of it is docs/gateways.md.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { names } from '../../app-runtime/gateways.js';
import { refuse, Refusal } from '../../app-runtime/refusal.js';
import { PROXIES, type ProxyName } from '../../app-runtime/settings.js';
import { PROJECT } from '../lab.js';
import { refuseComputer } from '../setup.js';
import { conform } from './conform.js';
import { record } from './table.js';
import { exampleOf, type Place, type Topology } from './place.js';

const TOPOLOGIES: readonly Topology[] = ['single-node', 'split-tier'];

const command = new Command('npm run conformance --').argument('[gateway...]', 'which of them; without a word all')
  .option('--example <folder>', 'what they serve, of examples/; without it each its own').option('--proxy <proxy>', 'what stands in front', 'nginx')
  .option('--topology <topology>', 'where they stand', 'single-node').option('--switches <n>', 'releases that take over under load', '20');

interface Words { readonly example?: string; readonly proxy: ProxyName; readonly topology: Topology; readonly switches: string }

async function main(): Promise<void> {
  command.parse();
  const { example, proxy, topology, switches } = command.opts<Words>();
  const wanted = command.args.length > 0 ? command.args : names;
  refuseWords(wanted, command.opts<Words>());
  await refuseComputer();
  // Dozens of deploys of one template: CloudFormation's validator would take most of the processor's time.
  process.env['CDK_VALIDATION'] ??= 'false';
  const [passed, failed] = [[], []] as [string[], string[]];
  for (const gateway of wanted) {
    const place: Place = { gateway, proxy, topology, ...(example !== undefined && example !== exampleOf(gateway) && { example }) };
    console.log(`${gateway} behind ${proxy} on ${topology}`);
    const outcomes = await conform(place, { switches: Number(switches) }, ({ title, kept, note = '' }, journals) => {
      (kept ? passed : failed).push(title);
      console.log(`  ${kept ? '✔' : '✘'} ${title}${note && `: ${note}`}`);
      if (journals !== undefined) console.log(`    what the machines said: ${journals}`);
    });
    record({ ...place, switches: Number(switches), outcomes });
  }
  console.log(`${passed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

function refuseWords(wanted: readonly string[], { example, proxy, topology, switches }: Words): void {
  for (const name of wanted) refuseOther('gateway', name, names);
  if (example !== undefined) refuseOther('--example', example, readdirSync(join(PROJECT, 'examples')));
  if (example !== undefined && command.args.length === 0) refuse('conformance', '--example must come with the gateways that are to serve it', 'none', 'name them, as in `npm run conformance -- gunicorn --example django`');
  refuseOther('--proxy', proxy, PROXIES);
  refuseOther('--topology', topology, TOPOLOGIES);
  if (topology === 'split-tier' && proxy !== 'nginx') refuse('conformance', '--proxy must be nginx on split-tier, whose balancers are nginx', proxy, 'leave --proxy or --topology out');
  if (!/^[1-9]\d?$/.test(switches)) refuse('conformance', '--switches must be a whole number from 1 to 99', switches, 'correct it');
}

function refuseOther(what: string, word: string, known: readonly string[]): void {
  if (!known.includes(word)) refuse('conformance', `${what} must be one of ${known.join(', ')}`, word, 'correct it');
}

await main().catch((error: Error) => {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
});
