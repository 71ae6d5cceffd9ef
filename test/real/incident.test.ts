/** The incident that the project began with: diagnosed, and repaired step by step; and what else goes wrong in such a place. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { causesOf, rowsOf } from './doctor.ts';
import { agent, type Incident, lacks, nginxFile, openIncident, secrets } from './incident-world.ts';

const toHealth = `http://${agent}:8080`;
const toAgents = `http://${agent}:8081`;

/** What does not pass. */
const troubles = (report: Report) =>
  Object.fromEntries(Object.entries(rowsOf(report)).filter(([, says]) => says !== 'pass'));

const confidences = ({ diagnosis }: Report) => diagnosis.causes.map(({ confidence }) => confidence);

describe.skipIf(lacks)('the incident', () => {
  let incident: Incident;
  beforeAll(async () => {
    incident = await openIncident();
    incident.proxyTo(toHealth);
    await incident.startAgent();
    await incident.startNginx();
  });
  afterAll(() => incident?.close());

  describe('as it was', () => {
    it('is diagnosed', async () => {
      const { code, report, stdout, stderr, record } = await incident.look();
      expect(troubles(report)).toEqual({
        'endpoint.agent.websocket': 'fail websocket.not-found',
        'endpoint.agent.idle': 'skip endpoint.agent.websocket',
        'endpoint.agent@gateway.websocket': 'fail websocket.not-found',
        'proxy.nginx.route.agent': 'fail proxy.wrong-port',
        'service.agent-server.http.8081': 'fail http.timeout',
        'service.agent-server.websocket.8081': 'fail websocket.timeout',
        'service.gateway-agent.process': 'fail process.missing',
        'service.gateway-agent.connection': 'skip service.gateway-agent.process',
      });
      expect({ code, causes: causesOf(report), confidences: confidences(report) }).toEqual({
        code: 1,
        causes: [
          'P0 service.not-accepting service.agent-server',
          'P0 proxy.wrong-port proxy.nginx',
          'P1 service.not-deployed service.gateway-agent',
        ],
        confidences: ['certain', 'certain', 'certain'],
      });
      const route = report.results.find(({ id }) => id === 'proxy.nginx.route.agent');
      expect(route?.findings).toMatchObject([{ file: nginxFile, line: incident.line }]);
      const [notAccepting, wrongPort] = report.diagnosis.causes;
      expect(wrongPort?.fix.steps[0]).toContain(`${nginxFile}:${incident.line}`);
      expect(wrongPort?.fix.steps[0]).toContain(`proxy_pass ${toHealth}; → proxy_pass ${toAgents};`);
      expect(notAccepting?.fix.summary).toBe('main.rs never calls run_server_loop(): see docs/agent.md');
      const said = stdout + stderr + readFileSync(record, 'utf8');
      for (const secret of secrets) expect(said).not.toContain(secret);
      expect((await incident.replay('json')).stdout).toBe(stdout);
      expect((await incident.replay('table')).stdout).toContain(`${nginxFile}:${incident.line}`);
    });

    it('has one cause more where the file of the agent says another port', async () => {
      incident.configureAgent(8082);
      const { report } = await incident.look();
      incident.configureAgent(8081);
      expect(causesOf(report)).toEqual([
        'P0 service.not-accepting service.agent-server',
        'P0 proxy.wrong-port proxy.nginx',
        'P1 service.not-deployed service.gateway-agent',
        'P1 config.mismatch service.agent-server',
      ]);
    });
  });

  describe('repaired step by step', () => {
    const left = async () => {
      const { code, report } = await incident.look();
      return { code, causes: causesOf(report) };
    };

    it('the proxy forwards to the right port', async () => {
      incident.proxyTo(toAgents);
      incident.reload();
      expect(await left()).toEqual({
        code: 1,
        causes: [
          'P0 service.not-accepting service.agent-server',
          'P1 service.not-deployed service.gateway-agent',
        ],
      });
    });

    it('the agent accepts', async () => {
      await incident.startAgent({ loop: true });
      expect(await left()).toEqual({ code: 1, causes: ['P1 service.not-deployed service.gateway-agent'] });
    });

    it("the gateway's agent is deployed, and all is well", async () => {
      await incident.deployGatewayAgent();
      const { code, report } = await incident.look();
      expect({ code, causes: causesOf(report), troubles: troubles(report) }).toEqual({
        code: 0,
        causes: [],
        troubles: {},
      });
    });
  });

  describe('afterwards', () => {
    beforeEach(async () => {
      incident.vacate();
      await incident.startAgent({ loop: true });
      incident.proxyTo(toAgents);
      await incident.startNginx();
      await incident.deployGatewayAgent();
    });

    it('a container that was made anew has another address, and nginx uses the old one', async () => {
      await incident.startAgent({ loop: true, last: 9 });
      // nobody has the old address: nginx waits, or is told so, which depends on the time that has gone by
      const silent = await incident.look();
      expect(causesOf(silent.report)).toEqual(['P0 proxy.stale-address proxy.nginx']);
      // now somebody has it, and refuses
      incident.occupy(4);
      const refused = await incident.look();
      expect(causesOf(refused.report)).toEqual(['P0 proxy.stale-address proxy.nginx']);
      expect(confidences(refused.report)).toEqual(['certain']);
      incident.reload();
      await incident.connected();
      expect((await incident.look()).code).toBe(0);
    });

    it('the agent takes another port from its file', async () => {
      incident.configureAgent(8082);
      await incident.restartAgent();
      const { report } = await incident.look();
      expect(causesOf(report)).toEqual(['P0 config.mismatch service.agent-server']);
      expect(troubles(report)).toMatchObject({
        'service.agent-server.netstat.8081': 'fail netstat.not-listening',
        'service.gateway-agent.connection': 'fail service.not-connected',
      });
    });

    it('nginx is on another network, and asks for the name request by request', async () => {
      incident.proxyTo(`http://$agent:8081; resolver 127.0.0.11; set $agent ${agent}`);
      await incident.startNginx('elsewhere');
      const { report } = await incident.look();
      expect(causesOf(report)).toEqual(['P0 container.no-shared-network proxy.nginx']);
    });

    it('nginx is on another network, and does not start without the name', async () => {
      await incident.startNginx('elsewhere');
      const { report } = await incident.look();
      expect(causesOf(report)).toEqual(['P0 container.no-shared-network proxy.nginx']);
      expect(report.diagnosis.causes[0]?.because).toContain('proxy.nginx.nginx');
      const { findings } = report.results.find(({ id }) => id === 'proxy.nginx.nginx') ?? {};
      expect(findings).toMatchObject([{ file: nginxFile, line: incident.line }]);
    });
  });
});
