/**
 * nginx runs with files from before the last change, the endpoint works, and what is on the disk would send its requests
 * elsewhere: a reload would break it.
 */
import { type Candidate, fault, refOf, refsOf, valuesOf } from '../candidate.ts';
import type { Rule } from '../rules.ts';
import { configurationRow, type View } from '../view.ts';

export const proxyUnloadedFault: Rule = (view) =>
  Object.keys(view.topology.proxies).flatMap((proxy): Candidate[] => {
    const stale = configurationRow(view, proxy);
    if (stale?.code !== 'proxy.not-reloaded') return [];
    const wrong = contradictions(view, proxy);
    const [first] = wrong;
    if (!first) return [];
    const rows = [...new Set(wrong.map(({ row }) => row))];
    return [
      fault('proxy.not-reloaded', `proxy.${proxy}`, [stale, ...rows], {
        findings: [...refsOf(stale), ...wrong.map(({ row, index }) => refOf(row, index))],
        // The file may be right and the declaration wrong: the same is to be done first.
        confidence: 'likely',
        values: {
          ...valuesOf(first.row, first.finding),
          ...stale.findings[0]?.values,
          observed: stale.observed,
          would: first.finding.observed,
          case: 'breaks-at-reload',
        },
        evidence: [],
        isFault: false,
      }),
    ];
  });

/** What the files say against an endpoint that works. */
const contradictions = (view: View, proxy: string) =>
  view.results
    .filter(({ id }) => id.startsWith(`proxy.${proxy}.route.`))
    .flatMap((row) =>
      row.findings.flatMap((finding, index) =>
        finding.values.works === true ? [{ row, index, finding }] : [],
      ),
    );
