/** What is said of a service in a container, besides which cause it is. */
import { expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { row, rows, topology } from '../support/incidents.ts';
import { deaf } from './cases/containers.ts';

it('is looked at by hand where it is: in its container, whose ports the engine listens on as well', () => {
  const { services, proxies } = topology;
  const inContainers = {
    ...topology,
    services: {
      ...services,
      'agent-server': { ...services['agent-server'], unit: null, container: 'agent' },
    },
    proxies: { nginx: { ...proxies.nginx, container: 'front' } },
  } as typeof topology;
  const results = [
    ...rows({
      'service.agent-server.websocket.8081': deaf,
      'proxy.nginx.process': 'process.missing',
      'proxy.nginx.netstat.443': 'netstat.not-listening',
    }),
    row('service.agent-server.container', {
      facts: { container: { engine: 'podman', name: 'agent', addresses: [], aliases: [] } },
    }),
  ];
  const found = diagnose({ results, topology: inContainers });
  const [notAccepting, notRunning] = ['service.not-accepting', 'proxy.not-running'].map((code) =>
    found.find((cause) => cause.code === code),
  );
  expect(notAccepting?.verify[0]).toBe(
    "nsenter -t $(podman inspect -f '{{.State.Pid}}' agent) -n ss -tln sport = :8081  → Recv-Q 0 while clients connect (on backend)",
  );
  expect(notRunning?.fix.steps).toEqual([
    'Read why it ended: docker logs --tail 50 front',
    'Test the configuration (nginx -t), then start it: docker start front',
  ]);
});
