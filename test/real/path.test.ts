/** The path to an endpoint, fault by fault: a real DNS server, a real nginx, and what is behind it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { causesOf, rowsOf } from './doctor.ts';
import { port } from './ports.ts';
import { lacks, openWorld, type SiteName, type World } from './world.ts';

const names = ['dns', 'port', 'tls', 'http', 'websocket'];

/** The five rows of the endpoint, as they are given or `pass`; once one blocks, the rest waits on it. */
function five(...statuses: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, at) => [`endpoint.agent.${name}`, statuses[at] ?? 'pass']));
}

const waiting = (on: string) => `skip endpoint.agent.${on}`;
const blockedByTls = (...codes: string[]) =>
  five('pass', 'pass', `fail ${codes.join(' ')}`, waiting('tls'), waiting('tls'));

interface Scenario {
  readonly fault: string;
  /** Default: `good`, or the port itself. */
  readonly site?: SiteName | 'nothing';
  readonly host?: string;
  readonly scheme?: string;
  readonly path?: string;
  readonly more?: string;
  /** A section, of the port on which nothing listens. */
  readonly defaults?: (nothing: number) => string;
  readonly args?: readonly string[];
  readonly rows: Record<string, string>;
  readonly code: number;
  readonly causes: readonly string[];
}

const scenarios: readonly Scenario[] = [
  { fault: 'none', rows: five(), code: 0, causes: [] },
  {
    fault: 'a name that does not exist',
    host: 'agnet.example.com',
    rows: five('fail dns.nxdomain', ...Array<string>(4).fill(waiting('dns'))),
    code: 1,
    causes: ['P0 dns.nxdomain endpoint.agent'],
  },
  {
    fault: 'a name without an address',
    host: 'text.example.com',
    rows: five('fail dns.no-address', ...Array<string>(4).fill(waiting('dns'))),
    code: 1,
    causes: ['P0 dns.no-address endpoint.agent'],
  },
  {
    fault: 'a name that the DNS server refuses to answer for',
    host: 'agent.example.net',
    rows: five('fail dns.server-failure', ...Array<string>(4).fill(waiting('dns'))),
    code: 1,
    causes: ['P0 dns.server-failure endpoint.agent'],
  },
  {
    fault: 'no DNS server where one should be',
    site: 'nothing',
    defaults: (nothing) => `[defaults]\nresolver = "127.0.0.1:${nothing}"`,
    rows: five('fail dns.no-answer', ...Array<string>(4).fill(waiting('dns'))),
    code: 1,
    causes: ['P0 dns.no-answer endpoint.agent'],
  },
  {
    fault: 'another address than declared',
    more: 'resolves_to = ["127.0.0.3"]',
    rows: five('fail dns.wrong-address'),
    code: 1,
    causes: ['P1 dns.wrong-address endpoint.agent'],
  },
  {
    fault: 'another address than declared, where nothing listens',
    host: 'moved.example.com',
    more: 'resolves_to = ["127.0.0.1"]',
    rows: five('fail dns.wrong-address', 'fail port.refused', ...Array<string>(3).fill(waiting('port'))),
    code: 1,
    causes: ['P0 dns.wrong-address endpoint.agent'],
  },
  {
    fault: 'nothing on the port',
    site: 'nothing',
    rows: five('pass', 'fail port.refused', ...Array<string>(3).fill(waiting('port'))),
    code: 1,
    causes: ['P0 port.refused endpoint.agent'],
  },
  {
    fault: 'two addresses, one without a server',
    host: 'two.example.com',
    rows: five('pass', 'fail port.partial'),
    code: 1,
    causes: ['P1 port.partial endpoint.agent'],
  },
  {
    fault: 'an expired certificate',
    site: 'expired',
    rows: blockedByTls('tls.expired'),
    code: 1,
    causes: ['P0 tls.expired endpoint.agent'],
  },
  {
    fault: 'a certificate that is expired and for another name',
    site: 'expiredAndWrongName',
    rows: blockedByTls('tls.expired', 'tls.wrong-name'),
    code: 1,
    // of two as grave as each other, the one that the catalogue has deeper
    causes: ['P0 tls.wrong-name endpoint.agent', 'P0 tls.expired endpoint.agent'],
  },
  {
    fault: 'a self-signed certificate',
    site: 'selfSigned',
    rows: blockedByTls('tls.self-signed'),
    code: 1,
    causes: ['P0 tls.self-signed endpoint.agent'],
  },
  {
    fault: 'a certificate of an authority that nobody knows',
    site: 'unknownIssuer',
    rows: blockedByTls('tls.unknown-issuer'),
    code: 1,
    causes: ['P0 tls.unknown-issuer endpoint.agent'],
  },
  {
    fault: 'a certificate without its intermediate',
    site: 'incompleteChain',
    rows: blockedByTls('tls.incomplete-chain'),
    code: 1,
    causes: ['P0 tls.incomplete-chain endpoint.agent'],
  },
  {
    fault: 'no TLS on the port',
    site: 'plain',
    rows: blockedByTls('tls.not-tls'),
    code: 1,
    causes: ['P0 tls.not-tls endpoint.agent'],
  },
  {
    fault: 'a certificate that ends in five days',
    site: 'expiring',
    rows: five('pass', 'pass', 'warn tls.expiring'),
    code: 0,
    causes: ['P1 tls.expiring endpoint.agent'],
  },
  {
    fault: 'a certificate that ends in five days, held strictly',
    site: 'expiring',
    args: ['--strict'],
    rows: five('pass', 'pass', 'warn tls.expiring'),
    code: 1,
    causes: ['P1 tls.expiring endpoint.agent'],
  },
  {
    fault: '404 to the upgrade',
    site: 'toHealth',
    rows: five('pass', 'pass', 'pass', 'pass', 'fail websocket.not-found'),
    code: 1,
    causes: ['P0 websocket.not-found endpoint.agent'],
  },
];

