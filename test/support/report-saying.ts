/** A report in which everything that can come from elsewhere says the same. */
import type { Report } from '../../src/report/report.ts';
import { topology } from './report-parts.ts';
import { bad, cause, evidence, report, row } from './reports.ts';

export function saying(words: string): Report {
  const about = { expected: words, observed: words, target: words };
  const looked = [evidence('execute', words, words, { vantage: 'backend' })];
  const results = [
    row('endpoint.agent.dns', words, words, about),
    row('endpoint.agent.websocket', words, words, {
      ...bad('fail', 'websocket.not-found', about),
      evidence: looked,
    }),
    row('host.backend.ssh', words, words, about),
    row('proxy.nginx.route.agent', words, words, {
      ...bad('fail', 'proxy.wrong-port', about),
      kind: 'nginx',
      subject: 'proxy.nginx',
      vantage: 'backend',
      evidence: looked,
      facts: nginx(words),
    }),
    row('service.agent-server.config', words, words, { vantage: 'backend', facts: config(words) }),
    row('service.agent-server.container', words, words, { vantage: 'backend', facts: container(words) }),
    row('check.own', words, words, { ...bad('error', 'doctor.no-answer', about), evidence: looked }),
  ];
  const fix = {
    summary: words,
    steps: [words],
    change: { file: words, line: 3, before: words, after: words },
    commands: [words],
    risk: words,
    rollback: words,
  };
  const causes = (['P0', 'P1'] as const).map((priority) =>
    cause('proxy.wrong-port', 'proxy.nginx', words, {
      priority,
      because: ['proxy.nginx.route.agent'],
      explains: ['endpoint.agent.websocket'],
      evidence: [words],
      next: words,
      fix,
      verify: [`${words}  → ${words}`],
    }),
  );
  return report({
    title: words,
    observer: words,
    version: words,
    runId: words,
    notes: [words],
    topology: { ...topology, file: words },
    results,
    diagnosis: { causes },
  });
}

const at = (words: string) => ({ file: words, line: 3 });

const nginx = (words: string) => ({
  main: words,
  files: [{ file: words, hostFile: words }],
  version: words,
  running: true,
  container: { networks: [words] },
  route: {
    server: { ...at(words), names: [words], listens: [words] },
    outcome: {
      httpVersion: '1.1',
      readTimeout: { ms: 60_000, at: null },
      websocket: { passed: true, why: words, at: at(words) },
    },
    trail: [{ ...at(words), what: words }],
  },
  targets: [{ host: words, port: 8080, verdict: 'wrong', why: words }],
  block: { file: words, hostFile: words, firstLine: 3, lines: [words, '}'] },
  errorLog: [words],
});

const config = (words: string) => ({
  file: words,
  format: words,
  place: 'host',
  fault: null,
  values: [{ key: words, state: 'same', shown: words, line: 3 }],
});

const container = (words: string) => ({
  container: {
    name: words,
    id: words,
    image: words,
    status: words,
    pid: 260,
    startedAt: words,
    hostNetwork: false,
    networks: [words],
    addresses: [{ network: words, address: words }],
    published: [{ containerPort: 8081, hostAddress: words, hostPort: 8081 }],
  },
});
