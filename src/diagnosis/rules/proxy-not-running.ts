/** Nothing listens on the endpoint's port on the proxy's host, and nginx does not run there. Its unit's or container's state is the evidence. */
import { fault, refsOf } from '../candidate.ts';
import type { Rule } from '../rules.ts';
import { ofSubject } from '../view.ts';

export const proxyNotRunning: Rule = (view) =>
  Object.keys(view.topology.proxies).flatMap((name) => {
    const rows = ofSubject(view, `proxy.${name}`);
    const process = rows.find(({ kind, status }) => kind === 'process' && status !== 'error');
    // A second nginx, or one in a container, is an nginx that runs, and not this one.
    const another = rows.find(
      ({ kind, status, facts }) => kind === 'nginx' && status !== 'error' && facts?.running === false,
    );
    const closed = rows.filter(({ kind, code }) => kind === 'netstat' && code === 'netstat.not-listening');
    if (!process || closed.length === 0 || !(process.code === 'process.missing' || another)) return [];
    const because = [process.code === 'process.missing' ? process : (another ?? process), ...closed];
    return [
      fault('proxy.not-running', `proxy.${name}`, because, {
        findings: because.flatMap((row) => refsOf(row, ['process.missing', 'netstat.not-listening'])),
        evidence: stateOf(process.facts),
      }),
    ];
  });

/** What its unit or container says of itself. */
function stateOf(facts: Readonly<Record<string, unknown>> | null): string[] {
  const unit = facts?.unit as
    | { active?: string; sub?: string; result?: string; journal?: string[] }
    | null
    | undefined;
  const container = facts?.container as
    | { status?: string; exitCode?: number; log?: string[] }
    | null
    | undefined;
  const last = (lines: readonly string[] | undefined) => lines?.slice(-1) ?? [];
  return [
    ...(unit
      ? [`Its unit is ${unit.active} (${unit.sub}), result ${unit.result}`, ...last(unit.journal)]
      : []),
    ...(container
      ? [`Its container is ${container.status}, exit code ${container.exitCode}`, ...last(container.log)]
      : []),
  ];
}
