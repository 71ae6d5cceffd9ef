/** Bound, listening, connections completed by the kernel, and never accepted: the accept queue holds them. */
import { fault } from '../candidate.ts';
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
      fault(
        'service.not-accepting',
        `service.${service}`,
        [...(netstat?.status === 'pass' ? [netstat] : []), ...rows],
        {
          port,
          findings: silentRefs(rows),
          values: { waiting },
          evidence: [
            `Accept queue of ${port}: ${waiting}${limit} waiting${look.unaccepted ? ', our own connections never accepted' : ''}`,
          ],
        },
      ),
    ];
  });
