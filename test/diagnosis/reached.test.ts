/**
 * Every code of the catalogue can be reached: for each, what ends in it, and the exact causes that follow. Most are
 * recorded; what is played says so.
 */
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/diagnosis/catalogue.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { Relation } from '../../src/diagnosis/entry.ts';
import type { Cause, Result } from '../../src/report/report.ts';
import { row, topology } from '../support/incidents.ts';
import { recordedRow, replayedIncident, runnersRow } from '../support/recorded-rows.ts';
import { allCases } from './cases/all.ts';
import { recorded } from './cases/recorded.ts';

/** Whole recorded runs of `fixtures/incidents`, and all of their causes. */
const incidents: readonly [name: string, ...causes: string[]][] = [
  ['demo', 'P0 service.not-accepting', 'P0 proxy.wrong-port', 'P1 service.not-deployed'],
];

/** Played: rows written by hand, by the name of their case in `cases/`. */
const played: Readonly<Record<string, string>> = {
  'host.down': 'silence on the port and on SSH, while DNS answers: the host is down',
  'firewall.blocked': 'it listens outside with room in its queue, and nobody gets through: a firewall',
  'service.not-responding': 'accepted and never answered, whatever the path',
  'service.wrong-port': 'it listens on a port that nobody declared',
  'container.no-shared-network': 'no network has both containers',
  'proxy.not-running': 'it does not run: nothing else is said of what is in front',
  'proxy.stale-address': 'the error log names an address that the name does not have any more',
};

/** Played: what the runner says where there was no look. */
const http = { url: 'https://agent.example.com/health' };
const runners: Readonly<Record<string, Result>> = {
  'doctor.deadline': runnersRow('endpoint.agent.http', 'http', http, 'deadline'),
  'doctor.check-crashed': runnersRow('endpoint.agent.http', 'http', http, 'crash'),
};

const named = (causes: readonly Cause[]) => causes.map(({ code, priority }) => `${priority} ${code}`);
const caused = (results: readonly Result[]) => diagnose({ results, topology });
const usual = (code: string) => `${catalogue[code]?.priority} ${code}`;

describe('recorded', () => {
  it.each(Object.entries(recorded))('%s', async (code, [fixture, id, cause = usual(code)]) => {
    expect(named(caused([await recordedRow(`${fixture}.json`, id)]))).toEqual([cause]);
  });

  it.each(incidents)('%s', async (name, ...causes) => {
    expect(named((await replayedIncident(name)).diagnosis.causes)).toEqual(causes);
  });
});

describe('played', () => {
  it.each(Object.entries(played))('%s: %s', (code, name) => {
    const [found, ...others] = allCases.filter((one) => one.name === name);
    if (!found || others.length > 0) throw new Error(`no case, or several: ${name}`);
    expect(named(diagnose(found))).toEqual([usual(code)]);
  });

  it.each(Object.entries(runners))('%s', (code, row) => {
    expect(named(caused([row]))).toEqual([usual(code)]);
  });
});

/** What is seen at the endpoint's last row, and at its client, where a code brings that about. */
function consequences(code: string): Result[] {
  // What hangs on what a finding is about is told in cases of its own.
  const over = (relation: Relation) =>
    (catalogue[code]?.produces ?? [])
      .filter(({ over: where, about }) => where === relation && about === undefined)
      .flatMap(({ codes }) => codes);
  const seen = ['http.bad-gateway', 'websocket.not-found'].find((one) => over('endpoint').includes(one));
  return [
    ...(seen === undefined ? [] : [row('endpoint.agent.websocket', seen)]),
    ...(over('client').includes('service.not-connected')
      ? [
          ...(seen === undefined ? [] : [row('endpoint.agent@gateway.websocket', seen)]),
          row('service.gateway-agent.connection', 'service.not-connected'),
        ]
      : []),
  ];
}

/** Between the incident's endpoint and what its requests must reach: the proxy, and the service's right port. */
const isOnThePath = (id: string) => /^(?:proxy\.nginx|service\.agent-server)\.(?!.*8080)/.test(id);

/** A warning by itself, which brings nothing about. */
const warnings = ['proxy.not-reloaded'];

describe('what a code brings about is no cause beside it', () => {
  const bringing = Object.entries(recorded).filter(
    ([code, [, id]]) => isOnThePath(id) && !warnings.includes(code) && consequences(code).length > 0,
  );

  it.each(bringing)('%s', async (code, [fixture, id]) => {
    const results = [await recordedRow(`${fixture}.json`, id), ...consequences(code)];
    expect(caused(results).map((cause) => cause.code)).toEqual([code]);
    const [only] = caused(results);
    expect([...(only?.because ?? []), ...(only?.explains ?? [])].sort()).toEqual(
      results.map((one) => one.id).sort(),
    );
  });
});

it('no code is left out', () => {
  const inIncidents = incidents.flatMap(([, ...causes]) => causes.map((cause) => cause.slice(3)));
  const shown = [recorded, played, runners].flatMap(Object.keys);
  const reached = new Set([...shown, ...inIncidents]);
  expect(Object.keys(catalogue).filter((code) => !reached.has(code))).toEqual([]);
});
