/** Socket tables of a played host, written as `ss` and the kernel write them. */
import type { HostDescription } from './description.ts';

/** A network namespace: the host's own, or a container's. */
export interface Sockets extends Pick<HostDescription, 'processes' | 'listeners' | 'established'> {
  /** Its address, and whom it is connected with; default: loopback. */
  readonly ends?: { readonly own: string; readonly peer: string } | undefined;
}

const loopback = { own: '127.0.0.1', peer: '127.0.0.1' };

/** The backlog that the listeners asked for (listen(2)). */
const backlog = 128;

const ssHead = 'State  Recv-Q Send-Q Local Address:Port  Peer Address:Port Process\n';

function ssRow(state: string, queue: number, limit: number, local: string, peer: string, owner: string) {
  return `${state.padEnd(6)} ${queue} ${limit} ${local} ${peer} ${owner}\n`;
}

/**
 * `ss -t`: listening sockets (`l`), connections (neither), or both (`a`); `H`: without the head; `p`: with owners.
 * Of its filters, `dport = :PORT`.
 */
export function socketStatistics(host: Sockets, args: readonly string[]): string {
  const ends = host.ends ?? loopback;
  const flags = args.filter((arg) => arg.startsWith('-')).join('');
  const to = args.includes('dport') ? (args.at(-1) ?? '') : '';
  const owner = (pid: number) => {
    const name = /^(?:\S*\/)?([^\s:]+)/.exec(host.processes.find((one) => one.pid === pid)?.args ?? '')?.[1];
    return flags.includes('p') ? `users:(("${name?.slice(0, 15)}",pid=${pid},fd=5))` : '';
  };
  const listening = host.listeners.map(({ port, pid, unaccepted }) =>
    ssRow('LISTEN', unaccepted.length, backlog, `0.0.0.0:${port}`, '0.0.0.0:*', owner(pid)),
  );
  const connected = (state: string, port: number, peerPort: number, holder: string) =>
    to === '' || to === `:${peerPort}`
      ? [ssRow(state, 0, 0, `${ends.own}:${port}`, `${ends.peer}:${peerPort}`, holder)]
      : [];
  const connections = [
    ...host.established.flatMap(({ localPort, peerPort, pid }) =>
      connected('ESTAB', localPort, peerPort, owner(pid)),
    ),
    // What nobody accepted has no owner yet.
    ...host.listeners.flatMap(({ port, unaccepted }) =>
      unaccepted.flatMap(({ peerPort, open }) =>
        connected(open ? 'ESTAB' : 'CLOSE-WAIT', port, peerPort, ''),
      ),
    ),
  ];
  const rows = [...(/[la]/.test(flags) ? listening : []), ...(flags.includes('l') ? [] : connections)];
  return (flags.includes('H') ? '' : ssHead) + rows.join('');
}

const kernelHead =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const anywhere = '00000000';
/** As a little-endian word. */
const word = (address: string) =>
  address
    .split('.')
    .reverse()
    .map((part) => hex(Number(part), 2))
    .join('');

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');

/** `/proc/net/tcp` (proc(5)). A connection that nobody accepted has inode 0. */
export function kernelTable(host: Sockets): string {
  const ends = host.ends ?? loopback;
  const [here, there] = [word(ends.own), word(ends.peer)];
  const row = (local: string, port: number, peer: string, peerPort: number, state: string, queue = 0) => {
    const ends = `${local}:${hex(port, 4)} ${peer}:${hex(peerPort, 4)} ${state}`;
    return (inode: number) =>
      `${ends} 00000000:${hex(queue, 8)} 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`;
  };
  const rows = [
    ...host.listeners.map(({ port, pid, unaccepted }) =>
      row(anywhere, port, anywhere, 0, '0A', unaccepted.length)(20_000 + pid),
    ),
    ...host.established.map(({ localPort, peerPort, pid }) =>
      row(here, localPort, there, peerPort, '01')(30_000 + pid),
    ),
    ...host.listeners.flatMap(({ port, unaccepted }) =>
      unaccepted.map(({ peerPort, open }) => row(here, port, there, peerPort, open ? '01' : '08')(0)),
    ),
  ];
  return kernelHead + rows.map((text, number) => `${String(number).padStart(4)}: ${text}`).join('');
}

export const emptyKernelTable6 =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
