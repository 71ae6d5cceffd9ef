/** An endpoint's path, part by part, from each vantage that looked: what answered, and where it breaks. */
import type { Status } from '../check.ts';
import { own } from './own.ts';
import type { Report, Result } from './report.ts';

export interface PathPart {
  readonly name: string;
  /** `skip`: not reached, or not looked at. `error`: unknown. */
  readonly status: Status;
}

export interface Path {
  /** The machine that it starts from. */
  readonly from: string;
  readonly parts: readonly PathPart[];
}

/** `443` is a port. */
export const partWords = ({ name }: PathPart): string => (/^\d+$/.test(name) ? `port ${name}` : name);

/** The local path, then those of other vantages that look different; none where nothing was looked at. */
export function paths(report: Report, name: string): Path[] {
  const rows = report.results.filter((result) => result.subject === `endpoint.${name}`);
  const vantages = new Set([...(rows.some(isLocal) ? ['local'] : []), ...rows.map(({ vantage }) => vantage)]);
  const seen = new Set<string>();
  return [...vantages].flatMap((vantage) => {
    const parts = partsFrom(report, name, vantage);
    const looks = parts.map(({ status }) => status).join();
    if (parts.every(({ status }) => status === 'skip') || seen.has(looks)) return [];
    seen.add(looks);
    return [{ from: vantage === 'local' ? report.observer : vantage, parts }];
  });
}

const isLocal = ({ vantage }: Result): boolean => vantage === 'local';

function partsFrom(report: Report, name: string, vantage: string): PathPart[] {
  const endpoint = own(report.topology.endpoints, name);
  if (!endpoint) return [];
  const prefix = vantage === 'local' ? `endpoint.${name}` : `endpoint.${name}@${vantage}`;
  const row = (kind: string) => report.results.find(({ id }) => id === `${prefix}.${kind}`);

  const parts: { name: string; status: Status | undefined }[] = [];
  if (row('dns') || !isAddress(endpoint.host)) parts.push({ name: 'dns', status: row('dns')?.status });
  parts.push({ name: String(endpoint.port), status: row('port')?.status });
  if (/^(https|wss|tls):/.test(endpoint.url)) parts.push({ name: 'tls', status: row('tls')?.status });

  // what is held idle was opened as the last row opens it
  const last = row(endpoint.lastRow) ?? row('idle');
  if (endpoint.via) parts.push({ name: endpoint.via, status: proxyStatus(last) });
  if (endpoint.to) parts.push({ name: `${endpoint.to.service}:${endpoint.to.port}`, status: last?.status });
  else if (endpoint.lastRow !== 'port' && endpoint.lastRow !== 'tls')
    parts.push({ name: endpoint.lastRow, status: last?.status });

  // A part without a row of its own (rows that were not asked for) was passed if a later one answered.
  const reached = parts.findLastIndex(({ status }) => status === 'pass' || status === 'warn');
  return parts.map((part, index) => ({
    name: part.name,
    status: part.status ?? (index < reached ? 'pass' : 'skip'),
  }));
}

/** A proxy has answered when any HTTP answer came, a 502 of its own included. */
function proxyStatus(last: Result | undefined): Status | undefined {
  if (!last) return undefined;
  if (last.status === 'skip') return 'skip';
  const attempts: unknown = last.facts?.attempts;
  const answered =
    last.status === 'pass' ||
    (Array.isArray(attempts) && attempts.some((attempt) => typeof attempt?.status === 'number'));
  return answered ? 'pass' : 'error';
}

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':');
