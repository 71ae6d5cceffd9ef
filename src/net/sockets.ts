/** The socket tables that Linux programs print, as one shape: `ss`, `netstat` (net-tools, BusyBox), `/proc/net/tcp{,6}`. */
import { isIP } from 'node:net';
import type { Address } from '../check.ts';
import { canonicalAddress, hostPort, isLoopback } from './addresses.ts';

/** One end of a TCP socket. `port` is null where the table says `*`. */
export interface SocketEnd {
  /** As `0.0.0.0`, `::1`, `fe80::1%eth0`; `*` is IPv6 and IPv4 at once. IPv4-mapped addresses are IPv4 here. */
  readonly address: string;
  readonly port: number | null;
  /** The device that it is bound to. */
  readonly device: string | null;
  /** `::` only: true when it takes IPv6 alone, null when the table does not tell. */
  readonly v6only: boolean | null;
}

export interface Socket {
  /** As `ss` names them: `LISTEN`, `ESTAB`, `SYN-SENT`, `CLOSE-WAIT`. */
  readonly state: string;
  readonly local: SocketEnd;
  readonly peer: SocketEnd;
  /** LISTEN: connections that wait to be accepted. Else: bytes that wait to be read. */
  readonly queue: number;
  /** LISTEN: how many may wait (`ss` alone tells). */
  readonly limit: number | null;
  /** Of `/proc/net/tcp`: 0 when no process has taken the socket yet, or none has it any more. */
  readonly inode: number | null;
  /** Processes that hold it, as far as they are shown to us. */
  readonly pids: readonly number[];
}

/** What is known about how a port's connections are accepted. null: not known. */
export interface ListenerLook {
  /** Connections that wait to be accepted. */
  readonly queue: number | null;
  /** How many may wait; the kernel lets one more in (listen(2), `backlog`). */
  readonly limit: number | null;
  /** Connections to the port that no process has accepted. */
  readonly unaccepted: number | null;
  /** Connections to the port that a process has accepted, and holds. */
  readonly accepted?: number | null | undefined;
}

const states =
  'ESTAB|SYN-SENT|SYN-RECV|FIN-WAIT-1|FIN-WAIT-2|TIME-WAIT|UNCONN|CLOSED|CLOSE-WAIT|LAST-ACK|LISTEN|CLOSING';
/** Columns can touch each other: state and Recv-Q, peer and `users:`. */
const ssRow = new RegExp(
  `^(?:tcp\\s*)?(${states})\\s*(\\d+)\\s+(\\d+)\\s+(\\S*):(\\d+|\\*)\\s+(\\S*):(\\d+|\\*)\\s*(users:.*)?$`,
  's',
);

/** Rows of `ss -tn`, with or without `-H`, `-O`, `-l` and `-p`. */
export function parseSs(text: string): Socket[] {
  const rows: string[] = [];
  for (const line of lines(text)) {
    // What is no row belongs to the one before: wrapped columns, or a process name with a line break in it.
    if (ssRow.test(line.trimEnd())) rows.push(line.trimEnd());
    else if (rows.length > 0 && line !== '') rows[rows.length - 1] += `\n${line.trimEnd()}`;
  }
  return rows.flatMap((row) => {
    const [, state, queue, limit, local, localPort, peer, peerPort] = ssRow.exec(row) ?? [];
    const users = row.indexOf('users:(');
    if (state === undefined) return [];
    return [
      {
        state,
        local: end(local, localPort),
        peer: end(peer, peerPort),
        queue: Number(queue),
        limit: state === 'LISTEN' ? Number(limit) : null,
        inode: null,
        pids: users < 0 ? [] : pidsOf(row.slice(users + 'users:('.length)),
      },
    ];
  });
}

/**
 * The pids of `("name",pid=1,fd=3),("name",pid=2,fd=3))`. A process names itself as it likes, so it is read from the
 * end: a name has at most 15 characters (prctl(2)), too few to hold a whole `",pid=1,fd=1),("`.
 */
function pidsOf(users: string): number[] {
  const pids = new Set<number>();
  let rest = users.replace(/\)\s*$/, '');
  for (;;) {
    const last = /",pid=(\d{1,10}),fd=\d{1,10}\)$/.exec(rest.slice(-40));
    if (!last) break;
    pids.add(Number(last[1]));
    const before = rest.slice(0, rest.length - last[0].length);
    const start = groupStart(before);
    if (start <= 0) break;
    rest = before.slice(0, start).replace(/,$/, '');
  }
  return [...pids].reverse();
}

/** Where the last `("name` of the text starts, the name being 15 characters or fewer; -1 when nowhere. */
function groupStart(text: string): number {
  for (let at = text.length - 2; at >= 0 && at >= text.length - 17; at--) {
    if (!text.startsWith('("', at)) continue;
    if (at === 0 || /,pid=\d{1,10},fd=\d{1,10}\),$/.test(text.slice(Math.max(0, at - 40), at))) return at;
  }
  return -1;
}

const netstatRow =
  /^tcp[46]?\s+(\d+)\s+(\d+)\s+(\S*):(\d+|\*)\s+(\S*):(\d+|\*)\s+([A-Z][A-Z0-9_]+)(?:\s+(?:(\d+)\/)?.*)?$/;

