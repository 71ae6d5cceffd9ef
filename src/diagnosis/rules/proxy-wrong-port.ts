/**
 * Without the proxy's configuration: what comes through the proxy is not what the right port says, and another port
 * of the service, asked the same, says just that.
 */
import type { Result } from '../../report/report.ts';
import { refsOf } from '../candidate.ts';
import type { Rule } from '../rules.ts';
import { lastRows, serviceRow, type View } from '../view.ts';

interface SaidTo {
  readonly status: number;
  readonly bodyStart: string;
}

export const proxyWrongPort: Rule = (view) =>
  Object.entries(view.topology.endpoints).flatMap(([name, endpoint]) => {
    const { via, to } = endpoint;
    // Where its configuration was read, that says where it sends the request.
    const wasRead = view.results.some(({ id, facts }) => id === `proxy.${via}.route.${name}` && facts?.route);
    if (!via || !to || wasRead) return [];
    const through = lastRows(view, name).filter((row) => row.status === 'fail' && answerOf(row) !== null);
    const [first] = through;
    const said = first && answerOf(first);
    if (!said || through.some((row) => !same(answerOf(row), said))) return [];
    if (!rightPortDiffers(view, to.service, to.port, said)) return [];
    const others = (view.topology.services[to.service]?.ports ?? [])
      .filter((port) => port !== to.port)
      .map((port) => ({ port, row: serviceRow(view, to.service, 'http', port) }))
      .filter(({ row }) => same((row?.facts?.endpointAnswer as SaidTo | null | undefined) ?? null, said));
    if (others.length === 0) return [];
    const actual = others.map(({ port }) => port).join(' or ');
    return [
      {
        code: 'proxy.wrong-port',
        subject: `proxy.${via}`,
        port: null,
        endpoint: null,
        because: through.map(({ id }) => id),
        findings: through.flatMap((row) => refsOf(row)),
        vantages: [...new Set(through.map(({ vantage }) => vantage))],
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
        isFault: true,
      },
    ];
  });

/** What the first address answered that answered at all. */
function answerOf(row: Result): SaidTo | null {
  const attempts = (row.facts?.attempts as readonly Partial<SaidTo>[] | undefined) ?? [];
  const answered = attempts.find(({ status }) => typeof status === 'number');
  return answered ? { status: answered.status as number, bodyStart: answered.bodyStart ?? '' } : null;
}

const same = (a: SaidTo | null, b: SaidTo): boolean => a?.status === b.status && a.bodyStart === b.bodyStart;

/** The port where requests must end gives no answer to the upgrade, or another one. */
function rightPortDiffers(view: View, service: string, port: number, said: SaidTo): boolean {
  const websocket = serviceRow(view, service, 'websocket', port);
  const answer = websocket && answerOf(websocket);
  if (answer) return !same(answer, said);
  return ['netstat', 'http', 'websocket'].some(
    (kind) => serviceRow(view, service, kind, port)?.status === 'fail',
  );
}