/** The upgrade alone goes wrong. */
const upgradeFails = (code: string) => ({
  rows: five('pass', 'pass', 'pass', 'pass', `fail ${code}`),
  code: 1,
  causes: [`P0 ${code} endpoint.agent`],
});

/** A page, for which there are four rows. */
const page = (code: string, priority = 'P0') => {
  const { 'endpoint.agent.websocket': _, ...rows } = five('pass', 'pass', 'pass', `fail ${code}`);
  return { scheme: 'https', rows, code: 1, causes: [`${priority} ${code} endpoint.agent`] };
};

const answers: readonly Scenario[] = [
  {
    fault: 'nginx keeps the upgrade to itself',
    path: '/no-upgrade',
    ...upgradeFails('websocket.not-upgraded'),
  },
  { fault: '401 to the upgrade', path: '/private', ...upgradeFails('websocket.unauthorized') },
  { fault: '204 to the upgrade', path: '/nothing', ...upgradeFails('websocket.not-upgraded') },
  { fault: '302 to the upgrade', path: '/circle', ...upgradeFails('websocket.rejected') },
  { fault: '503 to the upgrade', path: '/busy', ...upgradeFails('http.unavailable') },
  { fault: 'the upgrade is hung up on', path: '/closed', ...upgradeFails('websocket.closed') },
  {
    fault: 'none, where 401 is what should come',
    path: '/private',
    more: 'expect = { upgrade = [101, 401] }',
    rows: five(),
    code: 0,
    causes: [],
  },
  { fault: 'a page that is not there', path: '/ws/agent', site: 'toHealth', ...page('http.status') },
  { fault: 'a page that says 503', path: '/busy', ...page('http.unavailable') },
  { fault: 'a page that is hung up on', path: '/closed', ...page('http.closed') },
  { fault: 'a page that redirects to itself', path: '/circle', ...page('http.redirect-loop') },
  {
    fault: 'a page with other content',
    path: '/health',
    more: 'expect = { json = { status = "degraded" } }',
    ...page('http.body'),
  },
];

describe.skipIf(lacks)('the path to an endpoint', () => {
  let world: World;
  let nothing: number;
  beforeAll(async () => {
    world = await openWorld();
    nothing = await port();
    await world.during(
      world.programs.runBackend({ [world.health]: 'health', [world.websocket]: 'websocket' }),
    );
  });
  afterAll(() => world?.close());

  const endpoint = (scenario: Partial<Scenario>) => {
    const { host = 'agent.example.com', site = 'good', scheme = 'wss', path = '/ws/agent' } = scenario;
    const at = `${host}:${site === 'nothing' ? nothing : world.sites[site]}`;
    return `[endpoints.agent]
url = "${scheme}://${at}${path}"
${scheme === 'wss' ? 'health = "/health"' : ''}
tls = { ca = "${world.ca}" }
${scenario.more ?? ''}`;
  };

  it.each([...scenarios, ...answers].map((one) => [one.fault, one] as const))('%s', async (_, scenario) => {
    const defaults = scenario.defaults ? [scenario.defaults(nothing)] : [];
    const { report, code } = await world.run([...defaults, endpoint(scenario)], ...(scenario.args ?? []));
    expect(rowsOf(report)).toEqual(scenario.rows);
    expect(causesOf(report)).toEqual(scenario.causes);
    expect(code).toBe(scenario.code);
  });

  it('says where the evidence ends', async () => {
    const { report } = await world.run([endpoint({ site: 'toHealth' })]);
    expect(report.diagnosis.causes.map(({ next }) => next)).toEqual([
      'declare what is behind it: via = "PROXY" and to = "SERVICE:PORT" of endpoints.agent',
    ]);
  });

  it('says of each of two faults of a certificate what is its own', async () => {
    const { report } = await world.run([endpoint({ site: 'expiredAndWrongName' })]);
    expect(report.diagnosis.causes.map(({ evidence }) => evidence.length)).toEqual([1, 1]);
    const [name, date] = report.diagnosis.causes.map(({ evidence }) => evidence[0]);
    expect(name).toContain('old.example.com');
    expect(name).not.toContain('expired');
    expect(date).toContain('expired');
    expect(date).not.toContain('old.example.com');
  });
});
