import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { PROJECT } from '../../lab/lab.js';

const lab = (args: string[], before: string[] = []) => {
  const [command, ...rest] = [...before, process.execPath, '--import', import.meta.resolve('tsx'), 'lab/cli.ts', ...args];
  return execa(command!, rest, { cwd: PROJECT, reject: false });
};

describe('npm run lab', () => {
  test('without root it says so in one line with the way out', async () => {
    const { exitCode, stderr, stdout } = await lab(['up'], ['setpriv', '--reuid=65534', '--clear-groups']);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^lab: machines need root, got user id 65534; run it with sudo, or deploy to AWS.*$/);
  });

  test('a lab that is not up is one line that says how to bring it up', async () => {
    const { exitCode, stderr } = await lab(['--name', 'nowhere', 'kill', 'single-node']);
    expect([exitCode, stderr]).toEqual([1, 'lab: nowhere must be up, got no such lab; run: npm run lab -- --name nowhere up']);
  });

  test('a bad name is refused before anything is made', async () => {
    const { exitCode, stderr } = await lab(['--name', '../up', 'up']);
    expect([exitCode, stderr]).toEqual([1, 'lab: the name must be lower case letters, digits and dashes, got ../up; choose another with --name']);
  });

  test('taking down a lab that is not there is no fault', async () => {
    const { exitCode, stdout } = await lab(['--name', 'nowhere', 'down']);
    expect([exitCode, stdout]).toEqual([0, 'there is no lab nowhere']);
  });
});
