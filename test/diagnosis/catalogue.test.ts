/** The catalogue, the checks, the rules and the list of codes in `fixtures/catalogue.md` say the same. */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { candidatesOf } from '../../src/diagnosis/candidate.ts';
import { catalogue } from '../../src/diagnosis/catalogue.ts';
import type { Entry, Said } from '../../src/diagnosis/entry.ts';
import { valuesFor } from '../../src/diagnosis/values.ts';
import { fillWhole, fits, type Values } from '../../src/diagnosis/words.ts';
import { registry } from '../../src/registry.ts';
import { runnerFindings } from '../../src/run/result.ts';
import { row, topology } from '../support/incidents.ts';
import { recordedRow } from '../support/recorded-rows.ts';
import { recorded } from './cases/recorded.ts';

const at = (path: string) => new URL(`../../${path}`, import.meta.url);

interface Listed {
  readonly code: string;
  readonly when: string;
  /** More than one where it depends. */
  readonly priorities: readonly string[];
  readonly status: 'fail' | 'warn' | 'error' | null;
}

const listed: readonly Listed[] = readFileSync(at('fixtures/catalogue.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .reduce<{ rows: Listed[]; heading: string }>(
    ({ rows, heading }, line) => {
      const [names = '', when = '', priority = ''] = line.slice(2).split(' | ');
      if (names.startsWith('**')) return { rows, heading: names };
      const said = [when, heading].flatMap((text) => /status `(warn|error)`/.exec(text)?.[1] ?? [])[0];
      const codes = [...names.matchAll(/`([a-z]+\.[a-z-]+)`/g)].map(([, code = '']) => code);
      const priorities = priority.match(/P[012]/g) ?? [];
      const status = (said ?? null) as Listed['status'];
      return { heading, rows: [...rows, ...codes.map((code) => ({ code, when, priorities, status }))] };
    },
    { rows: [], heading: '' },
  ).rows;

const otherStatus: Readonly<Record<string, 'warn' | 'error'>> = {
  // By itself, without a route that it spoils.
  'proxy.not-reloaded': 'warn',
  // Nothing that was not reached from here is to blame.
  'observer.offline': 'error',
};

/** What only another run of doctor shows to be mended: no command of a shell asks it. */
const verifiedByDoctor = /^(?:doctor|config)\.|^websocket\.(?:no-pong|idle-dropped)$/;

const found = [...Object.values(registry).map(({ findings }) => findings), runnerFindings];
const statusesOf = (code: string) => [...new Set(found.flatMap((findings) => findings[code]?.status ?? []))];

const rules = readdirSync(at('src/diagnosis/rules'))
  .map((file) => readFileSync(at(`src/diagnosis/rules/${file}`), 'utf8'))
  .join('\n');

describe('the list', () => {
  it('has the codes of the catalogue, each once', () => {
    expect(listed.map(({ code }) => code).sort()).toEqual(Object.keys(catalogue).sort());
  });

  it.each(listed)('$code: priority, status, and who gives it', ({ code, when, priorities, status }) => {
    expect(priorities).toContain(catalogue[code]?.priority);
    const statuses = statusesOf(code);
    const isCross = /\bcross: /.test(when) || rules.includes(`'${code}'`);
    if (!isCross) expect(statuses.length, 'a check gives it').toBe(1);
    const wanted = status ?? otherStatus[code] ?? 'fail';
    for (const given of statuses) expect(given).toBe(wanted);
  });
});

describe('the catalogue', () => {
  it('has every code that a check can give', () => {
    const given = found.flatMap((findings) => Object.keys(findings));
    expect(given.filter((code) => !Object.hasOwn(catalogue, code))).toEqual([]);
  });

  it.each(Object.entries(catalogue))(
    '%s names codes that there are, and says all there is to say',
    (code, entry) => {
      const produced = (entry.produces ?? []).flatMap(({ codes }) => codes);
      expect(produced.filter((one) => !Object.hasOwn(catalogue, one))).toEqual([]);
      expect(entry.means).toMatch(/^.+[.]$/);
      expect(entry.shows.length * entry.why.length * entry.fix.steps.length).toBeGreaterThan(0);
      expect(entry.fix.risk).not.toBe('');
      expect(entry.fix.rollback).not.toBe('');
      const general = [entry.means, ...entry.shows, ...entry.why];
      expect(general.filter((text) => /\{\w+(?:\||\})/.test(text))).toEqual([]);
      if (!verifiedByDoctor.test(code)) expect(entry.verify ?? [], 'verification').not.toEqual([]);
    },
  );

  it('says of every verification what is expected', () => {
    const lines = Object.values(catalogue).flatMap((entry) => texts(entry.verify ?? [], null));
    expect(lines.filter((line) => !/^\S.* {2}→ \S/.test(line) && line !== '{isup}{on|}')).toEqual([]);
  });
});

/** The templates that belong to the values; null: all. */
const texts = (said: readonly Said[], values: Values | null): string[] =>
  said.flatMap((one) => {
    if (typeof one === 'string') return one;
    return values === null || fits(one.when, values, true) ? one.say : [];
  });

/** Other looks at the incident's hosts, from which a cause takes what its own row has not. */
const around = [
  row('host.backend.ssh', { facts: { login: { address: '192.0.2.10', port: 22, user: 'root' } } }),
  row('host.gateway.ssh', { facts: { login: { address: '192.0.2.30', port: 22, user: 'root' } } }),
];

describe('with the values of a recorded look', () => {
  const values = new Map<string, Values>();
  beforeAll(async () => {
    for (const [code, [fixture, id]] of Object.entries(recorded)) {
      const results = [await recordedRow(`${fixture}.json`, id), ...around];
      const view = { results, topology };
      const candidate = candidatesOf(view).find((one) => one.code === code);
      if (candidate) values.set(code, valuesFor(view, candidate));
    }
  });

  it.each(Object.keys(recorded))('%s leaves nothing open', (code) => {
    const { title, fix, verify = [] } = catalogue[code] as Entry;
    const known = values.get(code) ?? {};
    const said = [title, fix.summary, fix.risk, fix.rollback, ...texts(fix.steps, known)];
    expect(said.filter((template) => fillWhole(template, known) === null)).toEqual([]);
    const typed = (lines: readonly Said[]) =>
      texts(lines, known).filter((template) => fillWhole(template, known) !== null);
    expect(typed(fix.commands ?? []).length, 'something to type').toBeGreaterThan(0);
    if (verify.length > 0) expect(typed(verify).length, 'a verification').toBeGreaterThan(0);
  });
});
