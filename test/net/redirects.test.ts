import { expect, it } from 'vitest';
import { isRedirect, next } from '../../src/net/redirects.ts';

it.each([
  [300, false],
  [301, true],
  [303, true],
  [304, false],
  [308, true],
  [200, false],
])('%i is a redirect: %s', (status, is) => expect(isRedirect(status)).toBe(is));

const from = 'https://a.example.com/start?x=1';
it.each([
  ['/next', 'https://a.example.com/next', null],
  ['?y=2', 'https://a.example.com/start?y=2', null],
  ['//b.example.com/', 'https://b.example.com/', null],
  ['https://user:word@b.example.com/#part', 'https://b.example.com/', null],
  ['/start?x=1', from, 'circle'],
  ['http://a.example.com/start', 'http://a.example.com/start', 'to-plain'],
  ['file:///etc/passwd', 'file:///etc/passwd', 'other-scheme'],
  ['javascript:alert(1)', 'javascript:alert(1)', 'other-scheme'],
  ['ws://a.example.com/', 'ws://a.example.com/', 'other-scheme'],
  ['http://', null, 'no-location'],
  [`/${'x'.repeat(4000)}`, null, 'no-location'],
  [undefined, null, 'no-location'],
] as const)('%s', (location, url, fault) => expect(next(location, [from])).toEqual({ url, fault }));

it('ends after five', () => {
  const visited = [0, 1, 2, 3, 4].map((number) => `http://a.example.com/${number}`);
  expect(next('/5', visited).fault).toBe(null);
  expect(next('/6', [...visited, 'http://a.example.com/5']).fault).toBe('too-many');
});
