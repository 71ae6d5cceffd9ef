import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isLocal,
  parseKernelTable,
  parseNetstat,
  parseSs,
  reachableAt,
  type Socket,
  written,
} from '../../src/net/sockets.ts';

const brief = ({ state, local, peer, queue, limit, pids }: Socket) =>
  `${state} ${written(local)}${local.device ? ` on ${local.device}` : ''} ${written(peer)} ${queue}/${limit} ${pids}`;

describe('parseSs', () => {
  it.each([
    [
      'one owner',
      'LISTEN 4 3 127.0.0.1:8081 0.0.0.0:* users:(("viworks-backend",pid=260,fd=5))',
      'LISTEN 127.0.0.1:8081 0.0.0.0:* 4/3 260',
    ],
    [
      'several owners',
      'LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=12,fd=6),("nginx",pid=11,fd=6),("nginx",pid=12,fd=7))',
      'LISTEN 0.0.0.0:80 0.0.0.0:* 0/511 11,12',
    ],
    ['no owner', 'LISTEN 0 128 0.0.0.0:22 0.0.0.0:*', 'LISTEN 0.0.0.0:22 0.0.0.0:* 0/128 '],
    ['both families', 'LISTEN 0 5 *:18002 *:*', 'LISTEN *:18002 *:* 0/5 '],
    [
      'bound to a device',
      'LISTEN 0 5 127.0.0.1%lo:18003 0.0.0.0:*',
      'LISTEN 127.0.0.1:18003 on lo 0.0.0.0:* 0/5 ',
    ],
    ['IPv6', 'LISTEN 0 5 [::1]:18004 [::]:*', 'LISTEN [::1]:18004 :::* 0/5 '],
    ['link-local', 'LISTEN 0 5 [fe80::1]%eth0:53 *:*', 'LISTEN [fe80::1%eth0]:53 on eth0 *:* 0/5 '],
    [
      'IPv4 in IPv6',
      'ESTAB 0 0 [::ffff:192.0.2.1]:443 [::ffff:192.0.2.9]:50000 users:(("a",pid=7,fd=1))',
      'ESTAB 192.0.2.1:443 192.0.2.9:50000 0/null 7',
    ],
    [
      'glued state',
      'ESTAB0      36 192.0.2.1:22 192.0.2.9:50000',
      'ESTAB 192.0.2.1:22 192.0.2.9:50000 0/null ',
    ],
    [
      'a digit at the end',
      'FIN-WAIT-10 1 192.0.2.1:22 192.0.2.9:50000',
      'FIN-WAIT-1 192.0.2.1:22 192.0.2.9:50000 0/null ',
    ],
    [
      'glued owner',
      'LISTEN 0 128 0.0.0.0:22 0.0.0.0:*users:(("sshd",pid=3,fd=3))',
      'LISTEN 0.0.0.0:22 0.0.0.0:* 0/128 3',
    ],
    [
      'a name that plays an owner',
      'LISTEN 0 5 *:80 *:* users:(("a"),("b",pid=1",pid=9781,fd=3))',
      'LISTEN *:80 *:* 0/5 9781',
    ],
    [
      'a name that plays a whole one',
      'LISTEN 0 5 *:80 *:* users:(("",pid=1,fd=3)",pid=9781,fd=3),("x",pid=9782,fd=3))',
      'LISTEN *:80 *:* 0/5 9781,9782',
    ],
    [
      'owners cut short by ss',
      'LISTEN 0 5 *:80 *:* users:(("a"",pid=9781,fd=3))',
      'LISTEN *:80 *:* 0/5 9781',
    ],
  ])('%s', (_, row, expected) => {
    expect(parseSs(`${row}\n`).map(brief)).toEqual([expected]);
  });

  it('skips heads, and joins rows that were wrapped', () => {
    const text = `State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 0      128          0.0.0.0:2024      0.0.0.0:*
       users:(("agent",pid=5,fd=3))
LISTEN 0      128             [::]:22           [::]:*    users:(("sshd",pid=3,fd=4))
`;
    expect(parseSs(text).map(brief)).toEqual([
      'LISTEN 0.0.0.0:2024 0.0.0.0:* 0/128 5',
      'LISTEN [::]:22 :::* 0/128 3',
    ]);
  });

  it('makes no row of a name with a line break', () => {
    const text = 'LISTEN 0 5 *:80 *:* users:(("\nLISTEN 0 1 *:1",pid=77,fd=3))\n';
    expect(parseSs(text).map(brief)).toEqual(['LISTEN *:80 *:* 0/5 77']);
  });

  it('believes no name (15 characters at most) about the owner', () => {
    const name = fc
      .array(fc.constantFrom('"', '(', ')', ',', 'pid=1', 'fd=3', '),("', 'x', ' '), { maxLength: 8 })
      .map((parts) => parts.join('').slice(0, 15));
    fc.assert(
      fc.property(name, name, (first, second) => {
        const row = `LISTEN 0 5 *:80 *:* users:(("${first}",pid=91,fd=3),("${second}",pid=92,fd=3))`;
        expect(parseSs(row)[0]?.pids).toEqual([91, 92]);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseSs(`LISTEN 0 5 ${text}`);
        parseNetstat(`tcp 0 0 ${text}`);
        parseKernelTable(`   0: ${text}`);
      }),
    );
  });
});

