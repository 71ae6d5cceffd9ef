/** What rules about a proxy read of its route rows, and of what its own error log says of them. */
import type { Result } from '../../report/report.ts';
import { type Facts, factsOf } from '../facts.ts';
import { configurationRow, lastRows, portRows, type View, wasSeen } from '../view.ts';

export interface Route {
  readonly endpoint: string;
  readonly proxy: string;
  /** Where requests must end. */
  readonly to: { readonly service: string; readonly port: number };
  readonly row: Result;
  readonly facts: Facts<'nginx'>;
  readonly target: NonNullable<Facts<'nginx'>['target']>;
  /** The endpoint's last rows that came back as a gateway's own answer. */
  readonly gateway: readonly Result[];
  /** Those that got no answer in time. */
  readonly silent: readonly Result[];
  /** The service's own rows of the port where requests must end, looked at from its host, all pass. */
  readonly serviceIsFine: boolean;
  /** The server that nginx sent a request to last, as its error log has it. */
  readonly used: { readonly address: string; readonly port: number } | null;
}

const timeoutCode = /^(?:http|websocket)\.timeout$/;
const gatewayCode = /^http\.(bad-gateway|unavailable|gateway-timeout)$/;

/** Every route row that was looked at and says that requests are sent to the right place. */
export function soundRoutes(view: View): Route[] {
  return view.results.flatMap((row) => {
    const [, proxy, endpoint] = /^proxy\.([a-z0-9-]+)\.route\.(.+)$/.exec(row.id) ?? [];
    const to = endpoint ? view.topology.endpoints[endpoint]?.to : undefined;
    const facts = factsOf(row, 'nginx');
    const { target } = facts;
    if (!proxy || !endpoint || !to || target?.verdict !== 'right' || row.status === 'fail') return [];
    const own = portRows(view, to);
    const ends = (pattern: RegExp) =>
      lastRows(view, endpoint).filter(({ code }) => code !== null && pattern.test(code));
    const serviceIsFine = own.length > 0 && own.every(({ status }) => status === 'pass' || status === 'warn');
    const [gateway, silent] = [ends(gatewayCode), ends(timeoutCode)];
    const used = (facts.errorLog ?? []).flatMap((line) => usedIn(line) ?? []).at(-1) ?? null;
    return [{ endpoint, proxy, to, row, facts, target, gateway, silent, serviceIsFine, used }];
  });
}

/** `upstream: "http://[2001:db8::1]:8081/path"`: the address that was connected to, and its port. */
function usedIn(line: string): Route['used'] {
  const [, address, port] = /upstream: "\w+:\/\/\[?([0-9a-f.:]{2,45}?)\]?:(\d{1,5})\b/.exec(line) ?? [];
  return address === undefined ? null : { address, port: Number(port) };
}

/**
 * Whether the nginx that runs does what its files say: the port that it used last is one of theirs; else its workers are
 * not older than they are. null where neither is known.
 */
export function isLoaded(view: View, { used, facts, target, proxy }: Route): boolean | null {
  if (used) return [target, ...(facts.targets ?? [])].some(({ port }) => port === used.port);
  const row = configurationRow(view, proxy);
  if (wasSeen(row)) return row?.code !== 'proxy.not-reloaded';
  const { newestFileAt, workersStartedAt } = facts;
  return newestFileAt && workersStartedAt ? Date.parse(newestFileAt) <= Date.parse(workersStartedAt) : null;
}
