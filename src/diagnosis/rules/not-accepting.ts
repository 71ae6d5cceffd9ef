/** Bound, listening, connections completed by the kernel, and never accepted: the accept queue holds them. */
import type { Rule } from '../rules.ts';
import { serviceRow } from '../view.ts';
import { listenerOf, silentPorts, silentRefs, takes, waits } from './listeners.ts';

export const notAccepting: Rule = (view) =>
  silentPorts(view).flatMap((silent) => {
    const { service, port, rows } = silent;
    const netstat = serviceRow(view, service, 'netstat', port);
    const look = rows.map(listenerOf).find((listener) => listener !== null && waits(listener));
    // a program that is only busy lets some wait as well
    if (!look || takes(view, silent)) return [];
    const waiting = Math.max(look.queue ?? 0, look.unaccepted ?? 0);
    const limit = look.limit === null ? '' : ` of ${look.limit}`;
    return [
      {
        code: 'service.not-accepting',
        subject: `service.${service}`,
        port,
        endpoint: null,
        because: [...(netstat?.status === 'pass' ? [netstat.id] : []), ...rows.map(({ id }) => id)],
        findings: silentRefs(rows),
        vantages: [...new Set(rows.map(({ vantage }) => vantage))],
        confidence: 'certain',
        values: { waiting },
        evidence: [
          `Accept queue of ${port}: ${waiting}${limit} waiting${look.unaccepted ? ', our own connections never accepted' : ''}`,
        ],
        isFault: true,
      },
    ];
  });
