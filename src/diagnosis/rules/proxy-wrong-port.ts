/**
 * Without the proxy's configuration: what comes through the proxy is not what the right port says, and another port
 * of the service, asked the same, says just that.
 */
import type { Result } from '../../report/report.ts';
import { fault, refsOf } from '../candidate.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { lastRows, routeRow, serviceRow, type View } from '../view.ts';
import { exchangeOf } from './listeners.ts';

interface SaidTo {
  /** What was asked; a record of an older version does not say. */
  readonly url?: string | undefined;
  readonly status: number;
  readonly bodyStart: string;
}

export const proxyWrongPort: Rule = (view) =>
  Object.entries(view.topology.endpoints).flatMap(([name, endpoint]) => {
    const { via, to } = endpoint;
    // Where its configuration was read, that says where it sends the request.
    if (!via || !to || factsOf(routeRow(view, via, name), 'nginx').route != null) return [];
    const through = lastRows(view, name).filter((row) => row.status === 'fail' && answerOf(row) !== null);
    const [first] = through;
    const said = first && answerOf(first);
    if (!said || through.some((row) => !same(answerOf(row), said))) return [];
    if (!rightPortDiffers(view, to, endpoint.url, said)) return [];
    const others = (view.topology.services[to.service]?.ports ?? [])
      .filter((port) => port !== to.port)
      .map((port) => ({ port, row: serviceRow(view, to.service, 'http', port) }))
      .filter(({ row }) => same(alsoSaid(row, endpoint.url), said));
    if (others.length === 0) return [];
    const actual = others.map(({ port }) => port).join(' or ');
    return [
      fault('proxy.wrong-port', `proxy.${via}`, through, {
        findings: through.flatMap((row) => refsOf(row)),
        confidence: 'likely',
        values: {
          address: endpoint.host,
          path: new URL(endpoint.url).pathname,
          actual,
          forwarded: `port ${actual}`,
          service: to.service,
          wanted: to.port,
          expected: String(to.port),
          observed: actual,
        },
        evidence: [`Port ${actual} of ${to.service}, asked the same, gives the same answer: ${said.status}`],
      }),
    ];
  });

/** What the first address answered that answered at all. */
function answerOf(row: Result): SaidTo | null {
  for (const { status, bodyStart } of exchangeOf(row).attempts ?? []) {
    if (status !== null) return { status, bodyStart: bodyStart ?? '' };
  }
  return null;
}

const same = (a: SaidTo | null, b: SaidTo): boolean => a?.status === b.status && a.bodyStart === b.bodyStart;

/** What a port answered to the endpoint's own question, asked besides the row's. */
function alsoSaid(row: Result | undefined, url: string): SaidTo | null {
  const answer = factsOf(row, 'http').endpointAnswer ?? null;
  return answer && samePath(answer.url ?? url, url) ? answer : null;
}

function samePath(one: string, other: string): boolean {
  const [a, b] = [new URL(one), new URL(other)];
  return a.pathname === b.pathname && a.search === b.search;
}

/** The port where requests must end gives another answer to the same question, or answers nothing at all. */
function rightPortDiffers(view: View, to: { service: string; port: number }, url: string, said: SaidTo) {
  const row = (kind: string) => serviceRow(view, to.service, kind, to.port);
  const [http, websocket] = [row('http'), row('websocket')];
  const asked = factsOf(websocket, 'websocket').url ?? url;
  const answer = websocket && samePath(asked, url) ? answerOf(websocket) : null;
  const compared = answer ?? alsoSaid(http, url);
  if (compared) return !same(compared, said);
  const netstat = row('netstat');
  if (netstat && refsOf(netstat, ['netstat.not-listening']).length > 0) return true;
  const looked = [http, websocket].filter((each) => each !== undefined);
  return looked.some(({ status }) => status === 'fail') && looked.every((each) => answerOf(each) === null);
}
