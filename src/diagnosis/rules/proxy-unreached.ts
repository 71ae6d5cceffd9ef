/**
 * The proxy forwards to the right place, that place is fine where it is, and the proxy still says 502 or 504: it does
 * not reach it; or it uses an address from before the container was made anew. Nobody may answer there any more, and
 * the proxy waits: then only an old address is named, since silence alone can have other reasons.
 */
import { fault, refsOf } from '../candidate.ts';
import type { Rule } from '../rules.ts';
import { type Route, soundRoutes } from './routes.ts';

export const proxyUnreached: Rule = (view) =>
  soundRoutes(view).flatMap((route) => {
    const { endpoint, proxy, row, target, gateway, silent, serviceIsFine } = route;
    const lost = gateway.length > 0 ? gateway : silent;
    if (lost.length === 0 || !serviceIsFine || !target) return [];
    // What it was not told yet is why it does not go there: `proxy-not-reloaded.ts` takes these answers.
    const notTold = view.results.some(
      ({ id, code }) => id === `proxy.${proxy}.nginx` && code === 'proxy.not-reloaded',
    );
    if (notTold && gateway.length > 0) return [];
    const to = view.topology.endpoints[endpoint]?.to;
    const stale = staleAddress(route, startOf(view.results, to?.service));
    if (gateway.length === 0 && !stale) return [];
    const errors = errorLines(route).slice(-2);
    return [
      fault(stale ? 'proxy.stale-address' : 'proxy.backend-unreachable', `proxy.${proxy}`, [row, ...lost], {
        endpoint,
        findings: lost.flatMap((result) => refsOf(result)),
        confidence: stale === 'guessed' ? 'likely' : 'certain',
        values: {
          target: target.port === null ? target.host : `${target.host}:${target.port}`,
          observed: lost[0]?.summary,
        },
        evidence: [`${to?.service} answers on its own port ${to?.port}`, ...errors],
      }),
    ];
  });

const errorLines = ({ row }: Route): readonly string[] => (row.facts?.errorLog as string[] | undefined) ?? [];

/** `seen`: the error log names an address that the name does not have now; `guessed`: the container is younger than the workers. */
function staleAddress(route: Route, containerStart: string | null): 'seen' | 'guessed' | null {
  const { target, row } = route;
  if (!target || target.addresses.length === 0 || target.addresses.includes(target.host)) return null;
  const used = errorLines(route).flatMap(
    (line) => /upstream: "\w+:\/\/\[?([0-9a-f.:]+?)\]?:\d+/.exec(line)?.[1] ?? [],
  );
  const last = used.at(-1);
  if (last !== undefined) return target.addresses.includes(last) ? null : 'seen';
  const workers = row.facts?.workersStartedAt as string | null | undefined;
  return workers && containerStart && Date.parse(containerStart) > Date.parse(workers) ? 'guessed' : null;
}

function startOf(results: Parameters<Rule>[0]['results'], service: string | undefined): string | null {
  const row = results.find(({ id }) => id === `service.${service}.container`);
  return (row?.facts?.startedAt as string | undefined) ?? null;
}
