import { Command } from 'commander';
import type { RollbackOptions } from '../bin/rollback.js';
import { deploy } from './deploy.js';
import { down } from './down.js';
import { existingLab } from './lab.js';
import { inventory } from './inventory.js';
import { kill } from './kill.js';
import { logs } from './logs.js';
import { reset } from './reset.js';
import { refuseComputer } from './setup.js';
import { shell } from './shell.js';
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
