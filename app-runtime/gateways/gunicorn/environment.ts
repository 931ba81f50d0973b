import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must, run } from '../../agent/machine/command.js';

/** Makes a release's unpacked dependencies a virtual environment of this machine's Python, compiled because the application may not write there. */
export async function makeEnvironment(directory: string): Promise<void> {
  const venv = join(directory, 'venv');
  const found = (await must(['/usr/bin/python3', '-c', 'import sys; print("%d.%d" % sys.version_info[:2])'])).trim();
  if (!existsSync(join(venv, `lib/python${found}`))) throw new Error(`release: its packages must be for this machine's Python, got none for ${found}; deploy a machine of the release's Debian`);
  await mkdir(join(venv, 'bin'), { recursive: true });
  await writeFile(join(venv, 'pyvenv.cfg'), `home = /usr/bin\ninclude-system-site-packages = false\nversion = ${found}\n`);
  for (const name of ['python', 'python3']) await symlink('/usr/bin/python3', join(venv, 'bin', name));
  // As root, and so without the release's site-packages, whose .pth files would run. A file that does not compile is the application's to find out.
  await run(['/usr/bin/python3', '-I', '-S', '-m', 'compileall', '-q', '-j', '0', directory]);
}
