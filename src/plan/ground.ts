/** What steps stand on: the way into a host, and the network of the machine that doctor runs on. */
import type { Config } from '../config/config.ts';
import { isLoopbackHost } from '../net/addresses.ts';
import type { Need, Step } from './step.ts';

export const observerNetwork = 'observer.network';
export const observerClock = 'observer.clock';

export const sessionOf = (host: string) => `host.${host}.ssh`;

/** Kinds that look through the host's connections; the others need a shell there as well. */
const overNetwork = ['dns', 'port', 'tls', 'http', 'websocket'];

/** Where a step looks from, and what it needs for that: a session, a shell, or nothing. Hosts without a way in say so. */
export function lookingFrom(
  config: Config,
  from: string,
  kind: string,
): Pick<Step, 'vantage' | 'needs' | 'unreachable'> {
  if (from === 'local') return { vantage: 'local', needs: [] };
  const host = config.hosts[from];
  if (host?.local) return { vantage: 'local', needs: [] };
  if (!host?.ssh) return { vantage: from, needs: [], unreachable: `no way in to ${from}` };
  const fact = overNetwork.includes(kind) ? 'session' : 'shell';
  return { vantage: from, needs: [{ id: sessionOf(from), fact }] };
}

/** Without a network of our own, silence says nothing about the other side; what is on loopback needs no network. */
export function doubtsOf(host: string): Pick<Step, 'doubts'> {
  if (isLoopbackHost(host)) return {};
  return {
    doubts: {
      id: observerNetwork,
      fact: 'network',
      codes: ['dns.no-answer', 'dns.server-failure', 'port.unreachable', 'port.timeout', 'ssh.unreachable'],
    },
  };
}

export const need = (id: string, fact: string): Need => ({ id, fact });

/** Makes the steps of one subject, all looked at from one place: `step('netstat.443', 'netstat', { … })`. */
export const stepsAbout =
  (config: Config, subject: string, host: string) =>
  (row: string, kind: string, options: Step['options'], needs: readonly Need[] = []): Step => {
    const where = lookingFrom(config, host, kind);
    const id = `${subject}.${row}`;
    return { id, kind, subject, ...where, options, needs: [...where.needs, ...needs] };
  };
