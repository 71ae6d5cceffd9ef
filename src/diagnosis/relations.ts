/** Does a declared consequence hold in this topology? One function a relation (see `entry.ts`). */
import type { Candidate } from './candidate.ts';
import { catalogue } from './catalogue.ts';
import type { Relation } from './entry.ts';
import {
  endpointsThrough,
  isLastRow,
  lastRows,
  resolvesToHost,
  rowAt,
  subjectOf,
  type View,
  vantageOf,
} from './view.ts';

type Holds = (view: View, cause: Candidate, effect: Candidate) => boolean;

const relations: Readonly<Record<Relation, Holds>> = {
  self: (_, cause, effect) =>
    cause.subject === effect.subject && samePort(cause, effect) && seenFrom(cause, effect.vantages),

  endpoint: (view, cause, effect) => {
    const { kind, name } = subjectOf(effect.subject);
    if (kind !== 'endpoint' || cause.subject === effect.subject) return false;
    // Which port a health page comes from is not declared: any port of the service may be behind it.
    const lastRowToo = rowsOf(view, effect).some((result) => isLastRow(view, result));
    return endpointsThrough(view, lastRowToo ? cause : { ...cause, port: null }).includes(name);
  },

  direct: (view, cause, effect) => {
    const { kind, name } = subjectOf(effect.subject);
    const endpoint = kind === 'endpoint' ? view.topology.endpoints[name] : undefined;
    if (!endpoint || !endpointsThrough(view, cause).includes(name)) return false;
    if (!endpoint.via) return true;
    // The proxy itself, by the port that is dialled.
    const { port, subject } = cause;
    return subject === `proxy.${endpoint.via}` && (port === null || port === endpoint.port);
  },

  proxy: (view, cause, { subject }) =>
    endpointsThrough(view, cause).some((name) => subject === `proxy.${view.topology.endpoints[name]?.via}`),

  client: (view, cause, effect) => {
    const { kind, name } = subjectOf(effect.subject);
    const endpoint = kind === 'service' ? view.topology.services[name]?.connectsTo : null;
    if (!endpoint || !endpointsThrough(view, cause).includes(endpoint)) return false;
    const vantage = vantageOf(view, name);
    if (subjectOf(cause.subject).kind === 'endpoint' && !cause.vantages.includes(vantage)) return false;
    // Where the client's own host gets through, the path is not what keeps it from connecting.
    return !lastRows(view, endpoint).some((row) => row.vantage === vantage && row.status === 'pass');
  },

  host: (view, cause, effect) => {
    const host = subjectOf(cause.subject).name;
    const { kind, name } = subjectOf(effect.subject);
    if (kind === 'host') return name === host;
    if (kind === 'service') return view.topology.services[name]?.host === host;
    if (kind === 'proxy') return view.topology.proxies[name]?.host === host;
    if (kind !== 'endpoint' || (cause.endpoint !== null && cause.endpoint !== name)) return false;
    return (
      resolvesToHost(view, name, host) || endpointsThrough(view, { ...cause, port: null }).includes(name)
    );
  },
};

export function produces(view: View, cause: Candidate, effect: Candidate): boolean {
  if (!cause.isFault || cause === effect) return false;
  const consequences = catalogue[cause.code]?.produces ?? [];
  return consequences.some(
    ({ over, codes, about }) =>
      codes.includes(effect.code) &&
      (about === undefined || isAbout(view, cause, effect, about)) &&
      relations[over](view, cause, effect),
  );
}

/** A port in a file explains that port alone, an address in it the connection to that address. */
function isAbout(view: View, { values }: Candidate, effect: Candidate, about: string): boolean {
  if (![values.about].flat().includes(about)) return false;
  const { wanted, actual } = values;
  // What is not shown can't be compared.
  if (typeof wanted !== 'string') return true;
  if (about === 'port') {
    const { other } = effect.values;
    const isThere = typeof other !== 'string' || typeof actual !== 'string' || hasNumber(actual, other);
    return isThere && (effect.port === null || hasNumber(wanted, String(effect.port)));
  }
  const target = view.topology.services[subjectOf(effect.subject).name]?.connectsTo;
  const host = target ? view.topology.endpoints[target]?.host : undefined;
  return about !== 'address' || host === undefined || wanted.includes(host);
}

const hasNumber = (text: string, number: string): boolean => text.split(/\D+/).includes(number);

const samePort = (a: Candidate, b: Candidate): boolean =>
  (a.port === null || b.port === null || a.port === b.port) &&
  (a.endpoint === null || b.endpoint === null || a.endpoint === b.endpoint);

/** What one vantage sees of an endpoint says nothing about what another one sees. */
const seenFrom = (cause: Candidate, vantages: readonly string[]): boolean =>
  subjectOf(cause.subject).kind !== 'endpoint' ||
  vantages.every((vantage) => cause.vantages.includes(vantage));

const rowsOf = (view: View, { because }: Candidate) => because.flatMap((id) => rowAt(view, id) ?? []);
