/** The name has an IPv6 address (AAAA) where nobody answers, while every IPv4 address does. */
import { type Candidate, fault, refsOf, valuesOf } from '../candidate.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { listenerOf, ofSubject } from '../view.ts';

const partial = ['port.partial'];

export const deadIpv6: Rule = (view) =>
  Object.keys(view.topology.endpoints).flatMap((name): Candidate[] => {
    const rows = ofSubject(view, `endpoint.${name}`).filter((row) => refsOf(row, partial).length > 0);
    const attempts = rows.flatMap((row) => factsOf(row, 'port').attempts ?? []);
    const isSplit = attempts.every(({ family, failure }) => (family === 6) === (failure !== null));
    const [first] = rows;
    if (!first || attempts.length === 0 || !isSplit) return [];
    const front = listenerOf(view, name)?.row;
    const { listeners = [] } = factsOf(front, 'netstat');
    // `::` takes IPv4 as well, unless it is told not to; `*` takes both.
    const onIpv4Alone = listeners.length > 0 && listeners.every(({ address }) => /^[\d.]+$/.test(address));
    const seen = front && onIpv4Alone ? [...rows, front] : rows;
    const listens = listeners.map(({ address }) => address).join(', ');
    return [
      fault('port.partial', `endpoint.${name}`, seen, {
        findings: rows.flatMap((row) => refsOf(row, partial)),
        vantages: rows.map(({ vantage }) => vantage),
        values: {
          ...valuesOf(
            first,
            first.findings.find(({ code }) => code === 'port.partial'),
          ),
          case: 'dead-ipv6',
          ...(onIpv4Alone ? { listens } : {}),
        },
        evidence: onIpv4Alone ? [`It listens on ${listens} alone, which is IPv4`] : [],
      }),
    ];
  });
