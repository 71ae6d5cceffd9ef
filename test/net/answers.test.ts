import { describe, expect, it } from 'vitest';
import {
  answerExpectOption,
  contentFindings,
  mayFollow,
  statusesWords,
  statusMatches,
  statusWords,
} from '../../src/net/answers.ts';

it.each([
  [200, [200], true],
  [204, [200], false],
  [204, ['2xx'], true],
  [301, ['2xx', 301], true],
  [499, ['<500'], true],
  [500, ['<500'], false],
  [404, ['404'], true],
])('%i is one of %j: %s', (status, entries, good) => {
  expect(statusMatches(status, entries)).toBe(good);
});

it.each([
  [[200], '200 OK'],
  [[299], '299'],
  [['2xx'], '2xx'],
  [[200, 204], '200 or 204'],
  [['<500'], 'below 500'],
])('%j is said as %s', (entries, words) => expect(statusesWords(entries)).toBe(words));

it('says a status as the server did, and cuts what is long', () => {
  expect(statusWords(404, '')).toBe('404 Not Found');
  expect(statusWords(404, 'Gone Fishing')).toBe('404 Gone Fishing');
  expect(statusWords(418, 'x'.repeat(500))).toHaveLength(44);
});

it.each([
  ['a redirect, by default', 302, {}, true],
  ['a redirect that is expected', 302, { status: [302] }, false],
  ['a redirect beside one that is expected', 302, { status: [200, 301] }, false],
  ['a redirect in a class of them', 302, { status: ['3xx'] }, false],
  ['a redirect below a bound', 302, { status: ['<500'] }, false],
  ['a redirect on the way to a 404', 302, { status: 404 }, true],
])('follows %s: %#', (_, status, expect_, follows) => {
  expect(mayFollow(status, answerExpectOption.parse(expect_))).toBe(follows);
});

describe('content', () => {
  const answer = (body: string, headers = {}) => ({ headers, body, truncated: false });
  const observed = (body: string, expect_: object, headers = {}) =>
    contentFindings(answer(body, headers), answerExpectOption.parse(expect_)).map((each) => each.observed);

  it.each([
    ['nothing expected', 'x', {}, []],
    ['a pattern', 'all is healthy', { body: 'healthy$' }, []],
    ['another body', 'broken', { body: 'healthy' }, ['"broken"']],
    ['no body', '', { body: 'healthy' }, ['an empty body']],
    ['JSON, nested', '{"a":{"b":[{"c":1}]}}', { json: { 'a.b.0.c': 1, 'a.b': [{ c: 1 }] } }, []],
    ['JSON of another order', '{"a":{"x":1,"y":2}}', { json: { a: { y: 2, x: 1 } } }, []],
    ['another value', '{"a":"1"}', { json: { a: 1 } }, ['a = "1"']],
    ['a list for an object', '{"a":[]}', { json: { a: {} } }, ['a = []']],
    ['no value', '{"a":null}', { json: { 'a.b': 1 } }, ['no a.b']],
    ['what every object has', '{}', { json: { 'constructor.name': 'Object' } }, ['no constructor.name']],
    ['no JSON', '<html>', { json: { a: 1 } }, ['"<html>"']],
  ])('%s', (_, body, expect_, findings) => expect(observed(body, expect_)).toEqual(findings));

  it('finds a header by its name in any case, and in any of its values', () => {
    const headers = { 'x-version': ['0.9', '1.2'] };
    expect(observed('', { header: { 'X-Version': '^1' } }, headers)).toEqual([]);
    expect(observed('', { header: { 'X-Version': '^2' } }, headers)).toEqual(['X-Version: 0.9, 1.2']);
    expect(observed('', { header: { 'X-Other': '.' } }, headers)).toEqual(['no header X-Other']);
  });

  it('compares with values without a prototype, as TOML gives them', () => {
    const value = Object.assign(Object.create(null), { ok: true });
    expect(observed('{"a":{"ok":true}}', { json: { a: value } })).toEqual([]);
  });

  it('survives JSON as deep as a body is long', () => {
    expect(observed('['.repeat(65_536), { json: { a: 1 } })).toHaveLength(1);
  });
});

it.each([
  { body: '(' },
  { header: { a: '[' } },
  { status: 99 },
  { status: [] },
  { status: '6xx' },
  { other: 1 },
])('refuses %j', (expect_) => expect(answerExpectOption.safeParse(expect_).success).toBe(false));
