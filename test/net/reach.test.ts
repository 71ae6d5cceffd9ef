import { describe, expect, it } from 'vitest';
import type { FailureCode } from '../../src/check.ts';
import { isLoopbackHost } from '../../src/net/addresses.ts';
import { attemptEach, counted, gather } from '../../src/net/attempts.ts';
import { type Attempt, connectFindings, listed, placeOf } from '../../src/net/reach.ts';

function attempt(address: string, failure: FailureCode | null, connected: boolean | null = failure === null) {
  return { address, family: 4, failure, detail: '', connected } satisfies Attempt;
}

describe('what attempts say about the port', () => {
  const of = (...attempts: Attempt[]) =>
    connectFindings(attempts).map(({ code, observed }) => `${code}: ${observed}`);

  it.each([
    ['all good', [attempt('a', null)], []],
    ['refused', [attempt('a', 'refused')], ['port.refused: connection refused']],
    ['reset at once', [attempt('a', 'reset')], ['port.refused: connection refused']],
    ['all the same', [attempt('a', 'timeout'), attempt('b', 'timeout')], ['port.timeout: no answer in time']],
    [
      'the one that tells most',
      [attempt('a', 'unreachable'), attempt('b', 'timeout'), attempt('c', 'refused')],
      ['port.refused: connection refused (c), no answer in time (b), unreachable (a)'],
    ],
    ['some', [attempt('a', null), attempt('b', 'timeout')], ['port.partial: no answer in time (b)']],
    ['connected, and then silent', [attempt('a', 'timeout', true)], []],
    ['not looked at', [attempt('a', 'no-session', null)], []],
  ])('%s', (_, attempts, findings) => expect(of(...attempts)).toEqual(findings));
});

describe('one question to several addresses', () => {
  const addresses = ['a', 'b', 'c'].map((address) => ({ address, family: 4 }) as const);
  const failures: Record<string, FailureCode | null> = { a: 'unreachable', b: null, c: null };
  const ask = async ({ address }: { address: string }) => attempt(address, failures[address] ?? null);

  it('goes on until one is reached, and only that one counts', async () => {
    const attempts = await attemptEach(addresses, false, ask);
    expect(attempts.map(({ address }) => address)).toEqual(['a', 'b']);
    expect(counted(attempts, false).map(({ address }) => address)).toEqual(['b']);
  });

  it('asks all when each counts', async () => {
    const attempts = await attemptEach(addresses, true, ask);
    expect(counted(attempts, true)).toHaveLength(3);
  });

  it('says the same fault once, and names the addresses when others have it not', () => {
    const finding = { code: 'x', expected: null, observed: 'y' };
    const one = { address: 'a', findings: [finding] };
    const two = { address: 'b', findings: [finding] };
    expect(gather([one, two])).toEqual([finding]);
    expect(gather([one, two, { address: 'c', findings: [] }])).toEqual([
      { ...finding, values: { addresses: ['a', 'b'] } },
    ]);
  });
});

it.each([
  ['https://example.com/', { host: 'example.com', port: 443 }],
  ['ws://example.com/', { host: 'example.com', port: 80 }],
  ['wss://[::1]:8443/', { host: '::1', port: 8443 }],
])('%s', (url, place) => expect(placeOf(url)).toEqual(place));

it.each([
  ['localhost', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['localhost.example.com', false],
  ['192.0.2.1', false],
])('%s is this machine: %s', (host, own) => expect(isLoopbackHost(host)).toBe(own));

it('lists a few, and counts the rest', () => {
  expect(listed(['a', 'b'])).toBe('a, b');
  expect(listed(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more');
});
