import type { Application } from './application.js';
import { judgeCaches } from './caches.js';
import { judgeClocks } from './clocks.js';
import { judgeDatabases } from './databases.js';
import { judgeFiles } from './files.js';
import { type Finding, inOrder } from '../../../gateway/finding.js';
import { judgeHosts } from './hosts.js';
import { judgeSecretKey } from './secret-key.js';

/** All that would not hold on more than one server, each line once. */
export function judge(application: Application): Finding[] {
  const found = [judgeDatabases, judgeFiles, judgeCaches, judgeClocks, judgeHosts, judgeSecretKey].flatMap((each) => each(application));
  return inOrder(found.filter((one, index) => found.findIndex(({ kind, file, line }) => kind === one.kind && file === one.file && line === one.line) === index));
}
