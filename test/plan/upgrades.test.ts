/** Which ports of a service are asked what an endpoint is asked. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { planRun } from '../../src/plan/plan.ts';

const incident = `
[hosts.backend]
address = "backend.example.com"
ssh = true
[endpoints.agent]
url = "wss://agent.example.com/ws/agent"
via = "nginx"
to = "agent-server:8081"
[proxies.nginx]
host = "backend"
[services.agent-server]
host = "backend"
listens = [
  { port = 8080, health = "/health" },
  { port = 8081, health = "/health", websocket = "/ws/agent" },
]
`;

function configOf(text: string) {
  const folder = '/etc/viworks';
  const rest = { env: {}, folder, home: '/home/user', readable: () => null, kinds: {} };
  const loaded = loadConfig({ text, file: 'viworks-doctor.toml', ...rest });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  return loaded.config;
}

describe("what the endpoint is asked is asked of the service's ports too", () => {
  const asked = (websocket: string) =>
    Object.fromEntries(
      planRun(configOf(incident.replace('websocket = "/ws/agent"', `websocket = "${websocket}"`)))
        .filter(({ id }) => /^service\.agent-server\.http\./.test(id))
        .map(({ options }) => [new URL(String(options.url)).port, options.alsoUpgrade]),
    );
  const upgrade = (port: number) => ({
    url: `ws://localhost:${port}/ws/agent`,
    headers: { host: 'agent.example.com' },
  });
  it('the right port by its own row, where the path is the same', () =>
    expect(asked('/ws/agent')).toEqual({ 8080: upgrade(8080), 8081: null }));
  it('the right port as well, where its path is another', () =>
    expect(asked('/ws')).toEqual({ 8080: upgrade(8080), 8081: upgrade(8081) }));
});
