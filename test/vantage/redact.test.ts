import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactor } from '../../src/vantage/redact.ts';

const value = 'pä/ss+wo rd&"x"';
const token = { name: 'TOKEN', value };
const { hide, reveal } = redactor([token]);
const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

describe('hide', () => {
  test.each<[string, string]>([
    ['as it is', value],
    ['percent-encoded', encodeURIComponent(value)],
    ['percent-encoded in lower case', encodeURIComponent(value).toLowerCase()],
    ['form-encoded', new URLSearchParams({ x: value }).toString().slice(2)],
    ['as a URL', new URL(`http://h/?${encodeURI(value)}`).search.slice(1)],
    ['in JSON', JSON.stringify(value).slice(1, -1)],
    ['in JSON with slashes escaped', JSON.stringify(value).slice(1, -1).replaceAll('/', '\\/')],
    ['in ASCII JSON', JSON.stringify(value).slice(1, -1).replace('ä', '\\u00e4')],
    ['in JSON for HTML', JSON.stringify(value).slice(1, -1).replace('ä', '\\u00e4').replace('&', '\\u0026')],
    ['in HTML', value.replace('&', '&amp;').replaceAll('"', '&quot;')],
  ])('%s', (_, written) => {
    expect(hide(`before ${written} after`)).toBe('before ‹TOKEN› after');
  });

  test.each(['', 'u', 'us', 'user:'])('base64 after %j', (before) => {
    for (const after of ['', '!', '!!', ' and more']) {
      const plain = base64(before + value + after);
      for (const text of [
        plain,
        plain.replaceAll('+', '-').replaceAll('/', '_'),
        encodeURIComponent(plain),
      ]) {
        const hidden = hide(`Basic ${text}`);
        expect(hidden).toContain('‹TOKEN›');
        const rest = hidden.replace('Basic ', '').split('‹TOKEN›');
        // what is left decodes to nothing of the value
        expect(rest.join('').length).toBeLessThanOrEqual(base64(before + after).length + 12);
        expect(
          rest.map((part) => Buffer.from(decodeURIComponent(part), 'base64').toString()).join(''),
        ).not.toMatch(/p|rd|x/);
      }
    }
  });

  test('deep, and in keys', () => {
    const data = { [value]: [{ a: `${value}`, n: 1, b: null, t: true }], plain: [] };
    expect(hide(data)).toEqual({ '‹TOKEN›': [{ a: '‹TOKEN›', n: 1, b: null, t: true }], plain: [] });
    const hostile = JSON.parse('{"__proto__": {"a": 1}}');
    expect(Object.keys(hide(hostile))).toEqual(['__proto__']);
  });

  test('a short value only as a whole', () => {
    const short = redactor([{ name: 'PIN', value: '1234' }]);
    expect(short.hide(['1234', '12345', 'a 1234', 'MTIzNA=='])).toEqual([
      '‹PIN›',
      '12345',
      'a 1234',
      'MTIzNA==',
    ]);
  });

  test('a value that contains another, or overlaps it', () => {
    const { hide } = redactor([
      { name: 'INNER', value: 'secret' },
      { name: 'OUTER', value: 'my-secret-key' },
      { name: 'TAIL', value: '-key-and-tail' },
    ]);
    expect(hide('my-secret-key')).toBe('‹OUTER›');
    expect(hide('a secret')).toBe('a ‹INNER›');
    expect(hide('my-secret-key-and-tail.')).toBe('‹OUTER›‹TAIL›.');
    expect(hide('secretsecret')).toBe('‹INNER›‹INNER›');
  });

  test('a name that looks like a value stays a name', () => {
    const { hide } = redactor([
      { name: 'AGENT_TOKEN', value: 'abcdefgh' },
      { name: 'OTHER', value: 'AGENT_TOKEN' },
    ]);
    expect(hide('abcdefgh AGENT_TOKEN ‹AGENT_TOKEN›')).toBe('‹AGENT_TOKEN› ‹OTHER› ‹AGENT_TOKEN›');
  });

  test('what is special in regular expressions is not', () => {
    const { hide, reveal } = redactor([{ name: 'a.b*c', value: '(.*)+[$]' }]);
    expect(hide('x (.*)+[$] y abc')).toBe('x ‹a.b*c› y abc');
    expect(reveal('‹a.b*c› ‹aXbc›')).toBe('(.*)+[$] ‹aXbc›');
  });

  test('a long text that was cut in the middle of a value', () => {
    const { hide } = redactor([{ name: 'TOKEN', value: 'backend-token-0123' }]);
    const long = 'x'.repeat(2000);
    expect(hide(`${long}backend-token-01`)).toBe(`${long}‹TOKEN›`);
    expect(hide(`${long}${base64('backend-token-0123').slice(0, 12)}`)).toBe(`${long}‹TOKEN›`);
    expect(hide(`${long}backe`)).toBe(`${long}backe`);
    expect(hide('backend')).toBe('backend');
  });

  test('no secret at all', () => {
    const data = { a: 'b' };
    expect(redactor([]).hide(data)).toEqual(data);
    expect(redactor([{ name: 'EMPTY', value: '' }]).hide(data)).toEqual(data);
  });

  test('a megabyte of what nearly matches', () => {
    const { hide } = redactor([{ name: 'A', value: 'aaaaaaaaab' }]);
    expect(hide(`${'a'.repeat(1_000_000)}.`)).toHaveLength(1_000_001);
    expect(hide('‹A›'.repeat(100_000))).toHaveLength(300_000);
    expect(hide('aaaaaaaaab'.repeat(50_000))).toBe('‹A›'.repeat(50_000));
  });
});

describe('reveal', () => {
  test('puts values in, once, and deep', () => {
    const { reveal } = redactor([
      { name: 'A', value: 'one ‹B›' },
      { name: 'B', value: 'two' },
    ]);
    expect(reveal({ h: { Authorization: 'Bearer ‹A›' }, list: ['‹B›‹B›', '‹C›', 3] })).toEqual({
      h: { Authorization: 'Bearer one ‹B›' },
      list: ['twotwo', '‹C›', 3],
    });
  });

  test('also where a URL parser has encoded the placeholder', () => {
    expect(reveal(new URL('http://h/?t=‹TOKEN›').href)).toBe(`http://h/?t=${value}`);
  });
});

test('what was hidden comes back, and hiding twice is hiding once', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 6, maxLength: 40 }),
      fc.string(),
      fc.string(),
      (secret, before, after) => {
        const { hide, reveal } = redactor([{ name: 'S', value: secret }]);
        fc.pre(!/[‹›]/.test(secret + before + after));
        const hidden = hide(before + secret + after);
        expect(hidden).not.toContain(secret);
        expect(hide(hidden)).toBe(hidden);
        expect(reveal(hide(secret))).toBe(secret);
      },
    ),
  );
});

test.each([[[]], [[token]]])(
  'a private key in a file of certificates is hidden, whole or cut off',
  (secrets) => {
    const { hide } = redactor(secrets);
    const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const key = '-----BEGIN EC PRIVATE KEY-----\nMHcC\nAQEE\n-----END EC PRIVATE KEY-----\n';
    const hidden = '-----BEGIN EC PRIVATE KEY-----\n‹private key›\n';
    expect(hide({ content: certificate + key + certificate })).toEqual({
      content: `${certificate}${hidden}-----END EC PRIVATE KEY-----\n${certificate}`,
    });
    expect(hide(key.slice(0, 40))).toBe(hidden);
    expect(hide(hide(key))).toBe(hide(key));
  },
);
