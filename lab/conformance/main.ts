/**
 * npm run conformance [-- gateway …] [--proxy nginx] [--topology single-node] [--switches 20]: whether each gateway keeps what the contract promises, on real
 * machines, one lab after another. What comes of it is docs/gateways.md.
 */
import { Command } from 'commander';
import { names } from '../../app-runtime/gateways.js';
import { refuse, Refusal } from '../../app-runtime/refusal.js';
import { PROXIES, type ProxyName } from '../../app-runtime/settings.js';
import { refuseComputer } from '../setup.js';
import { conform } from './conform.js';
import { record } from './table.js';
import type { Topology } from './subject.js';

const TOPOLOGIES: readonly Topology[] = ['single-node', 'split-tier'];

const command = new Command('npm run conformance --').argument('[gateway...]', 'which of them; without a word all')
  
  .option('--proxy <proxy>', 'what stands in front', 'nginx').option('--topology <topology>', 'where they stand', 'single-node').option('--switches <n>', 'releases that take over under load', '20');

async function main(): Promise<void> {
  command.parse();
  const { proxy, topology, switches } = command.opts<{ proxy: ProxyName; topology: Topology; switches: string }>();
  const wanted = command.args.length > 0 ? command.args : names;
  for (const name of wanted) if (!names.includes(name)) refuse('conformance', `gateway must be one of ${names.join(', ')}`, name, 'correct it');
  if (!PROXIES.includes(proxy)) refuse('conformance', `--proxy must be one of ${PROXIES.join(', ')}`, proxy, 'correct it');
  if (topology === 'split-tier' && proxy !== 'nginx') refuse('conformance', '--proxy must be nginx on split-tier, whose balancers are nginx', proxy, 'leave --proxy or --topology out');
  if (!TOPOLOGIES.includes(topology)) refuse('conformance', `--topology must be one of ${TOPOLOGIES.join(', ')}`, topology, 'correct it');
  if (!/^[1-9]\d?$/.test(switches)) refuse('conformance', '--switches must be a whole number from 1 to 99', switches, 'correct it');
  await refuseComputer();
  const [passed, failed] = [[], []] as [string[], string[]];
  for (const gateway of wanted) {
    console.log(`${gateway} behind ${proxy} on ${topology}`);
    const outcomes = await conform({ gateway, proxy, topology }, { switches: Number(switches) }, ({ title, kept, note = '' }) => {
      (kept ? passed : failed).push(title);
      console.log(`  ${kept ? '✔' : '✘'} ${title}${note && `: ${note}`}`);
    });
    record({ gateway, proxy, topology, switches: Number(switches), outcomes });
  }
  console.log(`${passed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

await main().catch((error: Error) => {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
});
