/** What a server's first packet offers (RFC 4253 section 7.1). */
import { describe, expect, it } from 'vitest';
import { offerIn } from '../../../src/vantage/ssh/kex-init.ts';

const list = (names: string) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(names.length);
  return Buffer.concat([length, Buffer.from(names)]);
};

function first(kex: string, hostKey: string, cipher: string, type = 20): Buffer {
  const body = Buffer.concat([
    Buffer.from([4, type]),
    Buffer.alloc(16, 7),
    ...[kex, hostKey, cipher, cipher].map(list),
    Buffer.alloc(40),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([Buffer.from('a line before\r\nSSH-2.0-x\r\n'), length, body]);
}

const good = ['curve25519-sha256', 'ssh-ed25519', 'aes256-ctr'] as const;
const [kex, hostKey, cipher] = good;

describe('the offer that ssh2 has nothing of', () => {
  it.each([
    ['nothing is missing', first(...good), null],
    [
      'key exchange',
      first('sntrup761x25519-sha512,kex-strict-s-v00@openssh.com,ext-info-s', hostKey, cipher),
      { keyword: 'KexAlgorithms', algorithms: ['sntrup761x25519-sha512'] },
    ],
    ['host key', first(kex, 'ssh-dss', cipher), { keyword: 'HostKeyAlgorithms', algorithms: ['ssh-dss'] }],
    ['cipher', first(kex, hostKey, '3des-cbc'), { keyword: 'Ciphers', algorithms: ['3des-cbc'] }],
    ['another packet', first('none', hostKey, cipher, 1), null],
    ['no SSH', Buffer.from('HTTP/1.1 400\r\n'), null],
    ['nothing', Buffer.alloc(0), null],
  ])('%s', (_, bytes, offer) => {
    expect(offerIn(bytes)).toEqual(offer);
  });

  it('is not read out of a packet that is cut off', () => {
    const whole = first('none', hostKey, cipher);
    for (let length = 0; length < whole.length; length++)
      expect(offerIn(whole.subarray(0, length))).toBeNull();
  });

  it('takes no length for true', () => {
    const bytes = first('none', hostKey, cipher);
    bytes.writeUInt32BE(0xffffffff, bytes.indexOf('none') - 4);
    expect(offerIn(bytes)).toBeNull();
  });
});
