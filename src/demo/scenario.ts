/** What can be wrong in the demo's world: the incident, and its faults one by one. */

export interface Scenario {
  /** What is wrong, in a few words. */
  readonly summary: string;
  /** The server's certificate; an expired one ended three days ago. */
  readonly certificate: 'valid' | 'expired';
  /** The port of the backend that the proxy forwards to. WebSocket is on 8081. */
  readonly proxyTo: 8080 | 8081;
  /** What happens to connections to the backend's port 8081. */
  readonly websocketServer: 'serves' | 'never accepts';
  /** The agent on the gateway. One that runs tries once to connect. */
  readonly gatewayAgent: 'runs' | 'stopped' | 'not installed';
}

const healthy: Scenario = {
  summary: 'nothing is wrong',
  certificate: 'valid',
  proxyTo: 8081,
  websocketServer: 'serves',
  gatewayAgent: 'runs',
};

/** By name, as `demo` takes it; the first is what it shows when none is named. */
export const scenarios = {
  incident: {
    summary:
      'the WebSocket server never accepts, nginx forwards to the wrong port, the agent is not installed',
    certificate: 'valid',
    proxyTo: 8080,
    websocketServer: 'never accepts',
    gatewayAgent: 'not installed',
  },
  healthy,
  'not-accepting': {
    ...healthy,
    summary: 'the WebSocket server listens and never accepts a connection',
    websocketServer: 'never accepts',
  },
  'wrong-port': {
    ...healthy,
    summary: 'nginx forwards to port 8080; the WebSocket server is on 8081',
    proxyTo: 8080,
  },
  'agent-stopped': {
    ...healthy,
    summary: "the gateway's agent is installed and not started",
    gatewayAgent: 'stopped',
  },
  expired: { ...healthy, summary: "the server's certificate has expired", certificate: 'expired' },
} as const satisfies Readonly<Record<string, Scenario>>;
