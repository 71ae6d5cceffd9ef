/** The own clock against those of others: real servers on loopback, and what follows from what they say. */
import { createServer as createHttpsServer } from 'node:https';
import { afterAll, expect, it } from 'vitest';
import { clock } from '../../checks/clock.ts';
import type { Ground } from '../../src/check.ts';
import { clockOf } from '../../src/net/clocks.ts';
import { localSource } from '../../src/vantage/local.ts';
import { type Look, observe } from '../../src/vantage/observe.ts';
import { failure } from '../../src/vantage/source.ts';
import { certificateMaker } from '../support/certificates.ts';
import { httpServer, type Listening, listening } from '../support/servers.ts';
import { needs } from '../support/tools.ts';

const maker = certificateMaker();
const servers: Listening[] = [];
afterAll(async () => {
  maker.remove();
  await Promise.all(servers.map((server) => server.close()));
});

const hourMs = 3_600_000;
const says = (offsetMs: number, age?: number) => {
  const date = new Date(Date.now() + offsetMs).toUTCString();
  return { date, ...(age === undefined ? {} : { age: String(age) }) };
};

async function look(urls: readonly string[], ground: Ground = {}, hosts: readonly string[] = []) {
  const source = localSource({ login: async () => failure('unsupported', 'no SSH here') });
  const looks: Look[] = [];
  const limits = { timeoutMs: 2000, signal: new AbortController().signal };
  const vantage = observe('local', source, limits, looks);
  const chosen = clock.options.parse({ urls, hosts });
  const facts = await clock.look(vantage, chosen, ground);
  return { facts, looks, verdict: clock.judge(facts, chosen) };
}

async function serve(headers: () => Record<string, string>) {
  const server = await httpServer((_, response) => response.writeHead(404, headers()).end());
  servers.push(server);
  return `http://127.0.0.1:${server.port}/secret?token=1`;
}

it('an answer of any status tells the time', async () => {
  const { facts, looks, verdict } = await look([await serve(() => says(0))]);
  expect(facts.witnesses).toHaveLength(1);
  expect(verdict.findings).toEqual([]);
  const [request] = looks.filter(({ operation }) => operation === 'request');
  expect(request?.args).toMatchObject({ method: 'HEAD', headers: {} });
  expect(JSON.stringify(request?.args)).not.toContain('secret');
});

it('a cache says how old its answer is', async () => {
  const { verdict } = await look([await serve(() => says(-2 * hourMs, 7200))]);
  expect(verdict.findings).toEqual([]);
});

it('who says no time, or does not answer, is no witness', async () => {
  const silent = await serve(() => ({ date: 'yesterday' }));
  const { facts, verdict } = await look([silent, 'http://127.0.0.1:1/']);
  expect(facts.witnesses).toEqual([]);
  expect(verdict.findings).toEqual([]);
});

it.skipIf(needs('openssl', '/usr/bin/openssl'))('over a certificate that nobody trusts', async () => {
  const issued = maker.make({ cn: 'somebody else', from: -10, until: -5 });
  const server = createHttpsServer({ key: issued.key, cert: issued.cert }, (_, response) =>
    response.writeHead(200, says(-3 * hourMs)).end(),
  );
  const open = await listening(server);
  servers.push(open);
  const { verdict } = await look([`https://127.0.0.1:${open.port}/`]);
  expect(verdict.findings).toMatchObject([
    { code: 'observer.clock-skew', observed: '3h ahead of 127.0.0.1', values: { likely: true } },
  ]);
});

const witnesses: [name: string, aheadMs: readonly number[], found: string | null][] = [
  ['within five minutes', [4 * 60_000, -4 * 60_000], null],
  ['all say that it is ahead', [2 * hourMs, 2 * hourMs + 2000], '2h ahead of one, two'],
  ['all say that it is behind', [-20 * 60_000, -21 * 60_000], '20m behind one, two'],
  ['one of them is off itself', [2 * hourMs, 0, 1000], null],
  ['they contradict one another', [2 * hourMs, -2 * hourMs], null],
];

it.each(witnesses)('%s', (_, aheadMs, found) => {
  const facts = {
    witnesses: aheadMs.map((ms, index) => ({
      of: ['one', 'two', 'three'][index] ?? '',
      address: `192.0.2.${index}`,
      aheadMs: ms,
    })),
  };
  const [finding] = clock.judge(facts, clock.options.parse({})).findings;
  expect(finding?.observed ?? null).toBe(found);
});

it('the clocks of hosts count, and one machine is one witness', async () => {
  const behind = { hostMs: 1_000_000, localMs: 1_000_000 + hourMs, address: '127.0.0.1' };
  const ground = { [clockOf('backend')]: behind, [clockOf('gateway')]: { ...behind, address: '192.0.2.9' } };
  const one = await look([], ground, ['backend']);
  expect(one.verdict.findings).toMatchObject([{ values: { likely: true } }]);
  const two = await look([], ground, ['backend', 'gateway']);
  expect(two.verdict.findings[0]?.values).not.toHaveProperty('likely');
  expect(two.verdict.findings[0]?.observed).toBe('1h ahead of backend, gateway');
});
