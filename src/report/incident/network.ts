/** The network as far as the endpoints, what their ports answer, and checks that stand alone. */
import type { Report, Result } from '../report.ts';
import { certificateFields } from './certificates.ts';
import { type Block, fields, items, type Section, type Words } from './document.ts';
import { evidenceBlocks } from './evidence.ts';
import { stateWords } from './inventory.ts';
import { machine, partsOf, rowItem, worst } from './subjects.ts';

const networkKinds: readonly { readonly kind: string; readonly title: string }[] = [
  { kind: 'dns', title: 'DNS resolution' },
  { kind: 'port', title: 'Port connectivity' },
  { kind: 'tls', title: 'TLS and certificate' },
];

export function networkSection(report: Report): Section[] {
  const kinds = new Set(networkKinds.map(({ kind }) => kind));
  const rows = endpointRows(report).filter(({ kind }) => kinds.has(kind));
  if (rows.length === 0) return [];
  return [
    {
      title: ['Network connectivity analysis'],
      blocks: [statusOf(rows, 'connectivity confirmed')],
      sections: networkKinds.flatMap(({ kind, title }) => {
        const own = rows.filter((row) => row.kind === kind);
        const blocks = kind === 'tls' ? fields(...own.slice(0, 1).flatMap(certificateFields)) : [];
        return own.length > 0 ? [{ title: [title], blocks: [...rowBlocks(report, own), ...blocks] }] : [];
      }),
    },
  ];
}

/** First the services' own ports, asked on their hosts; then the same through all that is in front of them. */
export function testingSection(report: Report): Section[] {
  const kinds = new Set(networkKinds.map(({ kind }) => kind));
  const direct = report.results.filter(
    ({ subject, kind }) => partsOf(subject)[0] === 'service' && isExchange(kind),
  );
  const through = endpointRows(report).filter(({ kind }) => !kinds.has(kind));
  if (direct.length + through.length === 0) return [];
  const isWebSocket = [...direct, ...through].some(({ kind }) => kind === 'websocket');
  const vantages = [...new Set(through.map(({ vantage }) => vantage))];
  return [
    {
      title: [isWebSocket ? 'WebSocket endpoint testing' : 'HTTP endpoint testing'],
      blocks: [statusOf([...direct, ...through], 'available')],
      sections: [
        ...(direct.length > 0
          ? [{ title: ['Direct, on the service’s host'], blocks: rowBlocks(report, direct) }]
          : []),
        ...vantages.map((vantage): Section => {
          const rows = through.filter((row) => row.vantage === vantage);
          return {
            title: ['Through the endpoint, from ', machine(report, vantage)],
            blocks: rowBlocks(report, rows),
          };
        }),
      ],
    },
  ];
}

const isExchange = (kind: string): boolean => kind === 'http' || kind === 'websocket';

const endpointRows = ({ results }: Report): Result[] =>
  results.filter(({ subject }) => partsOf(subject)[0] === 'endpoint');

/** Checks that stand alone, the observer, and subjects that this version does not know. */
export function otherSections(report: Report): Section[] {
  const told = new Set(['endpoint', 'host', 'proxy', 'service']);
  const rows = report.results.filter(({ subject }) => !told.has(partsOf(subject)[0]));
  if (rows.length === 0) return [];
  return [
    {
      title: ['Other checks'],
      blocks: [statusOf(rows, 'as they should be'), ...rowBlocks(report, rows)],
    },
  ];
}

function rowBlocks(report: Report, rows: readonly Result[]): Block[] {
  return [...items(rows.map((row) => rowItem(report, row, row.target))), ...evidenceBlocks(report, rows)];
}

function statusOf(rows: readonly Result[], fine: string): Block {
  const status = worst(rows);
  const words: Words = status === 'pass' ? [fine] : status === 'skip' ? ['not looked at'] : stateWords(rows);
  return { kind: 'status', status, words };
}
