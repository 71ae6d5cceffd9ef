/** Config → the ordered steps of a run. Pure: what `plan` prints and what `run` walks is this list. */
import type { Config, Host } from '../config/config.ts';
import { clockOf } from '../net/clocks.ts';
import { planEndpoint } from './endpoint.ts';
import { doubtsOf, lookingFrom, need, observerClock, observerNetwork, sessionOf } from './ground.ts';
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
    ...planClock(config),
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

/** Whose answers and clocks the own clock is compared with: at most so many of each. */
const mostWitnesses = 4;

/** The own clock, where anybody can tell the time. */
function planClock(config: Config): Step[] {
  const origins = Object.values(config.endpoints)
    .filter(({ scheme }) => /^(?:https?|wss?)$/.test(scheme))
    .map(({ url }) => new URL('/', url.replace(/^ws/, 'http')).href);
  const hosts = Object.entries(config.hosts).flatMap(([name, host]) => planHost(name, host).map(() => name));
  const urls = [...new Set(origins)].slice(0, mostWitnesses);
  const witnesses = hosts.slice(0, mostWitnesses);
  if (urls.length + witnesses.length === 0) return [];
  return [
    {
      id: observerClock,
      kind: 'clock',
      subject: 'observer',
      vantage: 'local',
      options: { urls, hosts: witnesses, server: config.defaults.resolver },
      needs: witnesses.map((host) => ({
        ...need(sessionOf(host), 'clock'),
        as: clockOf(host),
        optional: true,
      })),
      quiet: true,
    },
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
