/** What a real nginx does with an endpoint's request, fault by fault: exactly these causes, at these lines. */
import { renameSync, utimesSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { certificateMaker } from '../support/certificates.ts';
import { needs } from '../support/tools.ts';
import { causesOf } from './doctor.ts';
import { nginx } from './nginx.ts';
import { faults, inServer, local, right, sound } from './proxy-scenarios.ts';
import { openProxyWorld, type ProxyWorld, passing, server, topology } from './proxy-world.ts';

describe.skipIf(needs('nginx-light', nginx))('what nginx does with a request', () => {
  let world: ProxyWorld;
  beforeAll(async () => {
    world = await openProxyWorld();
  });
  afterEach(() => world?.endScenario());
  afterAll(() => world?.close());

  it.each([...faults, ...sound].map((one) => [one.fault, one] as const))('%s', async (_, scenario) => {
    const { ports } = world;
    const { causes = [], confidence = 'certain', code = causes.length > 0 ? 1 : 0, at } = scenario;
    await world.runServer();
    world.write(scenario.files(ports));
    await world.startNginx();
    scenario.afterwards?.(world);
    const { report, code: ended } = await world.run(topology(world, scenario.topology?.(ports)));
    expect(causesOf(report)).toEqual(causes);
    expect(report.diagnosis.causes.map((cause) => cause.confidence)).toEqual(causes.map(() => confidence));
    expect(ended).toBe(code);
    if (!at) return;
    const [, cause = ''] = causes[0]?.split(' ') ?? [];
    const finding = report.results.flatMap(({ findings }) => findings).find((one) => one.code === cause);
    const [file, text] = at;
    expect(finding?.file).toBe(join(world.main, '..', file));
    expect(world.lineOf(file, finding?.line ?? 0)).toBe(text);
  });

  describe.skipIf(userInfo().uid !== 0)('where nginx does not run', () => {
    const alone = () =>
      topology(world)
        .replace(/^to = .*$/m, '')
        .replace(/\[services.*/s, '');

    it('its unit was stopped', async () => {
      world.write(right(world.ports));
      const { report, code } = await world.runApart(alone(), 'Stopped nginx.service.');
      expect(causesOf(report)).toEqual(['P0 proxy.not-running proxy.nginx']);
      expect(code).toBe(1);
    });

    it('it was never installed', async () => {
      const nowhere = alone().replace(world.main, '/nonexistent/nginx.conf');
      const { report } = await world.runApart(nowhere, '');
      expect(causesOf(report)).toEqual(['P0 proxy.not-running proxy.nginx']);
    });

    it('its unit failed, and its last words say why', async () => {
      world.write(right(world.ports));
      const journal = `nginx: [emerg] unknown directive "prox_pass" in ${world.main}:17`;
      const { report, code } = await world.runApart(alone(), journal);
      expect(causesOf(report)).toEqual(['P0 proxy.config-invalid proxy.nginx']);
      const [finding] = report.results.find(({ id }) => id === 'proxy.nginx.nginx')?.findings ?? [];
      expect(finding).toMatchObject({ file: world.main, line: 17 });
      expect(code).toBe(1);
    });
  });

  it.each([
    ['expired', -3, ['P0 proxy.not-reloaded proxy.nginx'], 1],
    ['soon to expire', 5, ['P2 proxy.not-reloaded proxy.nginx'], 0],
  ] as const)('a renewed certificate beside one %s that is still served', async (_, until, causes, code) => {
    const { ports } = world;
    const maker = certificateMaker();
    try {
      const root = maker.make({ cn: 'Example Root', authority: true });
      const leaf = { cn: 'localhost', names: ['DNS:localhost'], issuer: root, from: -90 };
      const old = maker.make({ ...leaf, until });
      const { cert } = maker.make({ ...leaf, until: 80, sameKeyAs: old });
      const tls = `ssl_certificate ${old.certFile};\nssl_certificate_key ${old.keyFile};`;
      const secure = server(ports.front, `${tls}\n${passing(local(ports.websocket))}`);
      await world.runServer();
      world.write({ server: secure.replace(/listen (\S+);/, 'listen $1 ssl;') });
      await world.startNginx();
      writeFileSync(old.certFile, cert);
      const later = Date.now() / 1000 + 60;
      utimesSync(old.certFile, later, later);
      const text = topology(world, { scheme: 'wss' }).replace(
        'via = "nginx"',
        `via = "nginx"\ntls = { ca = "${root.certFile}" }`,
      );
      const { report, code: ended } = await world.run(text);
      expect(causesOf(report)).toEqual(causes);
      expect(ended).toBe(code);
    } finally {
      maker.remove();
    }
  });

  it('shows the block that takes the request, the errors of its servers, and no secret', async () => {
    const { ports } = world;
    await world.runServer();
    const secret = 'proxy_set_header Authorization "Bearer hunter2-hunter2"; # hunter2-hunter2';
    world.write({
      server: server(
        ports.front,
        passing(`http://127.0.0.2:${ports.websocket}`).replace('{', `{\n${secret}`),
      ),
      http: 'map $host $api_key { default hunter2-hunter2; }',
    });
    await world.startNginx();
    const { report, stdout } = await world.run(topology(world));
    const facts = report.results.find(({ id }) => id === 'proxy.nginx.route.agent')?.facts;
    expect(facts).toMatchObject({
      block: {
        lines: expect.arrayContaining([
          'proxy_set_header Authorization …; # …',
          `proxy_pass http://127.0.0.2:${ports.websocket};`,
        ]),
      },
      errorLog: expect.arrayContaining([
        expect.stringContaining('Connection refused) while connecting to upstream'),
      ]),
    });
    expect(stdout).not.toContain('hunter2');
    expect(report.diagnosis.causes[0]?.evidence.join('\n')).toContain('Connection refused');
  });

  it('the incident, repaired step by step', async () => {
    const { ports, programs, folder } = world;
    const agent = join(folder, programs.gateway);
    const away = join(folder, 'not installed');
    const configuration = topology(world, {
      services: `[services.gateway-agent]\nhost = "backend"\nprocess = "${agent}"\nconnects_to = "agent"\n`,
    });
    const seen = async () => {
      const { report, code } = await world.run(configuration, '--timeout', '2s');
      return [code, ...causesOf(report)];
    };
    renameSync(agent, away);
    world.write(inServer(({ health }) => passing(local(health)))(ports));
    await world.startNginx();
    await world.during(programs.runBackend({ [ports.health]: 'health' }));
    const stuck = await programs.runBackend({ [ports.websocket]: 'never accepts' });
    const [stuckCause, portCause, agentCause] = [
      'P0 service.not-accepting service.agent-server',
      'P0 proxy.wrong-port proxy.nginx',
      'P1 service.not-deployed service.gateway-agent',
    ];
    try {
      expect(await seen()).toEqual([1, stuckCause, portCause, agentCause]);
      world.write(right(ports));
      await world.reload();
      expect(await seen()).toEqual([1, stuckCause, agentCause]);
    } finally {
      await stuck.stop();
      renameSync(away, agent);
    }
    await world.during(programs.runBackend({ [ports.websocket]: 'websocket' }));
    renameSync(agent, away);
    expect(await seen()).toEqual([1, agentCause]);
    renameSync(away, agent);
    await world.during(
      programs.runGateway({ url: `ws://localhost:${ports.front}/ws/agent`, ca: world.main }),
    );
    expect(await seen()).toEqual([0]);
  });
});
