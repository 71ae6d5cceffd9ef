/** What rules about a proxy read of its route rows. */
import type { Result } from '../../report/report.ts';
import { lastRows, serviceRow, type View } from '../view.ts';

export interface RouteTarget {
  readonly verdict: 'right' | 'wrong' | 'unknown';
  readonly host: string;
  readonly port: number | null;
  readonly addresses: readonly string[];
}

export interface Route {
  readonly endpoint: string;
  readonly proxy: string;
  readonly row: Result;
  readonly target: RouteTarget | null;
  /** The endpoint's last rows that came back as a gateway's own answer. */
  readonly gateway: readonly Result[];
  /** Those that got no answer in time. */
  readonly silent: readonly Result[];
  /** The service's own rows of the port where requests must end, looked at from its host, all pass. */
  readonly serviceIsFine: boolean;
}

const timeoutCode = /^(?:http|websocket)\.timeout$/;
const gatewayCode = /^http\.(bad-gateway|unavailable|gateway-timeout)$/;

/** Every route row that was looked at and says that requests are sent to the right place. */
export function soundRoutes(view: View): Route[] {
  return view.results.flatMap((row) => {
    const [, proxy, endpoint] = /^proxy\.([a-z0-9-]+)\.route\.(.+)$/.exec(row.id) ?? [];
    const to = endpoint ? view.topology.endpoints[endpoint]?.to : undefined;
    const target = (row.facts?.target as RouteTarget | null | undefined) ?? null;
    if (!proxy || !endpoint || !to || target?.verdict !== 'right' || row.status === 'fail') return [];
    const own = ['netstat', 'http', 'websocket'].flatMap(
      (kind) => serviceRow(view, to.service, kind, to.port) ?? [],
    );
    const ends = (pattern: RegExp) =>
      lastRows(view, endpoint).filter(({ code }) => code !== null && pattern.test(code));
    const serviceIsFine = own.length > 0 && own.every(({ status }) => status === 'pass' || status === 'warn');
    const [gateway, silent] = [ends(gatewayCode), ends(timeoutCode)];
    return [{ endpoint, proxy, row, target, gateway, silent, serviceIsFine }];
  });
}
