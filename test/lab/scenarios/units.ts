/** Faults of units, processes, sockets and files on the hosts. */
import * as programs from '../programs.ts';
import type { Scenario } from '../scenario.ts';
import { clientUnit, serverUnit, type World } from '../world.ts';

const { backendConfiguration: serverFile, backendProgram, gatewayConfiguration: clientFile } = programs;
const server = `/etc/systemd/system/${serverUnit}`;
const client = `/etc/systemd/system/${clientUnit}`;

const drop = (unit: string, text: string) =>
  `mkdir -p /etc/systemd/system/${unit}.d; printf '%b' '${text}' >/etc/systemd/system/${unit}.d/lab.conf; systemctl daemon-reload`;
/** With a configuration that the program does not take. */
const broken = 'printf "[server]\\nhealth_port 8080\\n"';

export const units: readonly Scenario[] = [
  {
    name: 'unit-stopped-by-hand',
    about: 'systemctl stop of the agent',
    causes: ['P0 systemd.inactive service.agent-server'],
    exit: 1,
    inject: ({ backend }) => void backend.run('systemctl', 'stop', serverUnit),
  },
  {
    name: 'unit-of-the-gateway-stopped',
    about: "systemctl stop of the gateway's agent",
    causes: ['P1 systemd.inactive service.gateway-agent'],
    exit: 1,
    inject: ({ gateway }) => void gateway.run('systemctl', 'stop', clientUnit),
  },
  {
    name: 'unit-failed-by-signal',
    about: 'the agent crashed (SIGSEGV)',
    causes: ['P0 systemd.failed service.agent-server'],
    exit: 1,
    inject: ({ backend }) => void backend.sh(`systemctl kill -s SEGV ${serverUnit}; sleep 0.3`),
  },
  {
    name: 'unit-failed-by-exit-code',
    about: 'the program of the agent throws at its start',
    causes: ['P0 systemd.failed service.agent-server'],
    exit: 1,
    inject: ({ backend }) => {
      backend.sh(
        `sed -i '2i throw new Error("cannot open the data layer");' ${backendProgram}; systemctl restart ${serverUnit}; sleep 0.5`,
      );
    },
  },
  {
    name: 'unit-failed-no-program',
    about: "the unit's program was removed",
    causes: ['P0 systemd.failed service.agent-server'],
    exit: 1,
    inject: ({ backend }) =>
      void backend.sh(`rm ${backendProgram}; systemctl restart ${serverUnit} || true; sleep 0.3`),
  },
  {
    name: 'unit-failed-by-its-file',
    about: "a line of the agent's configuration file is broken, and the agent was restarted",
    causes: ['P0 config.invalid service.agent-server'],
    exit: 1,
    inject: ({ backend }) =>
      void backend.sh(`${broken} >${serverFile}; systemctl restart ${serverUnit}; sleep 0.5`),
  },
  {
    name: 'unit-failed-without-its-file',
    about: "the agent's configuration file is gone, and the agent was restarted",
    causes: ['P0 config.missing service.agent-server'],
    exit: 1,
    inject: ({ backend }) => void backend.sh(`rm ${serverFile}; systemctl restart ${serverUnit}; sleep 0.5`),
  },
  {
    name: 'unit-failed-by-a-taken-port',
    about: 'another program has the WebSocket port, and the agent was restarted',
    causes: ['P0 netstat.wrong-process service.agent-server'],
    confidence: 'likely',
    exit: 1,
    inject: ({ backend }) => {
      backend.sh(`systemctl stop ${serverUnit}
systemd-run -q --unit=lab-squatter /usr/local/bin/node -e 'require("http").createServer((q, s) => s.writeHead(404).end()).listen(8081)'
sleep 0.5; systemctl start ${serverUnit}; sleep 0.5`);
    },
    repair: ({ backend }) => void backend.run('systemctl', 'stop', 'lab-squatter'),
  },
  {
    name: 'unit-restarting',
    about: 'the agent ends at once, and systemd starts it again and again',
    causes: ['P0 systemd.restarting service.agent-server'],
    exit: 1,
    inject: ({ backend }) => {
      backend.sh(`sed -i '2i throw new Error("cannot open the data layer");' ${backendProgram}
${drop(serverUnit, '[Unit]\\nStartLimitIntervalSec=0\\n[Service]\\nRestart=always\\nRestartSec=1\\n')}
systemctl restart ${serverUnit}; sleep 1.5`);
    },
  },
  {
    name: 'unit-start-limit',
    about: 'systemd gave up starting the agent',
    causes: ['P0 systemd.restarting service.agent-server'],
    exit: 1,
    inject: ({ backend }) => {
      backend.sh(`sed -i '2i throw new Error("cannot open the data layer");' ${backendProgram}
${drop(serverUnit, '[Service]\\nRestart=always\\nRestartSec=100ms\\n')}
systemctl restart ${serverUnit}; sleep 3`);
    },
  },
  {
    name: 'unit-masked',
    about: 'the unit of the agent was masked and stopped',
    causes: ['P0 systemd.masked service.agent-server'],
    exit: 1,
    inject: ({ backend }) =>
      void backend.sh(`systemctl stop ${serverUnit}; rm ${server}; systemctl -q mask ${serverUnit}`),
  },
  {
    name: 'unit-disabled',
    about: 'the unit of the agent was disabled; it runs',
    causes: ['P1 systemd.disabled service.agent-server'],
    exit: 0,
    inject: ({ backend }) => void backend.sh(`systemctl -q disable ${serverUnit} 2>/dev/null`),
  },
  {
    name: 'unit-not-found',
    about: "the agent's unit file was removed; its program is there",
    causes: ['P0 systemd.not-found service.agent-server'],
    exit: 1,
    inject: ({ backend }) =>
      void backend.sh(
        `systemctl -q disable --now ${serverUnit} 2>/dev/null; rm ${server}; systemctl daemon-reload`,
      ),
  },
  {
    name: 'unit-not-found-runs-bare',
    about: 'the agent was started by hand, without a unit',
    causes: ['P1 systemd.not-found service.agent-server'],
    exit: 1,
    inject: ({ backend }) => {
      backend.sh(`systemctl -q disable --now ${serverUnit} 2>/dev/null; rm ${server}; systemctl daemon-reload
setsid ${backendProgram} >/dev/null 2>&1 </dev/null & sleep 0.6`);
    },
    repair: ({ backend }) => void backend.sh(`pkill -f '[v]iworks-backend-agent' || true`),
  },
  {
    name: 'service-not-deployed',
    about: "the gateway's agent was never installed: no unit, no program",
    causes: ['P1 service.not-deployed service.gateway-agent'],
    exit: 1,
    inject: ({ gateway }) => {
      gateway.sh(
        `systemctl -q disable --now ${clientUnit} 2>/dev/null; rm ${client} ${programs.gatewayProgram}; systemctl daemon-reload`,
      );
    },
  },
  {
    name: 'service-not-deployed-backend',
    about: 'the agent was never installed on the backend',
    causes: ['P0 service.not-deployed service.agent-server'],
    exit: 1,
    inject: ({ backend }) => {
      backend.sh(
        `systemctl -q disable --now ${serverUnit} 2>/dev/null; rm -r ${server} ${programs.backendFolder}; systemctl daemon-reload`,
      );
    },
  },
  {
    name: 'process-stuck',
    about: 'the agent was stopped with SIGSTOP',
    causes: ['P0 process.stuck service.agent-server'],
    exit: 1,
    inject: ({ backend }) => void backend.run('systemctl', 'kill', '-s', 'STOP', serverUnit),
    repair: ({ backend }) => void backend.run('systemctl', 'kill', '-s', 'CONT', serverUnit),
  },
  {
    name: 'process-stuck-client',
    about: "the gateway's agent was stopped with SIGSTOP before it connected",
    causes: ['P1 process.stuck service.gateway-agent'],
    exit: 1,
    inject: ({ gateway }) =>
      void gateway.sh(`systemctl restart ${clientUnit}; systemctl kill -s STOP ${clientUnit}`),
    repair: ({ gateway }) => void gateway.run('systemctl', 'kill', '-s', 'CONT', clientUnit),
  },
  {
    name: 'process-missing-bare',
    about: 'the unit is a one-off that has ended well, and left no process',
    causes: ['P0 process.missing service.agent-server'],
    exit: 1,
    inject: ({ backend }) => {
      backend.sh(
        `systemctl stop ${serverUnit}; ${drop(serverUnit, '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=\\nExecStart=/bin/true\\n')}; systemctl start ${serverUnit}`,
      );
    },
  },
  {
    name: 'process-count',
    about: 'two of the agent run where one was declared',
    causes: ['P1 process.count service.agent-server'],
    exit: 1,
    told: { server: 'process_count = 1' },
    inject: ({ backend }) => {
      backend.write('/opt/viworks/second.toml', programs.backendToml(9081, 9080));
      backend.sh(
        `AGENT_CONFIG=/opt/viworks/second.toml setsid ${backendProgram} >/dev/null 2>&1 </dev/null & sleep 0.6`,
      );
    },
    repair: ({ backend }) => void backend.sh(`pkill -f '[v]iworks-backend-agent' || true`),
  },
  {
    name: 'config-mismatch-port',
    about: "the agent's own file says 8082, and it was restarted",
    causes: ['P0 config.mismatch service.agent-server'],
    exit: 1,
    inject: ({ backend }) =>
      void backend.sh(
        `sed -i 's/^port = 8081/port = 8082/' ${serverFile}; systemctl restart ${serverUnit}; sleep 0.6`,
      ),
  },
  {
    name: 'config-mismatch-not-restarted',
    about: "the agent's own file says 8082; it still runs with 8081",
    causes: ['P1 config.mismatch service.agent-server'],
    exit: 1,
    inject: ({ backend }) => void backend.sh(`sed -i 's/^port = 8081/port = 8082/' ${serverFile}`),
  },
  {
    name: 'config-missing',
    about: "the gateway's configuration file was removed after it started",
    causes: ['P1 config.missing service.gateway-agent'],
    exit: 1,
    inject: ({ gateway }) => void gateway.run('rm', clientFile),
  },
  {
    name: 'service-wrong-port',
    about: 'the agent was started with another file, which says 8082',
    causes: ['P0 service.wrong-port service.agent-server'],
    exit: 1,
    inject: ({ backend }) => {
      backend.write('/opt/viworks/other.toml', programs.backendToml(8082));
      backend.sh(
        `${drop(serverUnit, '[Service]\\nEnvironment=AGENT_CONFIG=/opt/viworks/other.toml\\n')}; systemctl restart ${serverUnit}; sleep 0.6`,
      );
    },
  },
  {
    name: 'journal-missing',
    about: 'this version of the gateway agent connects, and says so in other words',
    causes: ['P1 journal.missing service.gateway-agent'],
    exit: 1,
    inject: async (world) => {
      world.gateway.sh(
        `sed -i 's/WebSocket connection established/link up/' ${programs.gatewayProgram}; systemctl restart ${clientUnit}`,
      );
      await world.gatewaySays('link up');
    },
  },
  {
    name: 'journal-error',
    about: 'the gateway agent is connected, and its last words are of a failure',
    causes: ['P1 journal.error service.gateway-agent'],
    exit: 1,
    inject: async (world) => {
      world.gateway.sh(
        `sed -i "s/heartbeat = setInterval/console.log('connection failed: telemetry'); heartbeat = setInterval/" ${programs.gatewayProgram}; systemctl restart ${clientUnit}`,
      );
      await world.gatewaySays('telemetry');
    },
  },
  {
    name: 'netstat-loopback-only',
    about: 'the agent binds 127.0.0.1 alone, and is reached without a proxy',
    causes: ['P0 netstat.loopback-only service.agent-server'],
    exit: 1,
    told: { direct: true },
    inject: (world) => behaveAndRestart(world, { manager: { bind: '127.0.0.1' } }),
  },
  {
    name: 'netstat-other-family',
    about: 'the agent binds ::1 alone, and nginx passes to 127.0.0.1',
    causes: ['P0 proxy.backend-unreachable proxy.nginx'],
    exit: 1,
    inject: (world) => behaveAndRestart(world, { manager: { bind: '::1' } }),
  },
];

async function behaveAndRestart(world: World, manners: programs.Manners): Promise<void> {
  await world.behave(manners);
  await world.restartGateway();
}
