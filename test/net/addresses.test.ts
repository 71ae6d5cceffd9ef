import { describe, expect, test } from 'vitest';
import {
  addressOf,
  canonicalAddress,
  hostName,
  hostPort,
  isLinkLocal,
  isLoopback,
  isUnspecified,
  nameFault,
  sameAddress,
  splitHostPort,
  withoutBrackets,
} from '../../src/net/addresses.ts';

describe('names', () => {
  test.each([
    'localhost',
    'agent.example.com',
    'agent.example.com.',
    '_sip._tcp.example.com',
    'xn--n1aae7f7o',
    '3com.com',
  ])('%s can be asked for', (name) => {
    expect(nameFault(name)).toBeNull();
  });

  test.each([
    '',
    '.',
    'a..b',
    'ok\0.evil',
    'with space',
    'line\nfeed',
    'ESC\u001b[31m',
    '-oProxyCommand=x',
    'a;id',
    '$(id)',
    '127.1',
    '0x7f.1',
    '0x',
    '2130706433',
    '010.0.0.1',
    '1.2.3.4.5',
    `${'a'.repeat(64)}.example.com`,
    `${'abcdefg.'.repeat(40)}com`,
    'example.com:80',
    '[::1]',
    'http://example.com',
  ])('%j is refused', (name) => {
    expect(nameFault(name)).toEqual(expect.any(String));
  });

  test('an international name is asked for in ASCII', () => {
    expect(hostName('bücher.example.com')).toEqual({ name: 'xn--bcher-kva.example.com' });
  });
});

test('an address is one in full', () => {
  expect(addressOf('127.0.0.1')).toEqual({ address: '127.0.0.1', family: 4 });
  expect(addressOf('fe80::1%eth0')).toEqual({ address: 'fe80::1%eth0', family: 6 });
  for (const text of ['127.1', '0x7f.1', '[::1]', 'localhost', '']) expect(addressOf(text)).toBeNull();
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['::FFFF:7f00:1', '127.0.0.1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['FE80::1%eth0', 'fe80::1%eth0'],
  ['localhost', 'localhost'],
])('%s is written %s', (text, canonical) => {
  expect(canonicalAddress(text)).toBe(canonical);
});

test.each([
  ['127.0.0.1', true, false, false],
  ['127.9.9.9', true, false, false],
  ['::1', true, false, false],
  ['::ffff:127.0.0.1', true, false, false],
  ['192.0.2.1', false, false, false],
  ['0.0.0.0', false, true, false],
  ['::', false, true, false],
  ['169.254.169.254', false, false, true],
  ['fe80::1%eth0', false, false, true],
  ['localhost', false, false, false],
])('%s: loopback %s, unspecified %s, link-local %s', (address, loopback, unspecified, linkLocal) => {
  expect([isLoopback(address), isUnspecified(address), isLinkLocal(address)]).toEqual([
    loopback,
    unspecified,
    linkLocal,
  ]);
});

test('addresses are the same whatever their spelling', () => {
  expect(sameAddress('::ffff:192.0.2.1', '192.0.2.1')).toBe(true);
  expect(sameAddress('2001:db8::1', '2001:DB8:0::1')).toBe(true);
  expect(sameAddress('192.0.2.1', '192.0.2.2')).toBe(false);
});

test('host and port, together and apart', () => {
  expect(hostPort('::1', 80)).toBe('[::1]:80');
  expect(hostPort('db', 80)).toBe('db:80');
  expect(withoutBrackets('[::1]')).toBe('::1');
  expect(splitHostPort('192.0.2.53', 53)).toEqual({ host: '192.0.2.53', port: 53 });
  expect(splitHostPort('[::1]:5353', 53)).toEqual({ host: '::1', port: 5353 });
  expect(splitHostPort('2001:db8::1', 53)).toEqual({ host: '2001:db8::1', port: 53 });
  for (const text of ['', ':53', 'a:b', 'a:0', 'a:70000', 'a:1:2'])
    expect(splitHostPort(text, 53)).toBeNull();
});
