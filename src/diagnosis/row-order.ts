/** The order of the rows as a plan has them, whatever order the results came in: so the same run is told the same way. */
import type { Result, Topology } from '../report/report.ts';
import { subjectOf, type View } from './view.ts';

const subjects = ['observer', 'endpoint', 'host', 'proxy', 'service', 'check'];

/** From the name down; on a host from what keeps a program running up to what it says. */
const layers = [
  ...['dns', 'port', 'tls', 'ssh', 'systemd', 'container', 'process', 'netstat', 'nginx', 'route'],
  ...['http', 'websocket', 'idle', 'connection', 'config', 'journal'],
];

export function inRowOrder(view: View): View {
  const keys = new Map(view.results.map((result) => [result, keyOf(view.topology, result)]));
  const compare = (a: Result, b: Result): number => {
    const [one, other] = [keys.get(a) ?? [], keys.get(b) ?? []];
    const at = one.findIndex((rank, index) => rank !== other[index]);
    return at < 0 ? compareTexts(a.id, b.id) : (one[at] ?? 0) - (other[at] ?? 0);
  };
  return { ...view, results: [...view.results].sort(compare) };
}

function keyOf(
  { endpoints, hosts, proxies, services }: Topology,
  { id, subject, vantage }: Result,
): number[] {
  const { kind, name } = subjectOf(subject);
  const names = { endpoint: endpoints, host: hosts, proxy: proxies, service: services }[kind] ?? {};
  const [layer = '', of = ''] = id.replace(/^[a-z]+\.[^.]+\.?/, '').split('.');
  const among = layer === 'route' ? Object.keys(endpoints) : (services[name]?.ports.map(String) ?? []);
  const hostNames = Object.keys(hosts);
  return [
    subjects.indexOf(kind),
    Object.keys(names).indexOf(name),
    kind === 'endpoint' && vantage !== 'local' ? hostNames.indexOf(vantage) + 1 : 0,
    layers.indexOf(layer),
    among.indexOf(of),
  ];
}

export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
