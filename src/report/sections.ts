/** The report as people read it: a section a subject, in the report's order. */
import { type Path, paths } from './path.ts';
import type { Report, Result } from './report.ts';

export interface Section {
  readonly subject: string;
  /** In plain words: `endpoint agent`. */
  readonly title: string;
  /** What it is, shortly: its URL, where it runs; '' where there is no more to say. */
  readonly essence: string;
  readonly paths: readonly Path[];
  readonly results: readonly Result[];
}

export function sections(report: Report): Section[] {
  const subjects = [...new Set(report.results.map(({ subject }) => subject))];
  return subjects.map((subject) => {
    const results = report.results.filter((result) => result.subject === subject);
    const [kind, name] = parts(subject);
    return {
      subject,
      title: subjectWords(subject),
      essence: essences[kind]?.(report, name, results) ?? '',
      paths: kind === 'endpoint' ? paths(report, name) : [],
      results,
    };
  });
}

/** `endpoint.agent` as `endpoint agent`. */
export const subjectWords = (subject: string): string => parts(subject).join(' ').trim();

/** A row's label, with where it was looked at from when that is not where its subject is. */
export function labelWords(report: Report, result: Result, dot = '·'): string {
  const [kind, name] = parts(result.subject);
  const { services, proxies } = report.topology;
  const home = kind === 'service' ? services[name]?.host : kind === 'proxy' ? proxies[name]?.host : undefined;
  const elsewhere = result.vantage !== 'local' && result.vantage !== home;
  return elsewhere ? `${result.label} ${dot} from ${result.vantage}` : result.label;
}

function parts(subject: string): [string, string] {
  const dot = subject.indexOf('.');
  return dot < 0 ? [subject, ''] : [subject.slice(0, dot), subject.slice(dot + 1)];
}

type Essence = (report: Report, name: string, results: readonly Result[]) => string | undefined;

const onHost = (host: string | undefined): string | undefined => host && `on ${host}`;

const essences: Readonly<Record<string, Essence>> = {
  endpoint: ({ topology }, name) => topology.endpoints[name]?.url,
  service: ({ topology }, name) => onHost(topology.services[name]?.host),
  proxy: ({ topology }, name) => onHost(topology.proxies[name]?.host),
  host: ({ topology }, name, results) => {
    const host = topology.hosts[name];
    if (!host) return undefined;
    if (host.local) return 'this machine';
    const user = results.map(loginUser).find((known) => known !== undefined);
    const address = user === undefined ? host.address : `${user}@${host.address ?? name}`;
    return [address, host.wayIn ? null : '(no way in)'].filter(Boolean).join(' ');
  },
  check: (_report, _name, results) => results[0]?.target,
  observer: ({ observer }) => observer,
};

/** Who the ssh row logged in as, or tried to: its login, or the trace that a failed one left. */
function loginUser(result: Result): string | undefined {
  const login = record(result.facts?.login);
  const user = login.user ?? record(login.login).user;
  return typeof user === 'string' && user !== '' ? user : undefined;
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
