/** What steps stand on: the way into a host, and the network of the machine that doctor runs on. */
import type { Config } from '../config/config.ts';
import { isLoopbackHost } from '../net/addresses.ts';
import type { Need, Step } from './step.ts';

export const observerNetwork = 'observer.network';

export const sessionOf = (host: string) => `host.${host}.ssh`;

/** Where a step looks from, and what it needs for that: a session, or nothing. Hosts without a way in say so. */
export function lookingFrom(config: Config, from: string): Pick<Step, 'vantage' | 'needs' | 'unreachable'> {
  if (from === 'local') return { vantage: 'local', needs: [] };
  const host = config.hosts[from];
  if (host?.local) return { vantage: 'local', needs: [] };
  if (!host?.ssh) return { vantage: from, needs: [], unreachable: `no way in to ${from}` };
  return { vantage: from, needs: [{ id: sessionOf(from), fact: 'session' }] };
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

type Where = ReturnType<typeof lookingFrom>;

/** Makes the steps of one subject, all looked at from one place: `step('netstat.443', 'netstat', { … })`. */
export const stepsAbout =
  (subject: string, where: Where) =>
  (row: string, kind: string, options: Step['options'], needs: readonly Need[] = []): Step => ({
    id: `${subject}.${row}`,
    kind,
    subject,
    ...where,
    options,
    needs: [...where.needs, ...needs],
  });
