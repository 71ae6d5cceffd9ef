import { describe, expect, test } from 'vitest';
import { plainSsh } from '../../src/config/config.ts';
import { planRun } from '../../src/plan/plan.ts';
import { good, load, loadFixture } from './support.ts';

describe('a good file', () => {
  test('says little and gets the defaults', () => {
    expect(good(loadFixture('valid/minimal.toml'))).toEqual({
      ok: true,
      secrets: [],
      warnings: [],
      config: {
        title: 'viworks-doctor',
        file: 'viworks-doctor.toml',
        defaults: { timeoutMs: 5000, certDays: 21, resolver: null },
        hosts: {},
        endpoints: {
          agent: {
            url: 'wss://agent.example.com/ws/agent',
            scheme: 'wss',
            host: 'agent.example.com',
            port: 443,
            path: '/ws/agent',
            resolvesTo: [],
            health: null,
            via: null,
            to: null,
            headers: {},
            expect: {},
            tls: {},
            idleMs: null,
          },
        },
        services: {},
        proxies: {},
        checks: [],
      },
    });
  });

  test('describes the whole path', () => {
    const { config, secrets } = good(loadFixture('valid/example.toml'));
    expect(secrets).toEqual([{ name: 'AGENT_TOKEN', value: 'token/with+signs=0123' }]);
    expect(config.hosts).toEqual({
      backend: {
        address: 'backend.example.com',
        local: false,
        ssh: { ...plainSsh, user: 'root' },
      },
      gateway: {
        address: '192.0.2.30',
        local: false,
        ssh: plainSsh,
      },
      here: { address: null, local: true, ssh: null },
    });
    expect(config.endpoints.agent).toMatchObject({
      resolvesTo: ['backend'],
      health: '/health',
      via: 'nginx',
      to: { service: 'agent-server', port: 8081 },
      headers: { Authorization: 'Bearer ‹AGENT_TOKEN›' },
      expect: { status: [200], json: { status: 'healthy' } },
      tls: { ca: '/etc/doctor/private-ca.pem' },
    });
    expect(config.services['agent-server']).toEqual({
      host: 'backend',
      unit: null,
      container: null,
      process: 'viworks-backend-agent',
      processCount: null,
      listens: [
        { port: 8080, health: '/health', websocket: null },
        { port: 8081, health: '/health', websocket: '/ws/agent' },
      ],
      connectsTo: null,
      heartbeatMs: null,
      config: null,
      journal: null,
      runbook: { 'service.not-accepting': 'main.rs never calls run_server_loop(): see docs/agent.md' },
    });
    expect(config.services['gateway-agent']).toMatchObject({
      unit: 'viworks-agent.service',
      connectsTo: 'agent',
    });
    expect(config.proxies).toEqual({
      nginx: { host: 'backend', unit: null, container: null, listen: null, config: null },
    });
    expect(config.checks).toEqual([
      {
        kind: 'http',
        name: 'admin-api',
        from: 'gateway',
        options: {
          url: 'http://backend.example.com:9000/health',
          method: 'GET',
          expect: { status: 200 },
          tls: {},
          headers: {},
          certDays: 21,
          server: null,
        },
      },
    ]);
  });

  test('declares containers, configuration files, journals and silence', () => {
    const { config } = good(loadFixture('valid/contract.toml'));
    expect(config.endpoints.agent?.idleMs).toBe(70_000);
    expect(config.services['agent-server']).toMatchObject({
      unit: null,
      container: 'viworks-backend-agent-new',
      heartbeatMs: 30_000,
      config: { file: '/app/config/backend-agent.toml', expect: { 'agent_management.port': 8081 } },
      journal: null,
    });
    expect(config.services['gateway-agent']).toMatchObject({
      container: null,
      heartbeatMs: null,
      config: {
        file: '/opt/viworks/agent/agent-outbound.toml',
        expect: { 'outbound.backend_url': 'wss://agent.example.com/ws/agent' },
      },
      journal: {
        expect: 'WebSocket connection established',
        unwanted: 'connection failed',
        since: 'start',
      },
    });
    expect(config.proxies.nginx).toEqual({
      host: 'backend',
      unit: null,
      container: 'nginx',
      listen: null,
      config: '/opt/viworks/digital ocean docker/nginx/nginx.conf',
    });
    expect(planRun(config).map(({ id }) => id)).toContain('check.admin-api');
  });

  test('takes the environment, and keeps what is secret out of the configuration', () => {
    const { config, secrets, warnings } = good(loadFixture('valid/environment.toml'));
    expect(config.title).toBe('Agent, staging');
    expect(config.defaults).toEqual({ timeoutMs: 2000, certDays: 21, resolver: '192.0.2.53:53' });
    expect(config.hosts.backend).toEqual({
      address: 'backend.example.com',
      local: false,
      ssh: { ...plainSsh, user: 'deploy', port: 2222, identityFile: '/home/ops/.ssh/id_ed25519' },
    });
    expect(config.endpoints.agent).toMatchObject({
      url: 'https://backend.example.com:8443/api/‹ROOM›?token=‹AGENT_TOKEN›&v=1',
      host: 'backend.example.com',
      port: 8443,
      path: '/api/‹ROOM›?token=‹AGENT_TOKEN›&v=1',
      headers: { Authorization: 'Bearer ‹AGENT_TOKEN›', 'X-Stage': 'staging', 'X-Pin': '‹PIN›' },
      expect: { body: '^hello ‹GREETED›$', json: { 'build.version': '${not.a.variable}' } },
    });
    expect(config.endpoints.whole).toMatchObject({
      url: 'wss://whole.example.com/ws?‹WHOLE_URL:query›',
      headers: { Authorization: 'Bearer ‹whole.Authorization›' },
    });
    expect(config.services['agent-server']?.listens).toMatchObject([{ port: 8081 }]);
    expect(config.checks[0]?.options).toMatchObject({
      url: 'http://backend.example.com:9000/?key=‹ADMIN_KEY›',
      certDays: 7,
      server: '192.0.2.53:53',
    });
    expect(Object.fromEntries(secrets.map(({ name, value }) => [name, value]))).toEqual({
      ROOM: 'secret-room-17',
      AGENT_TOKEN: 'token/with+signs=0123',
      PIN: '1234',
      GREETED: 'world-wide',
      'WHOLE_URL:query': 'key=in-the-query',
      'whole.Authorization': 'in-the-file',
      ADMIN_KEY: 'admin-key-0123',
    });
    expect(warnings).toEqual(['‹PIN› is shorter than 6 characters: it is hidden only where it stands alone']);
    for (const { value } of secrets) expect(JSON.stringify(config)).not.toContain(value);
  });

  test('may write things in many ways', () => {
    const { config } = good(loadFixture('valid/every-form.toml'));
    expect(config.defaults).toEqual({ timeoutMs: 500, certDays: 21, resolver: '[2001:db8::53]:5353' });
    expect(config.hosts).toEqual({
      alias: { address: null, local: false, ssh: plainSsh },
      login: {
        address: 'backend.example.com',
        local: false,
        ssh: { ...plainSsh, address: 'backend.example.com', user: 'root', port: 2222 },
      },
      elsewhere: {
        address: '192.0.2.10',
        local: false,
        ssh: { ...plainSsh, address: '2001:db8::22', user: 'deploy' },
      },
      literal: { address: '2001:db8::10', local: false, ssh: null },
      link: {
        address: 'fe80::1%eth0',
        local: false,
        ssh: { ...plainSsh, knownHosts: '/etc/doctor/known_hosts', identityFile: '/etc/doctor/key' },
      },
      through: {
        address: '192.0.2.40',
        local: false,
        ssh: {
          ...plainSsh,
          jump: ['ops@bastion.example.com:2222', 'inner'],
          sudo: true,
          transport: 'openssh',
        },
      },
      here: { address: '127.0.0.1', local: true, ssh: null },
      constructor: { address: '192.0.2.66', local: false, ssh: null },
    });
    const { plain, port, six, database, mail, umlaut, several } = config.endpoints;
    expect(plain).toMatchObject({ url: 'http://example.com/', scheme: 'http', port: 80, path: '/' });
    expect(port).toMatchObject({
      url: 'https://example.com:8443/a?b=c',
      path: '/a?b=c',
      port: 8443,
      expect: { status: [200, '3xx'], header: { server: '^nginx' } },
    });
    expect(six).toMatchObject({
      url: 'ws://[2001:db8::1]:8080/ws',
      host: '2001:db8::1',
      expect: { upgrade: [101], close: [1000, 1008], subprotocol: 'agent.v1' },
    });
    expect(database).toMatchObject({ url: 'tcp://db:5432', scheme: 'tcp', host: 'db', port: 5432, path: '' });
    expect(mail?.tls).toEqual({
      servername: 'imap.example.com',
      cert: '/etc/doctor/client.pem',
      key: '/etc/doctor/client-key.pem',
    });
    expect(umlaut).toMatchObject({ url: 'https://xn--bcher-kva.example/', host: 'xn--bcher-kva.example' });
    expect(several?.resolvesTo).toEqual(['192.0.2.1', '2001:db8::1', 'login', 'constructor']);
    expect(config.services.workers).toMatchObject({ process: '/usr/bin/worker', processCount: 4 });
  });

  test('says values of a file openly, unless they come from the environment', () => {
    const text =
      '[hosts.b]\nlocal = true\n[services.s]\nhost = "b"\nunit = "s"\njournal = { unwanted = "failed", since = "7d" }\n' +
      'config = { file = "/etc/s.ini", expect = { \'db."a.b".key\' = "${ADMIN_KEY}", on = true, "list.0" = 1.5 } }\n';
    const { config, secrets } = good(load(text));
    expect(config.services.s).toMatchObject({
      config: { expect: { 'db."a.b".key': '‹ADMIN_KEY›', on: true, 'list.0': 1.5 } },
      journal: { expect: null, unwanted: 'failed', since: 604_800_000 },
    });
    expect(secrets).toEqual([{ name: 'ADMIN_KEY', value: 'admin-key-0123' }]);
  });

  test('begins with a byte order mark, or has lines that end in CR LF', () => {
    good(load('\ufeff[endpoints.a]\r\nurl = "https://example.com/"\r\n'));
  });

  test('gives standalone checks its own defaults', () => {
    const text =
      '[defaults]\ncert_days = 60\n[[checks]]\nkind = "http"\nname = "a"\nurl = "https://example.com/"\ntls = { ca = "ca.pem" }\n';
    const { config } = good(load(text));
    expect(config.checks[0]?.options).toMatchObject({ certDays: 60, tls: { ca: '/etc/doctor/ca.pem' } });
  });
});
