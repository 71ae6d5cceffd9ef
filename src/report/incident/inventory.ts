/** What there is and how it hangs together: paths, hosts, services, proxies, as they were found. */
import { own } from '../own.ts';
import type { Report, Result } from '../report.ts';
import { certificateFields } from './certificates.ts';
import {
  type Block,
  code,
  type Field,
  field,
  fields,
  items,
  listed,
  type Run,
  type Section,
  type Words,
} from './document.ts';
import { evidenceBlocks, shortened } from './evidence.ts';
import { forwardedBy, onHost, readFacts } from './facts.ts';
import { causesOf, rowItem, rowsOf, seenWords, worst } from './subjects.ts';

export function inventory(report: Report): Section[] {
  const { endpoints, hosts, services, proxies } = report.topology;
  const known = (kind: string, names: object) =>
    Object.keys(names).filter((name) => rowsOf(report, `${kind}.${name}`).length > 0);
  const hostRows = known('host', hosts).flatMap((name) => rowsOf(report, `host.${name}`));
  const sections = [
    ...known('endpoint', endpoints).map((name) => endpointSection(report, name)),
    ...(hostRows.length > 0 ? [{ title: ['Hosts'], blocks: hostBlocks(report, hostRows) }] : []),
    ...known('proxy', proxies).map((name) => proxySection(report, name)),
    ...known('service', services).map((name) => serviceSection(report, name)),
  ];
  return sections.length === 0 ? [] : [{ title: ['Inventory & topology'], blocks: [], sections }];
}

/** How a login went is told where it did not go well. */
function hostBlocks(report: Report, rows: readonly Result[]): Block[] {
  const failed = rows.filter(({ status }) => status !== 'pass');
  return [...items(rows.map((row) => rowItem(report, row, row.target))), ...evidenceBlocks(report, failed)];
}

function endpointSection(report: Report, name: string): Section {
  const endpoint = own(report.topology.endpoints, name);
  const { via = null, to = null, resolvesTo = [], url = '' } = endpoint ?? {};
  return {
    title: ['Endpoint ', name],
    blocks: [
      ...fields(
        field('URL', [code(url)]),
        field('Resolves to', listed(resolvesTo)),
        field('Through', via === null ? null : [`${via}${placeWords(own(report.topology.proxies, via))}`]),
        field(
          'Ends at',
          to === null
            ? null
            : [code(`${to.service}:${to.port}`), placeWords(own(report.topology.services, to.service))],
        ),
      ),
    ],
  };
}

/** Where it runs: ` (backend, container nginx)`. */
export function placeWords(
  part:
    | {
        readonly host: string;
        readonly unit?: string | null | undefined;
        readonly container?: string | null | undefined;
      }
    | undefined,
): string {
  if (!part) return '';
  const kept = part.container ? `, container ${part.container}` : part.unit ? `, unit ${part.unit}` : '';
  return ` (${part.host}${kept})`;
}

function proxySection(report: Report, name: string): Section {
  const rows = rowsOf(report, `proxy.${name}`);
  const facts = rows.map(readFacts.nginx).filter((one) => one !== null);
  const through = Object.entries(report.topology.endpoints).filter(([, { via }]) => via === name);
  const certificate = through
    .flatMap(([endpoint]) => rowsOf(report, `endpoint.${endpoint}`))
    .find(({ kind, vantage }) => kind === 'tls' && vantage === 'local');
  return {
    title: [`Proxy ${name}`, placeWords(own(report.topology.proxies, name))],
    blocks: [
      ...fields(
        field('Status', stateWords(rows), worst(rows)),
        field('Process', processWords(rows)),
        field('Listens on', listenWords(rows)),
        field('Version', facts[0]?.version ? [`nginx ${facts[0].version}`] : null),
        field('Configuration', listed((facts[0]?.files ?? []).map(({ hostFile }) => code(hostFile)))),
        ...rows.flatMap(routeFields),
        ...(certificate ? certificateFields(certificate) : []),
      ),
    ],
  };
}

