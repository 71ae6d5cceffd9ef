import { describe, expect, it } from 'vitest';
import { hostFault, userFault } from '../../../src/vantage/ssh/names.ts';
import { expandTilde, expandTokens } from '../../../src/vantage/ssh/tokens.ts';
import { forwardingFailure, loginFailure, proxyFailure } from '../../../src/vantage/ssh/words.ts';

const values = {
  home: '/home/%h',
  localHost: 'laptop.example.com',
  localUser: 'me',
  localUid: 1000,
  original: 'web',
  hostname: 'web.example.com',
  port: 2222,
  user: '%r',
  hostKeyAlias: null,
  jump: '',
};

describe('tokens', () => {
  it.each([
    ['%d/.ssh/%n-%p', '/home/%h/.ssh/web-2222'],
    ['%%h %h', '%h web.example.com'],
    ['%r@%k', '%r@web'],
    ['%L %l %u %i', 'laptop laptop.example.com me 1000'],
    ['${KEYS}/%h', '%n/web.example.com'],
    ['%C', expect.stringMatching(/^[0-9a-f]{40}$/)],
    ['%q', null],
    ['ends in %', null],
    ['${NONE}', null],
  ])('%j becomes %j, in one pass', (text, expected) => {
    expect(expandTokens(text, values, { KEYS: '%n' })).toEqual(expected);
  });

  it('puts the home folder for ~ alone', () => {
    expect(['~', '~/x', '~bob/x', '/~/x'].map((path) => expandTilde(path, '/h'))).toEqual([
      '/h',
      '/h/x',
      '~bob/x',
      '/~/x',
    ]);
  });
});

describe('names', () => {
  it.each(['web', 'web.example.com', '192.0.2.1', '::1', 'fe80::1%eth0', 'a_b'])('host %j is one', (host) => {
    expect(hostFault(host)).toBeNull();
  });
  it.each(['', '-x', 'a b', 'a;b', '$(x)', '`x`', 'a\nb', 'a\0b', "a'b", 'a\\b'])(
    'host %j is none',
    (host) => {
      expect(hostFault(host)).not.toBeNull();
    },
  );
  it.each(['root', 'DOMAIN\\user', 'a.b', 'user@domain'])('user %j is one', (user) => {
    expect(userFault(user)).toBeNull();
  });
  it.each(['', '-l', 'a;b', '%h', 'a -b', 'a\x01', 'end\\'])('user %j is none', (user) => {
    expect(userFault(user)).not.toBeNull();
  });
});

describe('words', () => {
  it.each([
    [1, 'open failed', 'forwarding-refused'],
    [3, 'unknown channel type', 'forwarding-refused'],
    [2, 'Connection refused', 'refused'],
    [2, 'Connection timed out', 'timeout'],
    [2, 'Operation timed out', 'timeout'],
    [2, 'No route to host', 'unreachable'],
    [2, 'Network unreachable', 'unreachable'],
    [2, 'open failed', 'unreachable'],
    [null, 'server closed channel unexpectedly', 'closed'],
  ] as const)('a channel refused with reason %s, %j: %s', (reason, words, failure) => {
    expect(forwardingFailure(reason, words)).toBe(failure);
  });
  it.each([
    ['ssh: Could not resolve hostname jump: Name or service not known', 'nxdomain'],
    ['ssh: Could not resolve hostname jump: Temporary failure in name resolution', 'no-answer'],
    ['ssh: connect to host 192.0.2.1 port 22: Connection refused', 'refused'],
    ['channel 0: open failed: connect failed: No route to host\nstdio forwarding failed', 'unreachable'],
    ['channel 0: open failed: administratively prohibited: open failed', 'forwarding-refused'],
    ['Host key verification failed.', 'host-key-unknown'],
    [
      '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.',
      'host-key-changed',
    ],
    ['me@jump: Permission denied (publickey).', 'auth-failed'],
    ['', 'closed'],
  ])('a proxy that says %j: %s', (words, failure) => {
    expect(proxyFailure(words)).toBe(failure);
  });
  it('of a login that are not known decide nothing', () => {
    expect(loginFailure('something new')).toBeNull();
  });
});
