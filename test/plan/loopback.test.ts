/** What is on the machine itself needs no network, however it is written. */
import { expect, it } from 'vitest';
import { doubtsOf } from '../../src/plan/ground.ts';

it.each([
  ['localhost', false],
  ['127.0.0.2', false],
  ['::1', false],
  ['::ffff:127.0.0.1', false],
  ['::ffff:7f00:1', false],
  ['127.example.com', true],
  ['192.0.2.1', true],
])('silence of %s may be our own: %s', (host, own) => {
  expect('doubts' in doubtsOf(host)).toBe(own);
});
