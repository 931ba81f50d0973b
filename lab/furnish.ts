import { appendFileSync, copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { certificatePaths } from './certificate.js';
import { type Instance, nthAddress, type Subnet } from './cloud.js';
import { isDatabase } from './database.js';
import type { Lab } from './lab.js';

/** Files that stand for EC2's hardware inside a machine. */
const HARDWARE = join(import.meta.dirname, 'hardware');

/** What makes a machine the host of a database. */
const DATABASE = join(import.meta.dirname, 'database');

/** Makes the folder of a new machine, with what stands for EC2's hardware: a network card with its address, where metadata is, and whom to trust as AWS. */
export function furnish(lab: Lab, directory: string, instance: Instance, subnet: Subnet, image: string): void {
  rmSync(directory, { recursive: true, force: true });
  const upper = join(directory, 'upper');
  for (const folder of ['work', 'root']) mkdirSync(join(directory, folder), { recursive: true });
  const put = (path: string, content: string) => {
    mkdirSync(dirname(join(upper, path)), { recursive: true });
    writeFileSync(join(upper, path), content);
  };
  const { authority } = certificatePaths(lab);
  put('etc/systemd/network/10-host0.network', ['[Match]', 'Name=host0', '[Link]', `MACAddress=${instance.mac}`, '[Network]',
    `Address=${instance.privateIp}/${subnet.cidr.split('/')[1]}`, `Gateway=${nthAddress(subnet.cidr, 1)}`, `DNS=${subnet.resolver}`,
    'Domains=ec2.internal', 'LinkLocalAddressing=no', 'LLMNR=no', ''].join('\n'));
  put('etc/cloud/cloud.cfg.d/90_hardware.cfg', readFileSync(join(HARDWARE, 'cloud.cfg'), 'utf8'));
  put('usr/lib/python3/dist-packages/DataSourceHardware.py', readFileSync(join(HARDWARE, 'DataSourceHardware.py'), 'utf8'));
  put('usr/local/share/ca-certificates/lab.crt', readFileSync(authority, 'utf8'));
  if (isDatabase(instance)) {
    put('usr/local/sbin/play_rds.py', readFileSync(join(DATABASE, 'play_rds.py'), 'utf8'));
    put('etc/systemd/system/rds.service', readFileSync(join(DATABASE, 'rds.service'), 'utf8'));
    mkdirSync(join(upper, 'etc/systemd/system/multi-user.target.wants'));
    symlinkSync('../rds.service', join(upper, 'etc/systemd/system/multi-user.target.wants/rds.service'));
  }
  mkdirSync(join(upper, 'etc/ssl/certs'), { recursive: true });
  copyFileSync(join(image, 'etc/ssl/certs/ca-certificates.crt'), join(upper, 'etc/ssl/certs/ca-certificates.crt'));
  appendFileSync(join(upper, 'etc/ssl/certs/ca-certificates.crt'), readFileSync(authority, 'utf8'));
}
