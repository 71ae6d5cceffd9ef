/** It accepts connections and never answers, and neither does it for a path that cannot exist. */
import { fault } from '../candidate.ts';
import type { Rule } from '../rules.ts';
import { serviceRow } from '../view.ts';
import { exchangeOf, hasAnswered, listenerOf, silentPorts, silentRefs, waits } from './listeners.ts';

export const notResponding: Rule = (view) =>
  silentPorts(view).flatMap((silent) => {
    const { service, port, rows } = silent;
    const netstat = serviceRow(view, service, 'netstat', port);
    const accepted = rows.some((row) => {
      const listener = listenerOf(row);
      return listener !== null && !waits(listener);
    });
    const otherPaths = rows.map((row) => exchangeOf(row).otherPath);
    if (
      hasAnswered(view, silent) ||
      !accepted ||
      !otherPaths.includes('silent') ||
      otherPaths.includes('answered')
    )
      return [];
    return [
      fault(
        'service.not-responding',
        `service.${service}`,
        [...(netstat?.status === 'pass' ? [netstat] : []), ...rows],
        {
          port,
          findings: silentRefs(rows),
          evidence: ['Nobody waits in the accept queue, and a path that cannot exist gets no answer either'],
        },
      ),
    ];
  });
