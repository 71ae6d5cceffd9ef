/** Nothing listens on the endpoint's port on the proxy's host, and nginx does not run there. Its unit's or container's state is the evidence. */
import { fault, refsOf } from '../candidate.ts';
import { type Facts, factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { ofSubject } from '../view.ts';

export const proxyNotRunning: Rule = (view) =>
  Object.keys(view.topology.proxies).flatMap((name) => {
    const rows = ofSubject(view, `proxy.${name}`);
    const process = rows.find(({ kind, status }) => kind === 'process' && status !== 'error');
    // A second nginx, or one in a container, is an nginx that runs, and not this one.
    const another = rows.find((row) => row.status !== 'error' && factsOf(row, 'nginx').running === false);
    const closed = rows.filter(({ kind, code }) => kind === 'netstat' && code === 'netstat.not-listening');
    if (!process || closed.length === 0 || !(process.code === 'process.missing' || another)) return [];
    const { unit } = factsOf(process, 'process');
    const because = [process.code === 'process.missing' ? process : (another ?? process), ...closed];
    return [
      fault('proxy.not-running', `proxy.${name}`, because, {
        findings: because.flatMap((row) => refsOf(row, ['process.missing', 'netstat.not-listening'])),
        values: { masked: unit?.load === 'masked', unit: view.topology.proxies[name]?.unit ?? 'nginx' },
        evidence: stateOf(factsOf(process, 'process')),
      }),
    ];
  });

/** What its unit or container says of itself. */
function stateOf({ unit, container }: Facts<'process'>): string[] {
  const last = (lines: readonly string[]) => lines.slice(-1);
  return [
    ...(unit
      ? [`Its unit is ${unit.active} (${unit.sub}), result ${unit.result}`, ...last(unit.journal)]
      : []),
    ...(container
      ? [`Its container is ${container.status}, exit code ${container.exitCode}`, ...last(container.log)]
      : []),
  ];
}
