/** What rules about a service's port read: the rows that got no answer on it, and the second look at its listener. */
import type { Result } from '../../report/report.ts';
import { refsOf } from '../candidate.ts';
import { type Facts, factsOf } from '../facts.ts';
import { destination, ofSubject, portOf, subjectOf, type View } from '../view.ts';

type Listener = NonNullable<Facts<'websocket'>['listener']>;

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

/** A row that exchanges HTTP: what both kinds of them keep alike. */
export const exchangeOf = (result: Result): Facts<'websocket'> =>
  result.kind === 'http' ? factsOf(result, 'http') : factsOf(result, 'websocket');

export const listenerOf = (result: Result) => exchangeOf(result).listener ?? null;

/** Whether a program has shown that it takes the connections of a port: it holds one, or has answered in this run. */
export const takes = (view: View, silent: SilentPort): boolean =>
  silent.rows.some((row) => (listenerOf(row)?.accepted ?? 0) > 0) || hasAnswered(view, silent);

/** On that port, to whatever was asked of it in this run. */
export function hasAnswered(view: View, { service, port }: SilentPort): boolean {
  const direct = Object.entries(view.topology.endpoints)
    .filter(([, { via }]) => !via)
    .map(([name]) => ({ name, end: destination(view, name) }))
    .filter(({ end }) => end?.service === service && end.port === port)
    .flatMap(({ name }) => ofSubject(view, `endpoint.${name}`));
  const own = ofSubject(view, `service.${service}`).filter((row) => portOf(row) === port);
  return [...own, ...direct].some(wasAnswered);
}

export function wasAnswered(result: Result): boolean {
  const { attempts = [] } = exchangeOf(result);
  return attempts.some(({ status, received }) => status !== null || received !== null);
}

/** Somebody waits to be accepted. */
export const waits = ({ queue, unaccepted }: Listener): boolean => (unaccepted ?? queue ?? 0) > 0;
