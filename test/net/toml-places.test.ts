import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatErrors } from '../../src/config/load.ts';
import { findPlaces } from '../../src/net/toml-places.ts';
import { errorsOf, fixtures, load } from '../config/support.ts';

const text = [
  'a.b = { c = 1, d = [{ x = 2 }, [3, 4]] }', // 1
  '[h."q.r".s]',
  'x.y = 1',
  '[[k]]', // 4
  'y = 2',
  '[[k]]',
  '[k.m]', // 7
  "'z' = [",
  '  1,',
  '  2, # two', // 10
  ']',
  '[h]',
  'deep = 1',
].join('\n');

test.each<[string, (string | number)[], string]>([
  ['a dotted key', ['a', 'b'], '1:3'],
  ['a key of an inline table', ['a', 'b', 'c'], '1:9'],
  ['a key in a list in an inline table', ['a', 'b', 'd', 0, 'x'], '1:23'],
  ['a list in a list', ['a', 'b', 'd', 1, 1], '1:36'],
  ['a quoted key of a header', ['h', 'q.r'], '2:4'],
  ['a header', ['h', 'q.r', 's'], '2:10'],
  ['a dotted key in a table', ['h', 'q.r', 's', 'x', 'y'], '3:3'],
  ['the first of an array of tables', ['k', 0], '4:3'],
  ['the second of an array of tables', ['k', 1], '6:3'],
  ['a table in the second', ['k', 1, 'm'], '7:4'],
  ['a list over several lines', ['k', 1, 'm', 'z', 1], '10:3'],
  ['a header after one that goes through it', ['h'], '12:2'],
  ['a key that is not there', ['h', 'q.r', 's', 'nothing', 'at', 'all'], '2:10'],
  ['nothing', ['nothing'], '1:1'],
])('%s', (_, path, place) => {
  const { line, column } = findPlaces(text)(path);
  expect(`${line}:${column}`).toBe(place);
});

test('TOML 1.1: an inline table over several lines', () => {
  const [error] = errorsOf(
    load('[endpoints.a]\nurl = "https://a.example/"\ntls = {\n  ca = "ca.pem",\n  cart = "x",\n}\n'),
  );
  expect(error).toMatchObject({ line: 5, column: 3, key: 'endpoints.a.tls.cart' });
});

const samples = ['valid', 'invalid'].flatMap((folder) =>
  readdirSync(`${fixtures}${folder}`)
    .filter((name) => name.endsWith('.toml'))
    .map((name) => readFileSync(`${fixtures}${folder}/${name}`, 'utf8')),
);

test('whatever is cut out of or into a file, it is read or refused in words, in order', () => {
  const piece = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      '\n',
      '"',
      '=',
      '[[checks]]\n',
      '{',
      '}',
      '[',
      ']',
      '${',
      '.',
      '#',
      "'",
      '__proto__',
      '\ud800',
      '1e400',
    ),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...samples),
      fc.nat(),
      fc.nat(40),
      piece,
      (sample, start, length, inserted) => {
        const at = start % (sample.length + 1);
        const loaded = load(sample.slice(0, at) + inserted + sample.slice(at + length));
        if (loaded.ok) return;
        const errors = loaded.errors;
        expect(errors.length).toBeGreaterThan(0);
        expect(formatErrors(errors).trimEnd().split('\n')).toHaveLength(errors.length);
        expect(errors).toEqual(errors.toSorted((a, b) => a.line - b.line || a.column - b.column));
        expect(errors.every(({ line, column }) => line > 0 && column > 0)).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
  expect(Object.keys(Object.prototype)).toEqual([]);
});
