/** Every recorded look of every kind, judged again; and no kind, code or fixture may be missing. */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { registry } from '../../src/registry.ts';
import { fixtureNames, readFixture, replayFixture } from '../support/fixture.ts';

const names = fixtureNames();
const codeOf = (name: string) => basename(name, '.json').replace(/-.*$/, (rest) => rest);

describe.each(Object.entries(registry))('%s', (kind, check) => {
  const own = names.filter((name) => name.startsWith(`${kind}/`));

  it.each(own)('%s', async (name) => {
    const fixture = readFixture(name);
    expect(Object.keys(fixture).filter((key) => ['recorded', 'played'].includes(key))).toHaveLength(1);
    const { facts, verdict } = await replayFixture(check, fixture);
    expect(check.facts.parse(facts)).toEqual(facts);
    expect(JSON.parse(JSON.stringify(verdict))).toEqual(fixture.verdict);
    for (const finding of verdict.findings) {
      expect(check.findings, `${kind} declares ${finding.code}`).toHaveProperty([finding.code]);
      expect(check.findings[finding.code]?.says(finding)).toMatch(/\S/);
    }
    const first = codeOf(name);
    const codes = verdict.findings.map((finding) => finding.code);
    if (first.startsWith('pass-')) expect(codes).toEqual([]);
    else expect(codes.some((code) => first === code || first.startsWith(`${code}-`))).toBe(true);
  });

  it('has a fixture for a pass and for each of its codes', () => {
    const has = (what: string) => own.some((name) => basename(name).startsWith(`${what}-`));
    expect(['pass', ...Object.keys(check.findings)].filter((what) => !has(what))).toEqual([]);
  });
});

it('belongs to a kind that exists', () => {
  expect(names.filter((name) => !((name.split('/')[0] as string) in registry))).toEqual([]);
});

describe('the systems that were recorded', () => {
  const recorded = names.flatMap((name) => readFixture(name).recorded ?? []);
  const has = (system: RegExp, tool: RegExp, user: (name: string) => boolean = () => true) =>
    recorded.some((one) => system.test(one.system) && tool.test(one.tool) && user(one.user));
  const isRoot = (user: string) => user === 'root';
  const isNotRoot = (user: string) => !isRoot(user);

  it.each([
    [
      'Debian 11',
      ['iproute2 5.9', 'net-tools', 'systemd 247', 'nginx 1.18', 'docker 20', 'podman 3', 'OpenSSH 8.4'],
    ],
    [
      'Debian 12',
      ['iproute2 6.1', 'net-tools', 'systemd 252', 'nginx 1.22', 'docker', 'podman 4', 'OpenSSH 9.2'],
    ],
    [
      'Debian 13',
      ['iproute2 6.15', 'net-tools', 'systemd 257', 'nginx 1.26', 'docker 26', 'podman 5', 'OpenSSH 10.0'],
    ],
    ['BusyBox 1.30', ['BusyBox']],
    ['BusyBox 1.35', ['BusyBox']],
    ['BusyBox 1.37', ['BusyBox']],
  ])('%s: its tools, as root', (system, tools) => {
    const missing = tools.filter((tool) => !has(new RegExp(`^${system}`), new RegExp(`^${tool}\\b`), isRoot));
    expect(missing).toEqual([]);
  });

  it.each(['Debian 11', 'Debian 12', 'Debian 13', 'BusyBox'])('%s: somebody who is not root', (system) => {
    expect(has(new RegExp(`^${system}`), /./, isNotRoot)).toBe(true);
  });
});
