/** What rules about a service's port read: the rows that got no answer on it, and the second look at its listener. */
import type { ListenerLook } from '../../net/sockets.ts';
import type { Result } from '../../report/report.ts';
import { refsOf } from '../candidate.ts';
import { portOf, subjectOf, type View } from '../view.ts';

export interface SilentPort {
  readonly service: string;
  readonly port: number;
  /** `http` and `websocket` rows that connected, or tried to, and got no answer in time. */
  readonly rows: readonly Result[];
}

const silentCodes = ['http.timeout', 'websocket.timeout', 'port.timeout'];

export function silentPorts(view: View): SilentPort[] {
  const ports = new Map<string, SilentPort>();
  for (const result of view.results) {
    const port = portOf(result);
    if (port === null || refsOf(result, silentCodes).length === 0) continue;
    const { name: service } = subjectOf(result.subject);
    const rows = ports.get(`${service}:${port}`)?.rows ?? [];
    ports.set(`${service}:${port}`, { service, port, rows: [...rows, result] });
  }
  return [...ports.values()];
}

export const silentRefs = (rows: readonly Result[]) => rows.flatMap((row) => refsOf(row, silentCodes));

export const listenerOf = (result: Result): ListenerLook | null =>
  (result.facts?.listener as ListenerLook | null | undefined) ?? null;

/** Somebody waits to be accepted. */
export const waits = ({ queue, unaccepted }: ListenerLook): boolean => (unaccepted ?? queue ?? 0) > 0;
