/** The root that the lab's machines boot: a Debian of debootstrap(8), built once and kept. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cwd } from 'node:process';

const cache = join(cwd(), 'node_modules/.cache/lab');
const suite = 'bookworm';
const packages = [
  ...['systemd', 'systemd-sysv', 'dbus', 'openssh-server', 'sudo'],
  ...['nginx-light', 'ca-certificates', 'libstdc++6', 'libfaketime'],
  ...['iproute2', 'iptables', 'procps', 'net-tools'],
];
/** What only costs time at every boot. */
const unwanted = [
  ...['apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer', 'e2scrub_all.timer'],
  ...['e2scrub_reap.service', 'console-getty.service', 'systemd-timesyncd.service', 'nginx.service'],
];

/** The folder of the root; builds it where it is not there. Needs root, debootstrap and Debian's archive. */
export function ensureRoot(say: (line: string) => void): string {
  const recipe = JSON.stringify([suite, packages, unwanted]);
  const folder = join(cache, createHash('sha256').update(recipe).digest('hex').slice(0, 12));
  const stamp = join(folder, 'built');
  const root = join(folder, 'root');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === recipe) return root;
  say(`building a Debian root in ${root} (once)`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const built = join(folder, 'building');
  const options = ['--variant=minbase', `--include=${packages.join(',')}`];
  execFileSync('debootstrap', [...options, suite, built], { stdio: ['ignore', 'ignore', 'inherit'] });
  // wants of services: removed by hand, since systemctl --root asks more of the machine than a folder
  const wants = unwanted.map((unit) => `-name ${unit}`).join(' -o ');
  execFileSync('sh', ['-c', `find "$0/etc/systemd/system" -type l \\( ${wants} \\) -delete`, built]);
  execFileSync('sh', [
    '-c',
    'rm -rf "$0/etc/nginx/sites-enabled/default" "$0"/var/cache/apt/archives/*.deb',
    built,
  ]);
  writeFileSync(join(built, 'etc/machine-id'), '');
  renameSync(built, root);
  writeFileSync(stamp, recipe);
  return root;
}
