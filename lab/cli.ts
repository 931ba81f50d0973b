import { Command } from 'commander';
import type { RollbackOptions } from '../bin/rollback.js';
import { deploy } from './deploy.js';
import { down } from './down.js';
import { heal, outage, partition } from './faults.js';
import { existingLab } from './lab.js';
import { inventory } from './inventory.js';
import { kill } from './kill.js';
import { logs } from './logs.js';
import { pause } from './pause.js';
import { reset } from './reset.js';
import { scale } from './scale.js';
import { refuseComputer } from './setup.js';
import { shell } from './shell.js';
import { slow } from './slow.js';
import { spotNotice } from './spot-notice.js';
import { statusText } from './status.js';
import { up } from './up.js';

// A root shell that was not a login shell may lack these, and what the lab needs is there.
process.env['PATH'] = `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`;

const program = new Command('npm run lab --')
  .description('An AWS region on this computer: the API from an emulator, machines that boot Debian.')
  .option('--name <lab>', 'which lab', 'default')
  .enablePositionalOptions();

const name = () => program.opts<{ name: string }>().name;
const exit = async (code: Promise<number> | number) => { process.exitCode = await code; };

program.command('up').description('bring it up, or mend what is missing').action(async () => { await up(name()); });

program.command('deploy').description('deploy a stack into it with the real cdk').argument('[stack]', 'which deployment', 'single-node')
  .option('-c, --context <key=value>', 'context for the app, as cdk takes it; may be repeated', (pair: string, before: string[]) => [...before, pair], [])
  .action(async (stack: string, { context }: { context: string[] }) => exit(deploy(await up(name()), stack, context)));

program.command('status').description('say what there is in it').option('--json', 'for a program to read')
  .action(async ({ json }: { json?: true }) => {
    const found = await inventory(existingLab(name()));
    console.log(json ? JSON.stringify(found, null, 2) : statusText(found));
  });

program.command('logs').description("print a machine's journal").argument('<machine>').option('-f, --follow', 'go on as it grows')
  .action(async (machine: string, { follow = false }: { follow?: boolean }) => exit(logs(existingLab(name()), machine, follow)));

program.command('shell').description('a login shell in a machine').argument('<machine>').argument('[command...]', 'one command instead').passThroughOptions()
  .action(async (machine: string, command: string[]) => exit(shell(existingLab(name()), machine, command)));

program.command('kill').description("cut a machine's power").argument('<machine>')
  .action(async (machine: string) => console.log(`cut the power of ${await kill(existingLab(name()), machine)}`));

program.command('reset').description('press its reset button: the same machine boots again').argument('<machine>')
  .action(async (machine: string) => console.log(`reset ${await reset(existingLab(name()), machine)}`));

program.command('scale').description('ask a group for a size').argument('<group>', 'its role, logical id or name').argument('<n>')
  .action(async (group: string, size: string) => console.log(`asked ${await scale(existingLab(name()), group, size)} for ${size}`));

program.command('spot-notice').description('tell a machine that EC2 takes it back in two minutes').argument('<machine>')
  .action(async (machine: string) => {
    const { id, ends } = await spotNotice(existingLab(name()), machine);
    console.log(`${id} is taken back at ${ends}`);
  });

program.command('pause').description('let a machine hang: it takes connections and answers none').argument('<machine>')
  .action(async (machine: string) => console.log(`${await pause(existingLab(name()), machine, true)} hangs`));

program.command('resume').description('let a machine that hangs go on').argument('<machine>')
  .action(async (machine: string) => console.log(`${await pause(existingLab(name()), machine, false)} goes on`));

program.command('slow').description('make the way to a machine longer').argument('<machine>').argument('<ms>', 'milliseconds; 0 ends it')
  .action(async (machine: string, milliseconds: string) => console.log(`the way to ${await slow(existingLab(name()), machine, milliseconds)} takes ${milliseconds} ms more`));

program.command('partition').description('cut a zone off from all that is outside of it').argument('<zone>').option('--heal', 'end it')
  .action(async (zone: string, options: { heal?: true }) => {
    const lab = existingLab(name());
    if (!options.heal) await partition(lab, zone);
    console.log(!options.heal ? `${zone} is cut off` : await heal(lab, zone) ? `${zone} is reachable again` : `${zone} was not cut off`);
  });

program.command('outage').description('keep machines from the AWS API for some time').argument('<seconds>', '0 ends it')
  .action(async (seconds: string) => {
    await outage(existingLab(name()), seconds);
    console.log(seconds === '0' ? 'machines reach the API' : `machines do not reach the API for ${seconds} s`);
  });

program.command('rollback').description('put back a release that the machine keeps').argument('[deployment]', '', 'single-node')
  .option('--to <digest>', 'digest of a release, or its start; without it, the release that served before')
  .option('--accept-incompatible-migrations', 'although that release cannot live with the migrations made since')
  .action(async (deployment: string, options: RollbackOptions) => exit((await import('./rollback.js')).rollback(existingLab(name()), deployment, options)));

program.command('why').description("print a machine's last words, even when it is gone").argument('[deployment]', '', 'single-node')
  .action(async (deployment: string) => console.log(await (await import('./why.js')).why(existingLab(name()), deployment)));

program.command('down').description('take it down and leave nothing behind')
  .action(async () => {
    refuseComputer();
    console.log(await down(name()) ? `lab ${name()} is down` : `there is no lab ${name()}`);
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error((error as Error).message.split('\n')[0]);
  process.exitCode = 1;
}
