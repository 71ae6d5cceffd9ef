/** The current state, machine by machine: a line a row. */

import { own } from '../own.ts';
import type { Report, Result } from '../report.ts';
import { subjectWords } from '../sections.ts';
import { type Block, items, type Section } from './document.ts';
import { hostOf, partsOf, rowItem } from './subjects.ts';

export function currentState(report: Report): Section {
  const groups = new Map<string, Result[]>();
  for (const result of report.results) {
    const place = placeOf(report, result);
    groups.set(place, [...(groups.get(place) ?? []), result]);
  }
  // What was seen from here comes first, then the hosts in their order.
  const order = ['', ...Object.keys(report.topology.hosts)];
  const places = [...groups.keys()].sort((a, b) => rank(order, a) - rank(order, b));
  return {
    title: ['Current state summary'],
    blocks: [{ kind: 'legend' }],
    sections: places.map((place) => ({
      title: titleOf(report, place),
      blocks: stateBlocks(report, groups.get(place) ?? []),
    })),
  };
}

const rank = (order: readonly string[], place: string): number => {
  const at = order.indexOf(place);
  return at < 0 ? order.length : at;
};

/** The host that it is about, or was seen from; '' is the machine that doctor ran on. */
function placeOf(report: Report, result: Result): string {
  const host = hostOf(report, result.subject) ?? (result.vantage === 'local' ? '' : result.vantage);
  return own(report.topology.hosts, host)?.local ? '' : host;
}

function titleOf(report: Report, place: string): string[] {
  if (place === '') return [report.observer, ' (where doctor ran)'];
  const address = own(report.topology.hosts, place)?.address;
  return [place, address && address !== place ? ` (${address})` : ''];
}

function stateBlocks(report: Report, results: readonly Result[]): Block[] {
  return items(
    results.map((result) => {
      const [kind] = partsOf(result.subject);
      return rowItem(
        report,
        result,
        kind === 'host' || kind === 'observer' ? '' : subjectWords(result.subject),
      );
    }),
  );
}
