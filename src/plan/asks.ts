/** What each step may ask, and of whom: pure, told by the kinds and the vantages themselves. */
import type { Ask } from '../check.ts';
import type { Step } from './step.ts';

/**
 * `on`: where, if that is not the step's own vantage. `sudo`: a command that runs through it, or a file that is read
 * through it where it may not be read without.
 */
export type PlannedAsk = Ask & { readonly on?: string | undefined; readonly sudo?: true | undefined };

export interface PlannedStep extends Step {
  readonly asks: readonly PlannedAsk[];
}

export interface Tellers {
  /** Of a kind's look. */
  readonly ofLook: (step: Step) => readonly Ask[];
  /** What stands behind an operation at a vantage. */
  readonly behind: (ask: Ask, vantage: string) => readonly Ask[];
  /** What a host is asked as soon as there is a session with it. */
  readonly ofSession: readonly Ask[];
  /** Whether what needs root runs through sudo there. */
  readonly hasSudo: (vantage: string) => boolean;
}

/** Where no step is the login to a host itself, the first one that looks from there logs in. */
export function withAsks(
  steps: readonly Step[],
  { ofLook, behind, ofSession, hasSudo }: Tellers,
): PlannedStep[] {
  const looks = new Map(steps.map((step) => [step, step.unreachable ? [] : ofLook(step)]));
  const logins = [...looks.values()].flat().flatMap((ask) => (ask.operation === 'login' ? ask.host : []));
  const sessions = new Set(['local', ...logins]);
  const loggedIn = (host: string): PlannedAsk[] => {
    sessions.add(host);
    const login: Ask = { operation: 'login', host };
    return [
      ...[login, ...behind(login, 'local')].map((ask) => ({ ...ask, on: 'local' })),
      ...ofSession.map((ask) => ({ ...ask, on: host })),
    ];
  };
  return steps.map((step) => {
    if (step.unreachable) return { ...step, asks: [] };
    const own = (looks.get(step) ?? []).flatMap((ask): PlannedAsk[] => {
      if (ask.operation === 'login') return loggedIn(ask.host);
      const further = behind(ask, step.vantage).map(({ when, ...rest }) => {
        const both = when ?? ask.when;
        return both === undefined ? rest : { ...rest, when: both };
      });
      return [hasSudo(step.vantage) && needsRoot(ask) ? { ...ask, sudo: true } : ask, ...further];
    });
    const first = sessions.has(step.vantage) ? [] : loggedIn(step.vantage);
    return { ...step, asks: [...first, ...own] };
  });
}

/** Of the kernel's files those that are asked for may be read by everybody (proc(5)). */
const needsRoot = (ask: Ask) =>
  ask.operation === 'execute'
    ? ask.asRoot === true
    : ask.operation === 'readFile' && !ask.path.startsWith('/proc/');
