import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, greeting, type Listening, rawServer, silent } from '../../../support/servers.ts';
import { needs } from '../../../support/tools.ts';
import {
  compare,
  inEachWay,
  knownLine,
  type Lab,
  type Login,
  limits,
  openLab,
  type Result,
  transports,
} from './lab.ts';

const nothingInCommon: Result = ['no-common-algorithm', /key exchange|host key|cipher|mac|C->S|no matching/i];

const algorithms: Login[] = [
  {
    title: 'only a key exchange that outlasts quantum computers',
    server: 'quantum',
    ends: 'in',
    but: { ssh2: nothingInCommon },
  },
  {
    title: 'only algorithms that nobody offers any more',
    server: 'old',
    known: rsaOf('old'),
    ends: nothingInCommon,
  },
  {
    title: 'only algorithms that the configuration brings back',
    server: 'old',
    known: rsaOf('old'),
    config: () => 'KexAlgorithms +diffie-hellman-group14-sha1\nHostKeyAlgorithms +ssh-rsa\n',
    ends: 'in',
    but: { ssh2: nothingInCommon },
  },
  {
    title: 'only ssh-rsa for its key',
    server: 'rsa',
    known: rsaOf('rsa'),
    ends: nothingInCommon,
  },
  {
    title: 'only a MAC that ssh2 does not have',
    server: 'umac',
    ends: 'in',
    but: { ssh2: nothingInCommon },
  },
  { title: 'only chacha20', server: 'chacha', ends: 'in' },
];

const talk: Login[] = [
  { title: 'a long banner with control characters', server: 'banner', ends: 'in' },
  { title: 'a forced command that prints something else', server: 'forced', ends: 'no shell' },
  { title: 'a forced sftp server', server: 'sftp', ends: 'no shell' },
  {
    title: 'as many connections as it takes (MaxStartups)',
    server: 'busy',
    ends: ['closed', /takes no more connections now/],
  },
  {
    title: 'no session at all (MaxSessions 0)',
    server: 'none',
    ends: 'no shell',
    but: { ssh: ['denied', /./] },
  },
];

const played: { readonly [name: string]: () => Promise<Listening> } = {
  nobody: async () => ({ ...(await silent()), port: await freePort() }),
  web: () => rawServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  first: () => greeting('SSH-1.5-older\r\n'),
  endless: () =>
    rawServer((socket) => {
      const more = () => {
        while (!socket.destroyed && socket.write('a line that is no banner\r\n'.repeat(20)));
      };
      socket.on('drain', more);
      more();
    }),
  'hanging up': () => rawServer((socket) => void socket.end()),
  resetting: () => rawServer((socket) => void socket.resetAndDestroy()),
};
const listening = new Map<string, Listening>();
const at = (name: string) => () => `Port ${listening.get(name)?.port}\n`;

const others: Login[] = [
  { title: 'nobody', server: 'banner', config: at('nobody'), ends: ['refused', /127\.0\.0\.1/] },
  { title: 'a web server', server: 'banner', config: at('web'), ends: ['not-ssh', /not an SSH server/] },
  { title: 'the first protocol', server: 'banner', config: at('first'), ends: ['not-ssh', /./] },
  {
    title: 'lines without end',
    server: 'banner',
    config: at('endless'),
    ends: ['not-ssh', /not an SSH server/],
  },
  {
    title: 'a server that hangs up',
    server: 'banner',
    config: at('hanging up'),
    ends: ['closed', /before any SSH banner/],
  },
  {
    title: 'a server that resets',
    server: 'banner',
    config: at('resetting'),
    ends: ['reset', /127\.0\.0\.1/],
  },
];

function rsaOf(server: string): NonNullable<Login['known']> {
  return (lab) => knownLine(lab.server(server), lab.server(server).hostKey('rsa'));
}

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))('a server with', () => {
  let lab: Lab;
  let held: Socket;

  beforeAll(async () => {
    lab = await openLab((home) => {
      const banner = join(home.folder, 'banner');
      writeFileSync(banner, `\x1b[2J\x07${'All that you do here is watched. '.repeat(1000)}\r\n`);
      const old = ['KexAlgorithms diffie-hellman-group14-sha1', 'HostKeyAlgorithms ssh-rsa'];
      return {
        quantum: { lines: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] },
        old: { lines: old, hostKeys: ['rsa'] },
        rsa: { lines: old.slice(1), hostKeys: ['rsa'] },
        umac: { lines: ['Ciphers aes128-ctr', 'MACs umac-128-etm@openssh.com'] },
        chacha: { lines: ['Ciphers chacha20-poly1305@openssh.com'] },
        banner: { lines: [`Banner "${banner}"`] },
        forced: { lines: ['ForceCommand echo this account is limited'] },
        sftp: { lines: ['ForceCommand internal-sftp'] },
        busy: { lines: ['MaxStartups 1', 'LoginGraceTime 0'] },
        none: { lines: ['MaxSessions 0'] },
      };
    });
    // one that never logs in is as many as it takes
    held = connect(lab.server('busy').port, '127.0.0.1');
    held.on('error', () => {});
    await new Promise((settle) => held.once('data', settle));
    for (const [name, start] of Object.entries(played)) listening.set(name, await start());
  });
  afterAll(async () => {
    held.destroy();
    await Promise.all([...listening.values()].map((each) => each.close()));
    await lab.end();
  });

  it.each(inEachWay([...algorithms, ...talk]))('%s: %s', (_title, way, login) => compare(lab, login, way));

  it.each(inEachWay(others))('in the place of one, %s: %s', (_title, way, login) => compare(lab, login, way));

  it('nothing to say ends in time', async () => {
    const quiet = await silent();
    const halfway = await greeting('SSH-2.0-halfway\r\n');
    for (const [server, words] of [
      [quiet, /SSH banner|banner exchange/],
      [halfway, /key exchange/],
    ] as const) {
      lab.set({ server: 'banner', config: () => `Port ${server.port}\n` });
      const answers = await Promise.all(
        transports.map((transport) => lab.sessions(transport).login({ host: 'there' }, limits(1500))),
      );
      const late = { ok: false, failure: 'timeout', detail: expect.stringMatching(words) };
      expect(answers).toMatchObject([late, late, late]);
    }
    await quiet.close();
    await halfway.close();
  });
});
