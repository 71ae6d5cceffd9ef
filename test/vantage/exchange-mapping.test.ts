import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { headersOf } from '../../src/vantage/exchange/answer.ts';
import { within } from '../../src/vantage/exchange/deadline.ts';
import { codeOf, failureOf } from '../../src/vantage/exchange/failures.ts';
import { looksLikeTls, presentedCertificates } from '../../src/vantage/exchange/presented.ts';

const coded = (code: string, more: object = {}) =>
  Object.assign(new Error('http://user:password@example.com'), { code, ...more });

describe('errors', () => {
  test.each([
    [coded('ECONNREFUSED'), 'refused'],
    [coded('EHOSTUNREACH'), 'unreachable'],
    [coded('ENETUNREACH'), 'unreachable'],
    [coded('ETIMEDOUT'), 'timeout'],
    [coded('ECONNRESET'), 'reset'],
    [coded('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'handshake'],
    [coded('HPE_INVALID_CONSTANT'), 'not-http'],
    [coded('SOMETHING_NEW'), 'incomplete'],
    [new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]), 'refused'],
    [new Error('other side closed', { cause: coded('ECONNRESET') }), 'reset'],
    ['a string', 'incomplete'],
    [undefined, 'incomplete'],
  ])('%# become failures, and tell no secrets', (error, expected) => {
    const outcome = failureOf(error);
    expect(outcome.failure).toBe(expected);
    expect(JSON.stringify(outcome)).not.toContain('password');
  });

  test('the cause says more than the wrapper', () => {
    expect(codeOf(coded('UND_ERR_SOCKET', { cause: coded('ECONNRESET') }))).toBe('ECONNRESET');
    expect(codeOf(coded('UND_ERR_SOCKET'))).toBe('UND_ERR_SOCKET');
  });
});

describe('a deadline', () => {
  const limits = (timeoutMs: number, signal = new AbortController().signal) => ({ timeoutMs, signal });

  test('ends what does not end, and tells how far it got', async () => {
    const outcome = await within(limits(20), (time) => {
      time.reached('connected, no answer');
      return new Promise(() => {});
    });
    expect(outcome).toMatchObject({ failure: 'timeout', detail: 'connected, no answer within 20 ms' });
  });

  test('ends with what was seen', async () => {
    const outcome = await within<{ seen: number }>(limits(20), (time) => {
      time.keep(() => ({ ok: true, seen: 1 }));
      return new Promise(() => {});
    });
    expect(outcome).toEqual({ ok: true, seen: 1 });
  });

  test('tells the exchange that it is over, and never rejects', async () => {
    let signal: AbortSignal | undefined;
    const outcome = await within(limits(1000), (time) => {
      signal = time.signal;
      throw coded('ECONNRESET');
    });
    expect(outcome).toMatchObject({ failure: 'reset' });
    expect(signal?.aborted).toBe(true);
  });

  test('a run that has ended starts nothing', async () => {
    const outcome = await within(limits(1000, AbortSignal.abort()), async () => ({ ok: true }));
    expect(outcome).toMatchObject({ failure: 'aborted' });
  });
});

test('whatever bytes come, reading them ends', () => {
  const record = fc
    .tuple(fc.constantFrom(22, 21, 23, 0), fc.uint8Array({ maxLength: 300 }))
    .map(([type, body]) =>
      Buffer.concat([Buffer.from([type, 3, 3, body.length >> 8, body.length & 255]), body]),
    );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 600 }),
        fc.array(record).map((each) => Buffer.concat(each)),
      ),
      (bytes) => {
        presentedCertificates(bytes);
        looksLikeTls(bytes);
      },
    ),
  );
});

test('headers are capped, whatever their number', () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`X-${n}`, 'x'.repeat(5000)]));
  const headers = headersOf(many);
  expect(Object.keys(headers)).toHaveLength(200);
  expect(headers['x-0']).toEqual(['x'.repeat(4096)]);
});
