/** A section a component: how each of its rows stands, and what shows it. */
import { own } from '../own.ts';
import type { Report, Result } from '../report.ts';
import {
  type Block,
  code,
  type Excerpt,
  type Item,
  items,
  paragraph,
  type Section,
  strong,
} from './document.ts';
import { evidenceBlocks } from './evidence.ts';
import { forwardedBy, onHost, readFacts } from './facts.ts';
import { placeWords, stateWords } from './inventory.ts';
import { causesOf, rowItem, rowsOf, worst } from './subjects.ts';

export function proxySections(report: Report): Section[] {
  const { proxies } = report.topology;
  return named(report, 'proxy', proxies).map((name) => ({
    title: [`Proxy ${name}: analysis`, placeWords(own(proxies, name))],
    blocks: componentBlocks(report, `proxy.${name}`),
    sections: rowsOf(report, `proxy.${name}`).flatMap(routeSections),
  }));
}

export function serviceSections(report: Report): Section[] {
  const { services } = report.topology;
  return named(report, 'service', services).map((name) => ({
    title: [`Service ${name}: analysis`, placeWords(own(services, name))],
    blocks: componentBlocks(report, `service.${name}`),
    sections: rowsOf(report, `service.${name}`).flatMap(serviceParts),
  }));
}

const named = (report: Report, kind: string, parts: object): string[] =>
  Object.keys(parts).filter((name) => rowsOf(report, `${kind}.${name}`).length > 0);

function componentBlocks(report: Report, subject: string): Block[] {
  const rows = rowsOf(report, subject);
  const titles = causesOf(report, subject).map(({ title }) => title);
  return [
    { kind: 'status', status: worst(rows), words: stateWords(rows, titles) },
    ...items(rows.map((row) => rowItem(report, row))),
    // what was sent to the ports has a section of its own
    ...evidenceBlocks(
      report,
      rows.filter(({ kind }) => kind !== 'http' && kind !== 'websocket'),
    ),
  ];
}

/** The block that takes a request, and what nginx does with it. */
function routeSections(row: Result): Section[] {
  const facts = readFacts.nginx(row);
  if (!facts?.route) return [];
  const { route, block, errorLog, targets } = facts;
  const forwarded = forwardedBy(facts);
  const trail = route.trail.map((step): Item => ({ words: [`${step.what}, `, code(onHost(facts, step))] }));
  const judged: Item[] = [
    ...targets.map(
      ({ host, port, verdict, why }): Item => ({
        status: verdict === 'right' ? 'pass' : verdict === 'wrong' ? 'fail' : 'error',
        words: [strong('Target'), ` ${port === null ? host : `${host}:${port}`}: ${why}`],
      }),
    ),
    ...(forwarded
      ? ([
          {
            status:
              forwarded.websocket.passed === false ? 'fail' : forwarded.websocket.passed ? 'pass' : 'error',
            words: [strong('WebSocket headers'), `: ${forwarded.websocket.why}`],
          },
          {
            status: row.findings.some((finding) => finding.code === 'proxy.short-timeout') ? 'warn' : 'pass',
            words: [
              strong('Read timeout'),
              `: ${forwarded.readTimeout.ms / 1000} s${forwarded.readTimeout.at ? '' : " (nginx's default)"}`,
            ],
          },
        ] satisfies Item[])
      : []),
  ];
  return [
    {
      title: [row.label],
      blocks: [
        ...(block ? [paragraph('The block that takes the request:'), excerptOf(row, block)] : []),
        ...items(judged),
        paragraph('How the request comes there:'),
        ...items(trail, true),
        ...(errorLog.length > 0
          ? [
              {
                kind: 'evidence',
                command: 'the error log says',
                output: errorLog.join('\n'),
                rest: '',
              } as const,
            ]
          : []),
      ],
    },
  ];
}

function excerptOf(
  row: Result,
  block: { file: string; hostFile: string; firstLine: number; lines: string[] },
): Excerpt {
  const marks = row.findings.flatMap(({ file, line, says }) =>
    line !== null && (file === block.hostFile || file === block.file) ? [{ line, says }] : [],
  );
  return { kind: 'excerpt', language: 'nginx', firstLine: block.firstLine, lines: block.lines, marks };
}

function serviceParts(row: Result): Section[] {
  const config = row.kind === 'config' ? readFacts.config(row) : null;
  const journal = readFacts.systemd(row)?.journal ?? [];
  const waiting = row.kind === 'http' ? readFacts.listener(row)?.listener : undefined;
  return [
    ...(config && config.values.length > 0
      ? [{ title: [row.label], blocks: items(config.values.map((value) => valueItem(value, config.file))) }]
      : []),
    ...(journal.length > 0
      ? [
          {
            title: ['Last lines of its journal'],
            blocks: [
              { kind: 'evidence', command: row.target, output: journal.join('\n'), rest: '' } as const,
            ],
          },
        ]
      : []),
    ...(waiting
      ? [
          {
            title: [`Accept queue behind ${row.label.toLowerCase()}`],
            blocks: [paragraph(queueWords(waiting))],
          },
        ]
      : []),
  ];
}

function valueItem(
  { key, state, shown, line }: { key: string; state: string; shown: string | null; line: number | null },
  file: string,
): Item {
  const value = state === 'missing' ? 'is not there' : shown === null ? 'is there (not shown)' : `= ${shown}`;
  return {
    status: state === 'same' ? 'pass' : 'fail',
    words: [strong(key), ` ${value}, `, code(line === null ? file : `${file}:${line}`)],
  };
}

function queueWords({
  queue,
  limit,
  unaccepted,
}: {
  queue: number | null;
  limit: number | null;
  unaccepted: number | null;
}): string {
  const waits =
    queue === null
      ? 'an unknown number of connections waits'
      : `${queue} ${queue === 1 ? 'connection waits' : 'connections wait'}`;
  const most = limit === null ? '' : ` of at most ${limit}`;
  const never = unaccepted ? `; the kernel completed ${unaccepted} that no process has accepted` : '';
  return `After our look ${waits}${most} to be accepted${never}.`;
}