/** Rows of `netstat -tn`, with or without `-l`, `-p` and `-W`, of net-tools or BusyBox. */
export function parseNetstat(text: string): Socket[] {
  return lines(text).flatMap((line) => {
    const row = netstatRow.exec(line);
    if (!row) return [];
    const [, queue, , local, localPort, peer, peerPort, state = '', pid] = row;
    return [
      {
        state: ssName(state),
        local: end(local, localPort),
        peer: end(peer, peerPort),
        queue: Number(queue),
        limit: null,
        inode: null,
        pids: pid === undefined ? [] : [Number(pid)],
      },
    ];
  });
}

function ssName(state: string): string {
  if (state === 'ESTABLISHED') return 'ESTAB';
  return state.replaceAll('_', '-').replace(/^FIN-WAIT(\d)$/, 'FIN-WAIT-$1');
}

/** include/net/tcp_states.h; 12 is a request socket, which becomes SYN-RECV. */
const kernelStates = [
  '',
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'CLOSED',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
  'SYN-RECV',
];

const kernelRow =
  /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{2}) [0-9A-F]+:([0-9A-F]+) \S+ \S+\s+\d+\s+\d+ (\d+)/;

/** Rows of `/proc/net/tcp` and `/proc/net/tcp6` (proc(5)): addresses are 32-bit words in the byte order of that machine. */
export function parseKernelTable(text: string): Socket[] {
  const big = isBigEndian(text);
  return lines(text).flatMap((line) => {
    const row = kernelRow.exec(line);
    if (!row) return [];
    const [, local = '', localPort, peer = '', peerPort, state = '', queue = '', inode] = row;
    return [
      {
        state: kernelStates[Number.parseInt(state, 16)] ?? state,
        local: kernelEnd(local, localPort, big),
        peer: kernelEnd(peer, peerPort, big),
        queue: Number.parseInt(queue, 16),
        limit: null,
        inode: Number(inode),
        pids: [],
      },
    ];
  });
}

/** 127.0.0.1, ::1 and ::ffff:0:0/96 look like nothing that is in use when read the wrong way round. */
function isBigEndian(text: string): boolean {
  const big = / (?:7F0000[0-9A-F]{2}|0{31}1|0{16}0000FFFF[0-9A-F]{8}):/.test(text);
  return big && !/ (?:[0-9A-F]{2}00007F|0{24}01000000|0{16}FFFF0000[0-9A-F]{8}):/.test(text);
}

function kernelEnd(hex: string, port = '', bigEndian: boolean): SocketEnd {
  const words = (hex.match(/.{8}/g) ?? []).map((word) => word.match(/../g) ?? []);
  const bytes = words.flatMap((word) => (bigEndian ? word : word.reverse()));
  const ipv4 = bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const ipv6 = (bytes.join('').match(/.{4}/g) ?? []).join(':');
  const address = canonicalAddress(bytes.length === 4 ? ipv4 : ipv6);
  return { address, port: Number.parseInt(port, 16), device: null, v6only: null };
}

const column = /^\[?([^[\]%]*)(?:%([^[\]%]*))?\]?(?:%([^[\]%]*))?$/;

/** One column: `127.0.0.1%lo`, `[::1]`, `::`, `*`, `[::ffff:192.0.2.1]`, `[fe80::1]%eth0`. */
function end(text = '', port = '*'): SocketEnd {
  const [, bare = text, inside, outside] = column.exec(text) ?? [];
  const device = inside ?? outside ?? null;
  const address = canonicalAddress(bare);
  return {
    address: device !== null && /^fe[89ab]/.test(address) ? `${address}%${device}` : address,
    port: port === '*' ? null : Number(port),
    device,
    // Since iproute2 4.15 `ss` writes `[::]` for IPv6 alone and `*` for both; others write `::` for either.
    v6only: address === '*' ? false : address === '::' && text.startsWith('[') ? true : null,
  };
}

/** Whether only that machine can reach it. */
export function isLocal({ address, device }: Pick<SocketEnd, 'address' | 'device'>): boolean {
  return device === 'lo' || isLoopback(address);
}

/** Addresses to connect to on that machine to reach a listener; none when that cannot be known. */
export function reachableAt({ address, device, v6only }: Omit<SocketEnd, 'port'>): Address[] {
  const loopback4: Address = { address: '127.0.0.1', family: 4 };
  const loopback6: Address = { address: '::1', family: 6 };
  const wildcard = ['0.0.0.0', '*', '::'].includes(address);
  if (wildcard && device !== null && device !== 'lo') return [];
  if (address === '0.0.0.0' || address === '*') return [loopback4];
  if (address === '::') return v6only ? [loopback6] : [loopback4, loopback6];
  const family = isIP(address);
  return family === 4 || family === 6 ? [{ address, family }] : [];
}

/** As people write it: `0.0.0.0:8081`, `[::1]:8081`. */
export function written({ address, port }: Pick<SocketEnd, 'address' | 'port'>): string {
  return port === null ? `${address}:*` : hostPort(address, port);
}

function lines(text: string): string[] {
  return text.split('\n').map((line) => line.slice(0, 65_536));
}
