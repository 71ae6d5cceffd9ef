/** Config → the ordered steps of a run. Pure: what `plan` prints and what `run` walks is this list. */
import type { Config, Host } from '../config/config.ts';
import { planEndpoint } from './endpoint.ts';
import { doubtsOf, lookingFrom, observerNetwork, sessionOf } from './ground.ts';
import { planProxy } from './proxy.ts';
import { planService } from './service.ts';
import type { Step } from './step.ts';

/** The rows of every subject, in the order of the layers; the table keeps it. */
export function planRun(config: Config): Step[] {
  const observer: Step = {
    id: observerNetwork,
    kind: 'network',
    subject: 'observer',
    vantage: 'local',
    options: {},
    needs: [],
    quiet: true,
  };
  return [
    observer,
    ...Object.keys(config.endpoints).flatMap((name) => planEndpoint(config, name)),
    ...Object.entries(config.hosts).flatMap(([name, host]) => planHost(name, host)),
    ...Object.keys(config.proxies).flatMap((name) => planProxy(config, name)),
    ...Object.keys(config.services).flatMap((name) => planService(config, name)),
    ...config.checks.map((check) => ({
      id: `check.${check.name}`,
      kind: check.kind,
      subject: `check.${check.name}`,
      ...lookingFrom(config, check.from, check.kind),
      options: check.options,
    })),
  ];
}

function planHost(name: string, host: Host): Step[] {
  if (host.local || !host.ssh) return [];
  return [
    {
      id: sessionOf(name),
      kind: 'ssh',
      subject: `host.${name}`,
      vantage: 'local',
      options: { host: name },
      needs: [],
      ...doubtsOf(host.ssh.address ?? host.address ?? name),
    },
  ];
}
