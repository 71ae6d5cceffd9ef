/** What seems to speak against a cause and does not: a health page that passes, since the proxy answers it by itself. */
import type { Candidate } from './candidate.ts';
import { factsOf } from './facts.ts';
import { endpointsThrough, lastRows, routeRow, rowAt, subjectOf, type View } from './view.ts';

/** Lines of evidence for a fault of a service behind a proxy. */
export function standIns(view: View, cause: Candidate): string[] {
  const { kind, name } = subjectOf(cause.subject);
  if (!cause.isFault || kind !== 'service') return [];
  return endpointsThrough(view, cause).flatMap((endpoint) => {
    const { via } = view.topology.endpoints[endpoint] ?? {};
    const page = rowAt(view, `endpoint.${endpoint}.http`);
    const isLost = lastRows(view, endpoint).some(({ id, status }) => status === 'fail' && id !== page?.id);
    const own = via ? factsOf(routeRow(view, via, endpoint), 'nginx').ownHealth : null;
    if (!own || !isLost || page?.status !== 'pass') return [];
    return [
      `${page.label} passes all the same: ${via} answers ${own.status} by itself (${own.place}), which says nothing of ${name}`,
    ];
  });
}
