import type { Check } from './plan.js';

/** systemd's judgement of units, each with the sockets and drop-ins that lie beside it. */
export function verify(...units: readonly string[]): Check {
  return {
    judge: 'systemd',
    // The empty last part of the path stands for systemd's own folders.
    command: ['env', 'SYSTEMD_UNIT_PATH={root}/etc/systemd/system:', 'systemd-analyze', 'verify', '--man=no', ...units],
    silentStderr: true,
  };
}
