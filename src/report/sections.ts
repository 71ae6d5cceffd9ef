/** The report as people read it: a section a subject, in the report's order. */
import { own } from './own.ts';
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
      essence: own(essences, kind)?.(report, name, results) ?? '',
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
  const home =
    kind === 'service' ? own(services, name)?.host : kind === 'proxy' ? own(proxies, name)?.host : undefined;
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
  endpoint: ({ topology }, name) => own(topology.endpoints, name)?.url,
  service: ({ topology }, name) => onHost(own(topology.services, name)?.host),
  proxy: ({ topology }, name) => onHost(own(topology.proxies, name)?.host),
  host: ({ topology }, name, results) => {
    const host = own(topology.hosts, name);
    if (!host) return undefined;
    if (host.local) return 'this machine';
    const user = results.map(loginUser).find((known) => known !== undefined);
    const address = user === undefined ? host.address : `${user}@${host.address ?? name}`;
    return [address, host.wayIn ? null : '(no way in)'].filter(Boolean).join(' ');
  },
  check: (_report, _name, results) => results[0]?.target,
  observer: ({ observer }) => observer,
};

/** Who the ssh row logged in as, or tried to. */
function loginUser(result: Result): string | undefined {
  const login: unknown = result.facts?.login;
  if (typeof login !== 'object' || login === null || !('user' in login)) return undefined;
  return typeof login.user === 'string' && login.user !== '' ? login.user : undefined;
}