describe('parseNetstat', () => {
  it.each([
    [
      'net-tools',
      'tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      27568/sshd: /usr/sb ',
      'LISTEN 0.0.0.0:22 0.0.0.0:* 0/null 27568',
    ],
    [
      'an owner that is not shown',
      'tcp6       2      0 :::8081                 :::*                    LISTEN      -                   ',
      'LISTEN [::]:8081 :::* 2/null ',
    ],
    [
      'BusyBox without -p',
      'tcp        0      0 127.0.0.1:8081          0.0.0.0:*               LISTEN      ',
      'LISTEN 127.0.0.1:8081 0.0.0.0:* 0/null ',
    ],
    [
      'a connection',
      'tcp6       0      0 ::ffff:192.0.2.1:50000  ::ffff:192.0.2.9:443    ESTABLISHED 12/a/b c',
      'ESTAB 192.0.2.1:50000 192.0.2.9:443 0/null 12',
    ],
    [
      'ending',
      'tcp 0 0 192.0.2.1:5 192.0.2.9:443 FIN_WAIT2 -',
      'FIN-WAIT-2 192.0.2.1:5 192.0.2.9:443 0/null ',
    ],
  ])('%s', (_, row, expected) => {
    const head = 'Active Internet connections (only servers)\nProto Recv-Q Send-Q Local Address ...\n';
    expect(parseNetstat(`${head}${row}\nudp 0 0 0.0.0.0:68 0.0.0.0:* 5/x\n`).map(brief)).toEqual([expected]);
  });
});

describe('parseKernelTable', () => {
  const rest = '00:00000000 00000000     0        0';
  it.each([
    [
      'listening',
      `   0: 0100007F:1F91 00000000:0000 0A 00000000:00000004 ${rest} 1151 1 0`,
      'LISTEN 127.0.0.1:8081 0.0.0.0:0 4/null ',
      1151,
    ],
    [
      'accepted by nobody',
      `  12: 0100007F:1F91 0100007F:C350 08 00000000:00000012 ${rest} 0 1 0`,
      'CLOSE-WAIT 127.0.0.1:8081 127.0.0.1:50000 18/null ',
      0,
    ],
    [
      'IPv6',
      `   1: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 ${rest} 7 1 0`,
      'LISTEN [::1]:22 [::]:0 0/null ',
      7,
    ],
    [
      'IPv4 in IPv6',
      `   1: 0000000000000000FFFF0000010200C0:0016 0000000000000000FFFF0000090200C0:C350 01 00000000:00000000 ${rest} 7 1 0`,
      'ESTAB 192.0.2.1:22 192.0.2.9:50000 0/null ',
      7,
    ],
    [
      'big-endian',
      `   0: 7F000001:1F91 00000000:0000 0A 00000000:00000000 ${rest} 5 1 0`,
      'LISTEN 127.0.0.1:8081 0.0.0.0:0 0/null ',
      5,
    ],
    [
      'big-endian IPv6',
      `   1: 00000000000000000000000000000001:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 ${rest} 7 1 0`,
      'LISTEN [::1]:22 [::]:0 0/null ',
      7,
    ],
  ])('%s', (_, row, expected, inode) => {
    const sockets = parseKernelTable(`  sl  local_address rem_address   st tx_queue rx_queue tr\n${row}\n`);
    expect(sockets.map(brief)).toEqual([expected]);
    expect(sockets[0]?.inode).toBe(inode);
  });

  it('takes a hundred thousand rows', () => {
    const row = `   0: 0100007F:1F91 0100007F:C350 01 00000000:00000000 ${rest} 5 1 0\n`;
    expect(parseKernelTable(row.repeat(100_000))).toHaveLength(100_000);
  });
});

describe('where a listener can be reached', () => {
  const listener = (row: string) => (parseSs(row)[0] ?? parseNetstat(row)[0])?.local;
  it.each([
    ['LISTEN 0 5 0.0.0.0:80 0.0.0.0:*', ['127.0.0.1'], false],
    ['LISTEN 0 5 *:80 *:*', ['127.0.0.1'], false],
    ['LISTEN 0 5 [::]:80 [::]:*', ['::1'], false],
    ['LISTEN 0 5 :::80 :::*', ['127.0.0.1', '::1'], false],
    ['tcp6 0 0 :::80 :::* LISTEN', ['127.0.0.1', '::1'], false],
    ['LISTEN 0 5 192.0.2.1:80 0.0.0.0:*', ['192.0.2.1'], false],
    ['LISTEN 0 5 [2001:db8::1]:80 [::]:*', ['2001:db8::1'], false],
    ['LISTEN 0 5 127.0.0.53%lo:53 0.0.0.0:*', ['127.0.0.53'], true],
    ['LISTEN 0 5 0.0.0.0%lo:53 0.0.0.0:*', ['127.0.0.1'], true],
    ['LISTEN 0 5 0.0.0.0%eth0:53 0.0.0.0:*', [], false],
    ['LISTEN 0 5 [::1]:80 [::]:*', ['::1'], true],
    ['LISTEN 0 5 [::ffff:127.0.0.1]:80 *:*', ['127.0.0.1'], true],
  ])('%s', (row, addresses, local) => {
    const end = listener(row);
    if (!end) throw new Error('no row');
    expect(reachableAt(end).map(({ address }) => address)).toEqual(addresses);
    expect(isLocal(end)).toBe(local);
  });
});
