/** A Debian that boots, with its own systemd, below a folder of debootstrap(8), and the ways in over its own sshd. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, pid as ownPid } from 'node:process';
import { type Host, plainSsh } from '../../src/config/config.ts';
import type { Source } from '../../src/vantage/source.ts';
import { openSessions, type Sessions } from '../../src/vantage/ssh/sessions.ts';
import { makeKey } from './sshd.ts';

export interface Debian {
  /** Runs a script as root in there, and gives what it printed. */
  sh(script: string): string;
  /** Makes a file there, and the folders above it. */
  write(path: string, text: string, mode?: string): void;
  /** The vantage of a login as that user. */
  source(user: string): Source;
  readonly login: Sessions['login'];
  /** The cgroup that what an engine in there makes has to be below, where the machine has cgroups of version 1. */
  readonly cgroup: string;
  /** A signal to its systemd, from outside. */
  signal(name: NodeJS.Signals): void;
  close(): Promise<void>;
}

/** What a login there can be; `bare` ones see BusyBox alone, `unbooted` one no systemd. */
export const users = ['root', 'deploy', 'reader', 'bare', 'bare-root', 'unbooted'] as const;

/** A cgroup of its own: two systemds in one would end each other's services. Nothing is written below `root`. */
const boot = `
folder=$1 root=$2 base=/sys/fs/cgroup
[ -f $base/cgroup.controllers ] || base=$base/systemd
mkdir "$base/$3"
echo $$ >"$base/$3/cgroup.procs"
mount -t tmpfs tmpfs "$folder"
mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
mkdir "$folder/upper" "$folder/work" "$folder/root"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
cd "$folder/root"
rm -f etc/systemd/system/*.wants/docker.* etc/systemd/system/*.wants/containerd.* etc/systemd/system/*.wants/nginx.*
rm -f etc/systemd/system/*.wants/podman* etc/systemd/system/*.wants/*.timer etc/nginx/sites-enabled/default
echo backend >etc/hostname
exec systemd-nspawn --quiet --register=no --keep-unit -D "$folder/root" --machine="$3" --hostname=backend --capability=all \\
  --system-call-filter='bpf keyctl add_key' --console=pipe --boot
`;

const prepare = `
useradd -m -s /bin/sh deploy
useradd -m -s /bin/sh -G systemd-journal reader
useradd -m -s /bin/sh bare
useradd -m -s /bin/sh -o -u 0 bare-root
useradd -m -s /bin/sh unbooted
mkdir -p /etc/ssh/sshd_config.d
cat >/etc/ssh/sshd_config.d/ways.conf <<'END'
UseDNS no
AuthorizedKeysFile /etc/ssh/doctor_keys
Match User bare,bare-root
  ChrootDirectory /srv/bare
Match User unbooted
  ChrootDirectory /srv/unbooted
END
mkdir -p /srv/unbooted /srv/bare/bin /srv/bare/etc /srv/bare/proc /srv/bare/dev /srv/bare/tmp
cp /bin/busybox /srv/bare/bin/
# the library that knows /etc/passwd is loaded at run time, before glibc 2.34
{ ldd /bin/busybox | grep -o '/[^ ]*'; find /lib/*/libnss_files.so.2; } | while read -r library; do
  mkdir -p "/srv/bare\${library%/*}"
  cp -L "$library" "/srv/bare$library"
done
grep -E '^(root|deploy|bare)' /etc/passwd | sort -r >/srv/bare/etc/passwd
grep -E '^(root|deploy|bare)' /etc/group >/srv/bare/etc/group
chroot /srv/bare /bin/busybox --install -s /bin
mount --bind /proc /srv/bare/proc
mount --rbind /dev /srv/bare/dev
mount --rbind / /srv/unbooted
mount --make-rprivate /srv/unbooted
mount -t tmpfs tmpfs /srv/unbooted/run
systemctl reload-or-restart ssh
`;

/** The network is that of the caller, which has to be one of its own: `unshare -n`. */
export async function bootDebian(root: string): Promise<Debian> {
  if (execFileSync('ip', ['route'], { encoding: 'utf8' }).trim() !== '')
    throw new Error('this is no network of its own: run test/checks/record.sh');
  const folder = mkdtempSync(join(tmpdir(), 'debian-'));
  const home = mkdtempSync(join(tmpdir(), 'home-'));
  mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  const key = makeKey(join(home, '.ssh/id_ed25519'));
  const hostKey = readFileSync(join(root, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8');
  writeFileSync(join(home, '.ssh/known_hosts'), `127.0.0.1 ${hostKey}`);

  const cgroup = `viworks-doctor-debian-${ownPid}`;
  // a PID namespace around it, since a systemd outlives the systemd-nspawn that is killed over it
  const apart = ['unshare', '-f', '-p', '-m', '--kill-child', '--mount-proc'];
  const words = [...apart, 'sh', '-euc', boot, 'sh', folder, root, cgroup];
  const outer = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: env.PATH },
  });
  let said = '';
  for (const stream of [outer.stdout, outer.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4096);
    });
  const hosts: Record<string, Host> = Object.fromEntries(
    users.map((user) => [
      user,
      { address: '127.0.0.1', local: false, ssh: { ...plainSsh, user, address: '127.0.0.1' } },
    ]),
  );
  const sessions = openSessions(hosts, { askPassphrase: null, env: { PATH: env.PATH, HOME: home }, home });

  const close = async () => {
    await sessions.close();
    if (outer.exitCode === null && outer.signalCode === null) {
      const ended = once(outer, 'close');
      outer.kill('SIGKILL');
      await ended;
    }
    removeCgroups(cgroup);
    rmSync(folder, { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  };
  const childOf = (pid: number | string) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  /** Its systemd, below systemd-nspawn, below unshare. */
  const first = () => childOf(childOf(outer.pid ?? 0));
  const sh = (script: string, input = '', ...args: string[]) => {
    const inside = ['-t', first(), '-m', '-p', '-n', '-u', '-i', '-C', 'sh', '-euc', script, 'sh', ...args];
    return execFileSync('nsenter', inside, { encoding: 'utf8', input }).trim();
  };
  const write = (path: string, text: string, mode = '644') => {
    sh('mkdir -p "${1%/*}"; cat >"$1"; chmod "$2" "$1"', text, path, mode);
  };
  try {
    await hasBooted(() => {
      if (outer.exitCode !== null) throw new Error(`it did not boot: ${said}`);
      return /^(running|degraded)$/.test(sh('systemctl is-system-running --wait 2>/dev/null || true'));
    });
    write('/etc/ssh/doctor_keys', `${key}\n`);
    sh(prepare);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    sh,
    write,
    source: (user) => sessions.source(user),
    login: sessions.login,
    cgroup,
    signal: (name) => process.kill(Number(first()), name),
    close,
  };
}

async function hasBooted(asked: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    try {
      if (asked()) return;
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('it did not')) throw error;
    }
    await new Promise((settle) => setTimeout(settle, 100));
  }
  throw new Error('it did not boot within a minute');
}

/** Empty ones, once their processes have ended; an engine in there made some in every hierarchy. */
function removeCgroups(name: string): void {
  const script = 'find /sys/fs/cgroup -depth -type d -path "*/$0*" -exec rmdir {} + 2>/dev/null; exit 0';
  execFileSync('sh', ['-c', script, name]);
}
