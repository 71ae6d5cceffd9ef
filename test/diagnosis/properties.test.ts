/** What holds whatever was found: of every case, of what is left of it when a look is missing, and of any two together. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../support/seed.ts';
import { catalogue } from '../../src/diagnosis/catalogue.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { registry } from '../../src/registry.ts';
import type { Cause, Result } from '../../src/report/report.ts';
import { row, rows, topology } from '../support/incidents.ts';
import { elsewhere } from './cases/again.ts';
import { allCases } from './cases/all.ts';
import type { Case } from './cases/case.ts';

const named = ({ priority, code, subject, confidence }: Cause) =>
  `${priority} ${code} ${subject} ${confidence}`;

/** A run in which one look is missing: its row is gone, was not looked at, or could not be. */
const losses: Record<string, (result: Result) => Result | null> = {
  gone: () => null,
  skipped: (result) => ({
    ...result,
    status: 'skip',
    code: null,
    findings: [],
    facts: null,
    blockedBy: null,
  }),
  unseen: ({ id, kind, subject, vantage }) => ({
    ...row(id, 'doctor.no-answer'),
    kind,
    subject,
    vantage,
    facts: null,
  }),
};
const without = (
  results: readonly Result[],
  ids: readonly string[],
  lose: (result: Result) => Result | null,
) => results.flatMap((result) => (ids.includes(result.id) ? (lose(result) ?? []) : [result]));

/** All codes that can follow from one, at however many removes. */
function closure(code: string, seen = new Set<string>()): Set<string> {
  if (seen.has(code)) return seen;
  seen.add(code);
  for (const { codes } of catalogue[code]?.produces ?? []) for (const next of codes) closure(next, seen);
  return seen;
}

describe.each(Object.entries(losses))('a look that is %s', (_, lose) => {
  it.each(allCases)('makes no other cause: $name', ({ results, topology, hangsOn }) => {
    const right = diagnose({ results, topology }).flatMap(({ code }) => [...closure(code)]);
    const seen = results.flatMap(({ findings }) => findings.map(({ code }) => code));
    const known = new Set([...right, ...seen, 'doctor.no-answer']);
    for (const { id } of results) {
      if (id === hangsOn) continue;
      const left = diagnose({ results: without(results, [id], lose), topology });
      expect({ id, wrong: left.filter(({ code }) => !known.has(code)).map(named) }).toEqual({
        id,
        wrong: [],
      });
    }
  });

  it('makes no cause of a sound path, however many are missing', () => {
    const sound = rows();
    fc.assert(
      fc.property(fc.subarray(sound.map(({ id }) => id)), (ids) => {
        const causes = diagnose({ results: without(sound, ids, lose), topology });
        expect(causes.filter(({ code }) => code !== 'doctor.no-answer')).toEqual([]);
      }),
    );
  });
});

/** `seed`: which of the many orders. */
const shuffled = (results: readonly Result[], seed: number) =>
  fc.sample(fc.shuffledSubarray([...results], { minLength: results.length }), { seed, numRuns: 1 })[0] ?? [];

describe.each(allCases)('$name', ({ results, topology }) => {
  it('whatever the order of the results is', () => {
    const causes = diagnose({ results, topology });
    for (const seed of [1, 2, 3]) {
      expect(diagnose({ results: shuffled(results, seed), topology })).toEqual(causes);
    }
  });
});

/** A clock that is off has to do with everything that is seen from here. */
const apart = allCases.filter(({ results }) => results.every(({ id }) => id !== 'observer.clock'));
const index = fc.integer({ min: 0, max: apart.length - 1 });
const again = apart.map(elsewhere);

it('two faults that have nothing to do with one another are two causes', () => {
  fc.assert(
    fc.property(index, index, (first, tfirst) => {
      const [one, other] = [apart[first] as Case, again[tfirst] as Case];
      const [here, there] = [one.topology, other.topology];
      const together = diagnose({
        results: [...one.results, ...other.results],
        topology: {
          file: here.file,
          hosts: { ...here.hosts, ...there.hosts },
          endpoints: { ...here.endpoints, ...there.endpoints },
          services: { ...here.services, ...there.services },
          proxies: { ...here.proxies, ...there.proxies },
        },
      });
      const alone = [one, other].flatMap((each) => diagnose(each));
      const names = [one.name, other.name];
      expect([names, new Set(together.map(named))]).toEqual([names, new Set(alone.map(named))]);
    }),
  );
});

/** Any finding of its kind at any row: most of it could never be, and it has to be told all the same. */
const anything = fc.tuple(
  ...rows().map(({ id, kind }) =>
    fc
      .option(fc.constantFrom(...Object.keys(registry[kind]?.findings ?? {})), { nil: null, freq: 2 })
      .map((code) => row(id, code ?? {})),
  ),
);

it('every finding is in a cause, and the same input gives the same output', () => {
  fc.assert(
    fc.property(anything, (results) => {
      const causes = diagnose({ results, topology });
      const covered = new Set(causes.flatMap(({ because, explains }) => [...because, ...explains]));
      const found = results.filter(({ findings }) => findings.length > 0).map(({ id }) => id);
      expect(found.filter((id) => !covered.has(id))).toEqual([]);
      expect(JSON.stringify(diagnose({ results, topology }))).toBe(JSON.stringify(causes));
      expect(diagnose({ results: [...results].reverse(), topology })).toEqual(causes);
    }),
  );
});
