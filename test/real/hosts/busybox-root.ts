/** A root folder with BusyBox and nothing else, for `ChrootDirectory`: no getent, no ss, a `ps` of three columns, `ash`. */
import { execFileSync } from 'node:child_process';
import type { HostMachine } from './machine.ts';

export const busybox = '/bin/busybox';
export const busyboxRoot = '/run/busybox';

/** Debian's BusyBox needs libraries: those that ldd(1) tells. */
const librariesOf = (program: string): string[] =>
  execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/lib\S+/g) ?? [];

/** What the machine's services write is at the same places: `/opt` and `/home`. */
export function makeBusyboxRoot({ run }: HostMachine): void {
  const script = [
    'set -e',
    `root=${busyboxRoot}`,
    'for folder in bin sbin proc dev etc opt home tmp root run; do mkdir -p "$root/$folder"; done',
    'chmod 1777 "$root/tmp"',
    `cp ${busybox} "$root/bin/busybox"`,
    `for file in ${librariesOf(busybox).join(' ')}; do mkdir -p "$root\${file%/*}"; cp "$file" "$root$file"; done`,
    'for applet in $(busybox --list); do [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"; done',
    'for file in passwd group hosts resolv.conf; do cp "/etc/$file" "$root/etc/$file"; done',
    'for device in null zero urandom; do touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done',
    'for folder in opt home; do mount --bind "/$folder" "$root/$folder"; done',
    'mount -t proc proc "$root/proc"',
  ];
  run('sh', '-c', script.join('\n'));
}
