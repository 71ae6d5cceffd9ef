/**
 * nginx does not start, or does not take its configuration, since the name of a container is not known to it: that
 * container is not there or does not run, and a name goes with its container.
 */
import { fault, refsOf, valuesOf } from '../candidate.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { configurationRow, serviceRow } from '../view.ts';

const gone = ['container.missing', 'container.stopped', 'container.restarting', 'container.paused'];

export const unknownUpstream: Rule = (view) =>
  Object.values(view.topology.endpoints).flatMap(({ via, to }) => {
    if (!via || !to) return [];
    const proxy = configurationRow(view, via);
    const service = serviceRow(view, to.service, 'container');
    const finding = service?.findings.find(({ code }) => gone.includes(code));
    const unknown = factsOf(proxy, 'nginx').rejected?.unknownName?.replace(/:\d+$/, '');
    if (!proxy || !service || !finding || unknown === undefined) return [];
    if (unknown !== view.topology.services[to.service]?.container) return [];
    return [
      fault(finding.code, `service.${to.service}`, [service, proxy], {
        findings: refsOf(service, [finding.code]),
        values: { ...valuesOf(service, finding), about: 'start' },
      }),
    ];
  });
