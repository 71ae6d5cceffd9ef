/** What was typed on which machine, and which files were read: the last chapter of the evidence. */
import type { Report } from '../report.ts';
import { code, type Item, items, paragraph, type Section, strong } from './document.ts';
import { shortened, wasAsked } from './evidence.ts';
import { readFacts } from './facts.ts';
import { machine } from './subjects.ts';

export function evidenceSummary(report: Report): Section {
  const commands = commandsByHost(report);
  const files = filesRead(report);
  return {
    title: ['Evidence summary'],
    blocks: [],
    sections: [
      {
        title: ['Commands executed'],
        blocks: [
          paragraph(
            commands.size === 0
              ? 'None: nothing was looked at.'
              : "Each is listed once, in the order of the checks. doctor's own only read. What it does without a program (names, TLS, logins) is written as what a person would type.",
          ),
        ],
        sections: [...commands].map(([vantage, lines]) => ({
          title: ['On ', machine(report, vantage)],
          blocks: [{ kind: 'code', language: 'sh', text: lines.join('\n') }],
        })),
      },
      ...(files.length > 0 ? [{ title: ['Key evidence files'], blocks: items(files) }] : []),
    ],
  };
}

function commandsByHost(report: Report): Map<string, string[]> {
  const hosts = new Map<string, string[]>();
  for (const { command, vantage } of report.results.flatMap(({ evidence }) => evidence)) {
    if (!wasAsked(command)) continue;
    const lines = hosts.get(vantage) ?? [];
    const line = shortened(command, 240);
    if (!lines.includes(line)) hosts.set(vantage, [...lines, line]);
  }
  return hosts;
}

function filesRead(report: Report): Item[] {
  const files = new Map<string, Item>();
  const add = (about: string, file: string, where: string) => {
    if (!files.has(`${where} ${file}`))
      files.set(`${where} ${file}`, { words: [strong(about), ': ', code(file), ` on ${where}`] });
  };
  for (const result of report.results) {
    const where = machine(report, result.vantage);
    for (const { hostFile } of readFacts.nginx(result)?.files ?? [])
      add('nginx configuration', hostFile, where);
    const config = readFacts.config(result);
    if (config?.place) add(result.label, config.file, where);
    for (const { file } of readFacts.login(result)?.login.knownKeys ?? [])
      add('Known hosts', file, report.observer);
  }
  if (report.topology.file !== null) add('Configuration of this run', report.topology.file, report.observer);
  return [...files.values()];
}
