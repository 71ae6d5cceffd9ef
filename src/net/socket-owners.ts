/** Which processes hold sockets, out of `/proc/PID/fd` (proc(5)): for tables that name a socket's inode and no process. */
import type { Ask, Vantage } from '../check.ts';
import { runsAsRoot } from './asks.ts';
import type { Socket } from './sockets.ts';

/** So many inodes are asked for: words of a command line are not without end. */
const most = 512;

/** `-q`: a file may be named like a line of this. BusyBox does so without it. Who is not root is shown his own. */
const script = `q=; ls -q / >/dev/null 2>&1 && q=-q
IFS='|'; wanted="$*"; unset IFS
ls -l $q /proc/[0-9]*/fd 2>/dev/null | grep -E "^/proc/[0-9]+/fd:$|-> socket:\\[($wanted)\\]$"
true`;

const ownersArgv = (inodes: readonly (number | string)[]) => [
  'sh',
  '-c',
  script,
  'sh',
  ...inodes.map(String),
];

export const ownerAsks: readonly Ask[] = [
  runsAsRoot(ownersArgv(['‹inode›…']), 'where no tool names the owners of sockets'),
];

/** The same sockets with the processes that are shown to us. */
export async function withOwners(vantage: Vantage, sockets: readonly Socket[]): Promise<Socket[]> {
  const inodes = [...new Set(sockets.flatMap(({ inode }) => inode || []))].slice(0, most);
  if (inodes.length === 0) return [...sockets];
  const answer = await vantage.execute({ argv: ownersArgv(inodes), asRoot: true });
  const owners = parseOwners(answer.ok ? answer.stdout : '');
  return sockets.map((socket) => ({ ...socket, pids: owners.get(socket.inode ?? 0) ?? socket.pids }));
}

/** Inode → pids, in the order of the list. */
export function parseOwners(text: string): Map<number, number[]> {
  const found = new Map<number, number[]>();
  let pid = 0;
  for (const line of text.split('\n')) {
    const process = /^\/proc\/(\d{1,10})\/fd:$/.exec(line)?.[1];
    const inode = / -> socket:\[(\d{1,15})\]$/.exec(line)?.[1];
    if (process !== undefined) pid = Number(process);
    if (inode === undefined || pid === 0) continue;
    const pids = found.get(Number(inode)) ?? [];
    if (!pids.includes(pid)) found.set(Number(inode), [...pids, pid]);
  }
  return found;
}
