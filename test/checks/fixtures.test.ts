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