function routeFields(row: Result): (Field | null)[] {
  const facts = readFacts.nginx(row);
  const { server } = facts?.route ?? {};
  const target = facts?.targets.map(({ host, port }) => code(port === null ? host : `${host}:${port}`)) ?? [];
  const passes = forwardedBy(facts)?.websocket;
  return [
    field(
      'Server block',
      server ? [...listed(server.names.map(code)), ', ', code(onHost(facts, server))] : null,
    ),
    field('Proxy target', target.length > 0 ? [...listed(target), ': ', row.summary] : null, row.status),
    field(
      'WebSocket headers',
      passes ? [passes.why] : null,
      passes?.passed === false ? 'fail' : passes?.passed ? 'pass' : 'error',
    ),
  ];
}

function serviceSection(report: Report, name: string): Section {
  const { topology } = report;
  const service = own(topology.services, name);
  const rows = rowsOf(report, `service.${name}`);
  const container = rows.map(readFacts.container).find((one) => one !== null)?.container;
  const systemd = rows.find(({ kind }) => kind === 'systemd');
  const url = service?.connectsTo ? own(topology.endpoints, service.connectsTo)?.url : undefined;
  return {
    title: [`Service ${name}`, placeWords(service)],
    blocks: fields(
      field(
        'Status',
        stateWords(
          rows,
          causesOf(report, `service.${name}`).map(({ title }) => title),
        ),
        worst(rows),
      ),
      field('Container ID', container ? [code(container.id.slice(0, 12)), ` (${container.image})`] : null),
      field(
        'Container',
        container ? [`${container.status} since ${container.startedAt.slice(0, 19)}`] : null,
      ),
      field('Ports', container ? portWords(container.published) : null),
      field('Networks', container ? networkWords(container) : null),
      field('Unit', systemd ? [code(systemd.target), ': ', ...seenWords(systemd)] : null, systemd?.status),
      field('Process', processWords(rows)),
      field('Listens on', listenWords(rows)),
      field('Connects to', url === undefined ? null : [code(url)]),
      ...rows.flatMap((row) => configFields(row)),
    ),
  };
}

/** What its rows come to: the titles of its own causes, else what does not pass. */
export function stateWords(rows: readonly Result[], titles: readonly string[] = []): Words {
  const [first] = titles;
  if (first !== undefined) return titles.length === 1 ? [first] : [first, `, and ${titles.length - 1} more`];
  const bad = rows.filter(({ status }) => status === worst(rows) && status !== 'pass');
  if (bad.length === 0) return ['as it should be'];
  if (bad.length > 2) return [`${bad.length} of ${rows.length} checks`];
  return listed(
    bad.map(({ label, summary }) => (summary === '' ? `${label} not looked at` : `${label}: ${summary}`)),
  );
}

function processWords(rows: readonly Result[]): Words | null {
  const row = rows.find(({ kind }) => kind === 'process');
  const matches = readFacts.process(row)?.matches ?? [];
  if (row === undefined) return null;
  if (matches.length === 0) return seenWords(row);
  return listed(
    matches.slice(0, 3).flatMap(({ pid, args }): Run[] => [code(`${shortened(args, 100)} (PID ${pid})`)]),
  );
}

function listenWords(rows: readonly Result[]): Words {
  return listed(
    rows.flatMap((row) =>
      (readFacts.netstat(row)?.listeners ?? []).map(({ address }) =>
        code(
          `${address.includes(':') ? `[${address}]` : address}${row.target.slice(row.target.lastIndexOf(':'))}`,
        ),
      ),
    ),
  );
}

type Container = NonNullable<ReturnType<typeof readFacts.container>>['container'];

/** As `docker ps` writes them; one line for IPv4 and IPv6. */
function portWords(published: Container['published']): Words {
  const said = published.map(
    ({ hostAddress, hostPort, containerPort }) =>
      `${hostAddress === '0.0.0.0' || hostAddress === '::' ? '' : `${hostAddress}:`}${hostPort}->${containerPort}`,
  );
  return said.length === 0 ? ['none published'] : listed([...new Set(said)].map(code));
}

function networkWords({ hostNetwork, networks, addresses }: Container): Words {
  if (hostNetwork) return ["the host's own"];
  const at = (network: string) =>
    addresses.filter((one) => one.network === network).map(({ address }) => address);
  return listed(networks.map((network) => `${network} (${at(network).join(', ') || 'no address'})`));
}

function configFields(row: Result) {
  const facts = readFacts.config(row);
  if (row.kind !== 'config' || facts === null) return [];
  return [field('Configuration file', [code(facts.file), ': ', ...seenWords(row)], row.status)];
}
