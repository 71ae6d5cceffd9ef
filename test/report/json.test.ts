import { expect, it } from 'vitest';
import { json } from '../../src/report/formats/json.ts';
import { reportCases } from '../support/report-cases.ts';

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
};

it.each(reportCases)('$name: the same document, its keys in the order of the schema', ({ report }) => {
  const text = json(report);
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(report)));
  const parsed: unknown = JSON.parse(json(reversed(report) as typeof report));
  expect(Object.keys(parsed as object).slice(0, 4)).toEqual(['schema', 'title', 'version', 'runId']);
  const [first] = (parsed as typeof report).results;
  expect(Object.keys(first ?? {})).toEqual([
    ...['id', 'kind', 'subject', 'label', 'target', 'vantage', 'status', 'code', 'findings', 'summary'],
    ...['expected', 'observed', 'durationMs', 'attempts', 'blockedBy', 'waiver', 'evidence', 'facts'],
  ]);
  expect(text.endsWith('}\n')).toBe(true);
});

it('keeps what a newer version added, after what it knows', () => {
  const [made] = reportCases;
  const added = { later: true, ...made?.report };
  const parsed: unknown = JSON.parse(json(added as Parameters<typeof json>[0]));
  expect(Object.keys(parsed as object).at(-1)).toBe('later');
});
