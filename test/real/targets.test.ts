/** Targets on the command line, without any file. `localhost` is the one name that every machine resolves by itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { causesOf, reportIn, rowsOf } from './doctor.ts';
import { port } from './ports.ts';
import { lacks, openWorld, type SiteName, user, type World } from './world.ts';

interface Scenario {
  readonly name: string;
  readonly targets: (world: World) => readonly string[];
  /** Trusts the world's authority. */
  readonly trusting?: boolean;
  readonly rows: Readonly<Record<string, string>>;
  readonly code: number;
  readonly causes: readonly string[];
}

const at =
  (scheme: string, site: SiteName, path = '') =>
  ({ sites }: World) => [`${scheme}://localhost:${sites[site]}${path}`];

const scenarios: readonly Scenario[] = [
  {
    name: 'wss: five rows, and no cause',
    targets: at('wss', 'good', '/ws/agent'),
    trusting: true,
    rows: {
      'endpoint.localhost.dns': 'pass',
      'endpoint.localhost.port': 'pass',
      'endpoint.localhost.tls': 'pass',
      'endpoint.localhost.http': 'pass',
      'endpoint.localhost.websocket': 'pass',
    },
    code: 0,
    causes: [],
  },
  {
    name: 'wss: five rows, and the cause that the upgrade is answered with 404',
    targets: at('wss', 'toHealth', '/ws/agent'),
    trusting: true,
    rows: {
      'endpoint.localhost.dns': 'pass',
      'endpoint.localhost.port': 'pass',
      'endpoint.localhost.tls': 'pass',
      'endpoint.localhost.http': 'pass',
      'endpoint.localhost.websocket': 'fail websocket.not-found',
    },
    code: 1,
    causes: ['P0 websocket.not-found endpoint.localhost'],
  },
  {
    name: 'wss: five rows, and the cause that nobody here knows the authority',
    targets: at('wss', 'unknownIssuer', '/ws/agent'),
    rows: {
      'endpoint.localhost.dns': 'pass',
      'endpoint.localhost.port': 'pass',
      'endpoint.localhost.tls': 'fail tls.unknown-issuer',
      'endpoint.localhost.http': 'skip endpoint.localhost.tls',
      'endpoint.localhost.websocket': 'skip endpoint.localhost.tls',
    },
    code: 1,
    causes: ['P0 tls.unknown-issuer endpoint.localhost'],
  },
  {
    name: 'ws: no certificate',
    targets: at('ws', 'plain', '/ws/agent'),
    rows: {
      'endpoint.localhost.dns': 'pass',
      'endpoint.localhost.port': 'pass',
      'endpoint.localhost.http': 'pass',
      'endpoint.localhost.websocket': 'pass',
    },
    code: 0,
    causes: [],
  },
  {
    name: 'https, and its answer',
    targets: at('https', 'good', '/no-such-path/health'),
    trusting: true,
    rows: {
      'endpoint.localhost.dns': 'pass',
      'endpoint.localhost.port': 'pass',
      'endpoint.localhost.tls': 'pass',
      'endpoint.localhost.http': 'pass',
    },
    code: 0,
    causes: [],
  },
  {
    name: 'tls, by an address: no name to resolve, and the certificate is not for it',
    targets: ({ sites }) => [`tls://127.0.0.1:${sites.good}`],
    trusting: true,
    rows: {
      'endpoint.127-0-0-1.port': 'pass',
      'endpoint.127-0-0-1.tls': 'fail tls.wrong-name',
    },
    code: 1,
    causes: ['P0 tls.wrong-name endpoint.127-0-0-1'],
  },
  {
    name: 'two tcp targets at one host, and the way in to it',
    targets: ({ sites, health, hosts }) => [
      `tcp://127.0.0.1:${sites.good}`,
      `tcp://127.0.0.1:${health}`,
      `ssh://${user}@127.0.0.1:${hosts?.backend.port}`,
    ],
    rows: {
      'endpoint.127-0-0-1.port': 'pass',
      'endpoint.127-0-0-1-2.port': 'pass',
      'host.127-0-0-1.ssh': 'pass',
    },
    code: 0,
    causes: [],
  },
];

describe.skipIf(lacks)('run TARGET', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ ssh: true });
    await world.during(
      world.programs.runBackend({ [world.health]: 'health', [world.websocket]: 'websocket' }),
    );
  });
  afterAll(() => world?.close());

  const run = async (targets: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const ran = await world.doctor(['run', ...targets, '-f', 'json'], { home: world.home.folder, env });
    return { ...ran, report: await reportIn(ran, world.folder) };
  };

  it.each(scenarios.map((one) => [one.name, one] as const))('%s', async (_, scenario) => {
    const trust: Record<string, string> = scenario.trusting ? { NODE_EXTRA_CA_CERTS: world.ca } : {};
    const { report, code } = await run(scenario.targets(world), trust);
    expect(rowsOf(report)).toEqual(scenario.rows);
    expect(causesOf(report)).toEqual(scenario.causes);
    expect(code).toBe(scenario.code);
  });

  it('says what to run again', async () => {
    const target = `tcp://localhost:${await port()}`;
    const { report } = await run([target]);
    expect(report.diagnosis.causes[0]?.verify.at(-1)).toBe(`viworks-doctor run ${target}`);
  });

  it('hides what a target says of its user', async () => {
    const target = `http://somebody:open-sesame@localhost:${world.sites.plain}/echo`;
    const { report, stdout } = await run([target]);
    expect(rowsOf(report)['endpoint.localhost.http']).toBe('pass');
    expect(stdout).toContain('you sent Basic ');
    for (const secret of ['open-sesame', Buffer.from('somebody:open-sesame').toString('base64')])
      expect(stdout).not.toContain(secret);
  });
});
