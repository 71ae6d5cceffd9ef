/** How deep a cause lies: an endpoint's own symptom first, then the proxy, the service, the host, this machine. */
import type { Candidate } from './candidate.ts';
import { catalogue } from './catalogue.ts';
import { subjectOf } from './view.ts';

const subjects = ['check', 'endpoint', 'proxy', 'service', 'host', 'observer'];
const codes = Object.keys(catalogue);

export function depthOf({ subject, code }: Pick<Candidate, 'subject' | 'code'>): number {
  return subjects.indexOf(subjectOf(subject).kind) * 1000 + codes.indexOf(code);
}
