/** From one place the name leads elsewhere, or nowhere, and from another to where it should: it is the answer, not the zone. */
import { type Candidate, fault, refsOf, valuesOf } from '../candidate.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { ofSubject } from '../view.ts';

const wrong = ['dns.wrong-address', 'dns.nxdomain', 'dns.no-address'];

export const splitDns: Rule = (view) =>
  Object.entries(view.topology.endpoints).flatMap(([name, { resolvesTo }]): Candidate[] => {
    const rows = ofSubject(view, `endpoint.${name}`).filter(({ kind }) => kind === 'dns');
    const right = rows.filter(({ status }) => status === 'pass');
    const addresses = right.flatMap((row) => factsOf(row, 'dns').addresses ?? []);
    // Without `resolves_to` an answer is only another one.
    if (resolvesTo.length === 0 || addresses.length === 0) return [];
    const rightly = [...new Set(addresses.map(({ address }) => address))].join(', ');
    const others = placesOf(right.map(({ vantage }) => vantage));
    return wrong.flatMap((code): Candidate[] => {
      const bad = rows.filter((row) => refsOf(row, [code]).length > 0);
      const [first] = bad;
      if (!first) return [];
      return [
        fault(code, `endpoint.${name}`, bad, {
          findings: bad.flatMap((row) => refsOf(row, [code])),
          values: {
            ...valuesOf(
              first,
              first.findings.find((finding) => finding.code === code),
            ),
            case: 'split',
            places: placesOf(bad.map(({ vantage }) => vantage)),
            others,
            rightly,
          },
          evidence: [`Asked ${others}, it is ${rightly}, as declared`],
        }),
      ];
    });
  });

const placesOf = (vantages: readonly string[]): string =>
  vantages.map((vantage) => (vantage === 'local' ? 'from here' : `on ${vantage}`)).join(' and ');
