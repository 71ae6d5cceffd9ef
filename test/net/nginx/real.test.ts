/** The same answer from `routeOf` and from a running nginx: generated configurations, generated requests. */
import { env } from 'node:process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Directive,
  type Outcome,
  parseNginx,
  type Route,
  routeOf,
} from '../../../src/net/nginx/route.ts';
import { port } from '../../real/ports.ts';
import {
  type Answer,
  ask,
  configuration,
  type Echo,
  folderOf,
  nginx,
  type Received,
  startEcho,
  startNginx,
} from '../../support/nginx.ts';
import { needs } from '../../support/tools.ts';
import { type Case, cases, type Ports, shared } from './cases.ts';

const casesOfABatch = 15;
const fixed = [1, 2, 3, 4, 5, 6, 7, 8];
// Where somebody is there to look into what differs; a landing must not hang on chance.
const fresh = Array.from({ length: env.CI ? 0 : 2 }, () => Math.floor(Math.random() * 2 ** 31));
const seeds = env.NGINX_SEED?.split(',').map(Number) ?? [...fixed, ...fresh];

describe.skipIf(needs('nginx', nginx))('a running nginx and its configuration read by us', () => {
  it.each(seeds)('agree (seed %i)', async (seed) => {
    const echoes = [await startEcho(), await startEcho()] as const;
    try {
      const { compared, undecided, wrong } = await compare(seed, echoes);
      expect(
        wrong.slice(0, 3).join('\n\n'),
        `NGINX_SEED=${seed}, ${wrong.length} of ${compared} differ`,
      ).toBe('');
      expect(compared).toBeGreaterThan(60);
      expect(undecided).toBeLessThan(compared / 10);
    } finally {
      for (const echo of echoes) echo.stop();
    }
  });
});

async function compare(seed: number, echoes: readonly [Echo, Echo]) {
  const ports: Ports = { echo: [echoes[0].port, echoes[1].port] };
  const folder = folderOf();
  const ready = await port();
  const sample = fc.sample(cases(ports), { seed, numRuns: casesOfABatch });
  const placed = await Promise.all(sample.map(async (one) => ({ one, port: await port() })));
  const http = [
    shared(ports).replace('READY', String(ready)),
    ...placed.flatMap(({ one, port }) => one.servers.map((text) => text.replaceAll('PORT', String(port)))),
  ].join('\n');
  const text = configuration(folder, http);
  const parsed = parseNginx(new Map([['/nginx.conf', text]]), '/nginx.conf', '/');
  if (!parsed.ok) throw new Error(`line ${parsed.line}: ${parsed.message}`);
  const marks = marksOf(parsed.root);
  const running = await startNginx(folder, text, ready);
  const wrong: string[] = [];
  let compared = 0;
  let undecided = 0;
  try {
    for (const { one, port } of placed) {
      await Promise.all(
        one.asks.map(async (asked) => {
          const { address, host, path, upgrade } = asked;
          const answer = await ask({ ...asked, port });
          const route = routeOf(parsed.root, { port, address, tls: false, host, path, upgrade });
          compared += 1;
          if (plain(route.outcome) === null) undecided += 1;
          const difference = differs(route, answer, marks);
          if (difference) wrong.push(report(one, asked, route, answer, difference));
        }),
      );
    }
  } finally {
    await running.stop();
  }
  return { compared, undecided, wrong: wrong.sort((a, b) => a.length - b.length) };
}

/** The mark that `add_header` of a block leaves, by the line where the block begins. */
function marksOf(level: readonly Directive[], marks = new Map<number, string>()): Map<number, string> {
  for (const { line, block } of level) {
    if (!block) continue;
    const mark = block.find(({ name, args }) => name === 'add_header' && args[0] === 'X-At')?.args[1];
    if (mark) marks.set(line, mark);
    marksOf(block, marks);
  }
  return marks;
}

/** None of the files is there in these tests, so what follows is what happens. */
function plain(outcome: Outcome): Exclude<Outcome, { kind: 'undecided' }> | null {
  if (outcome.kind !== 'undecided') return outcome;
  return outcome.why.startsWith('try_files') && outcome.otherwise ? plain(outcome.otherwise) : null;
}

function differs(route: Route, answer: Answer, marks: ReadonlyMap<number, string>): string | null {
  const outcome = plain(route.outcome);
  if (!outcome) return null;
  const is = (what: string, ours: unknown, theirs: unknown) =>
    JSON.stringify(ours) === JSON.stringify(theirs)
      ? null
      : `${what}: ${JSON.stringify(ours)} here, ${JSON.stringify(theirs)} there`;
  const at = marks.get(route.location?.line ?? route.server?.line ?? 0) ?? null;
  const marked = outcome.kind === 'refused' && outcome.status === 500 ? null : is('place', at, answer.at);
  if (outcome.kind === 'refused' && outcome.status === 400) return is('status', 400, answer.status);
  if (outcome.kind === 'refused') return marked ?? is('status', outcome.status, answer.status);
  if (outcome.kind === 'static') return marked ?? is('static', [403, 404].includes(answer.status), true);
  if (outcome.kind === 'return') {
    if (outcome.body !== null && outcome.body !== answer.body) return is('body', outcome.body, answer.body);
    return marked ?? is('status', outcome.status, answer.status);
  }
  if (outcome.kind === 'redirect') {
    return marked ?? is('redirect', [outcome.status, outcome.location], [answer.status, answer.location]);
  }
  if (outcome.kind !== 'proxy') return `unexpected ${outcome.kind}`;
  // there is no resolver, and no such name
  if (outcome.resolvesAtRunTime && outcome.host.startsWith('up'))
    return marked ?? is('status', 502, answer.status);
  // Node takes no such path
  if (answer.status !== 200 && !/^\/[!-~]*$/.test(outcome.path ?? '')) return marked;
  if (!answer.body.startsWith('{')) return `proxied here, ${answer.status} there`;
  const received: Received = JSON.parse(answer.body);
  const { path, httpVersion, hostHeader, upgrade, connection, upstream } = outcome;
  const ours: Received = {
    port: upstream?.servers[0]?.port ?? outcome.port ?? 0,
    path: path ?? '',
    version: httpVersion,
    host: hostHeader.value,
    upgrade: upgrade.value,
    // what Node asks for by itself is not known to us
    connection: connection.known ? connection.value : received.connection,
  };
  return marked ?? is('received', ours, received);
}

function report(
  one: Case,
  asked: Case['asks'][number],
  route: Route,
  answer: Answer,
  difference: string,
): string {
  return [
    `${JSON.stringify(asked)}: ${difference}`,
    `here: ${JSON.stringify(route.outcome)}`,
    `trail: ${route.trail.map(({ what, line }) => `${line}: ${what}`).join(' → ')}`,
    `there: ${JSON.stringify(answer)}`,
    ...one.servers,
  ].join('\n');
}
