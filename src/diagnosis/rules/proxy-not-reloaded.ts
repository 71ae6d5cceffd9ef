/**
 * The files say that requests end in the right place, that place is fine, something else answers, and nginx's workers
 * are older than the files: what is served is not what is on the disk.
 */
import { fault, refsOf } from '../candidate.ts';
import { anyAnswer } from '../entry.ts';
import type { Rule } from '../rules.ts';
import { lastRows } from '../view.ts';
import { soundRoutes } from './routes.ts';

export const proxyNotReloaded: Rule = (view) =>
  soundRoutes(view).flatMap(({ endpoint, proxy, row, serviceIsFine }) => {
    const stale = view.results.find(({ id }) => id === `proxy.${proxy}.nginx`);
    if (!serviceIsFine || stale?.code !== 'proxy.not-reloaded') return [];
    const betrayed = lastRows(view, endpoint).filter(
      ({ status, code }) => status === 'fail' && (anyAnswer as readonly string[]).includes(code ?? ''),
    );
    if (betrayed.length === 0) return [];
    return [
      fault('proxy.not-reloaded', `proxy.${proxy}`, [stale, row, ...betrayed], {
        findings: [...refsOf(stale), ...betrayed.flatMap((result) => refsOf(result))],
        values: { observed: stale.observed, ...stale.findings[0]?.values },
      }),
    ];
  });
