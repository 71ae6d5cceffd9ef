/** What a look may ask is told before (`plan` prints it): nothing that a fixture has is missing there. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../src/registry.ts';
import { matches, untold } from '../support/asks.ts';
import { fixtureNames, readFixture } from '../support/fixture.ts';

const names = fixtureNames();

describe.each(Object.entries(registry))('%s', (kind, check) => {
  it.each(names.filter((name) => name.startsWith(`${kind}/`)))('%s', (name) => {
    const { options, looks } = readFixture(name);
    expect(untold(check.asks?.(check.options.parse(options)) ?? [], looks)).toEqual([]);
  });
});

describe('what only a look can tell', () => {
  it.each([
    [['nsenter', '-t', '‹container pid›', '-n'], 'nsenter -t 281 -n', true],
    [['nsenter', '-t', '‹container pid›', '-n'], 'nsenter -t self -n', false],
    [['stat', '‹file›…'], 'stat', true],
    [['stat', '‹file›…'], 'stat /etc/a /etc/b', true],
    [['stat', '‹file›'], 'stat /etc/a /etc/b', false],
    [['sh', '‹pid›…'], 'sh 1 22', true],
    [['sh', '‹pid›…'], 'sh 1 x', false],
    [['cat', '/proc/‹pid›/net/tcp'], 'cat /proc/1/../../net/tcp', false],
    [['id', '-u'], 'id -u -x', false],
  ])('%j may be "%s": %s', (told, asked, expected) => {
    expect(matches(told, asked.split(' '))).toBe(expected);
  });
});
