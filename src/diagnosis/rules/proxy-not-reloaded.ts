/**
 * The files say that requests end in the right place, that place is fine, something else answers, and nginx's workers
 * are older than the files: what is served is not what is on the disk. Unless its error log shows that it goes there.
 */
import { fault, refsOf } from '../candidate.ts';
import { anyAnswer } from '../entry.ts';
import type { Rule } from '../rules.ts';
import { configurationRow, lastRows } from '../view.ts';
import { isLoaded, soundRoutes } from './routes.ts';

export const proxyNotReloaded: Rule = (view) =>
  soundRoutes(view).flatMap((route) => {
    const { endpoint, proxy, row, serviceIsFine } = route;
    const stale = configurationRow(view, proxy);
    if (!serviceIsFine || stale?.code !== 'proxy.not-reloaded' || isLoaded(view, route)) return [];
    const betrayed = lastRows(view, endpoint).filter(
      ({ status, code }) => status === 'fail' && (anyAnswer as readonly string[]).includes(code ?? ''),
    );
    if (betrayed.length === 0) return [];
    const { used } = route;
    return [
      fault('proxy.not-reloaded', `proxy.${proxy}`, [stale, row, ...betrayed], {
        findings: [...refsOf(stale), ...betrayed.flatMap((result) => refsOf(result))],
        values: { observed: stale.observed, ...stale.findings[0]?.values },
        evidence: used
          ? [`Its error log has it connect to port ${used.port}, which the files do not name`]
          : [],
      }),
    ];
  });
