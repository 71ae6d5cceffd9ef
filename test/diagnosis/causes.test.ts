/** Which causes follow from which results: exactly these, in this order. */
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { allCases } from './cases/all.ts';

describe.each(allCases)('$name', ({ results, topology, causes: expected }) => {
  const causes = diagnose({ results, topology });

  it('has these causes', () => {
    const named = causes.map(({ priority, code, confidence }, index) =>
      /certain$|likely$/.test(expected[index] ?? '')
        ? `${priority} ${code} ${confidence}`
        : `${priority} ${code}`,
    );
    expect(named).toEqual(expected);
  });

  it('leaves no finding unexplained', () => {
    const covered = new Set(causes.flatMap(({ because, explains }) => [...because, ...explains]));
    const found = results.filter(({ findings }) => findings.length > 0).map(({ id }) => id);
    expect(found.filter((id) => !covered.has(id))).toEqual([]);
  });

  it('fills its texts', () => {
    for (const { title, fix, verify, evidence } of causes) {
      expect([title, fix.summary, fix.rollback, ...fix.steps, ...verify, ...evidence].join('\n')).not.toMatch(
        /undefined|\[object|\{\w+\}/,
      );
    }
  });
});
