/** Whom programs on a host trust, and what time it is there: asked once, in one batch, before the first TLS look. */
import type { Failure, Outcome, TlsSettings } from '../../check.ts';
import type { Roots } from '../exchange/exchanges.ts';
import { certificatesIn } from '../roots.ts';
import { failure, type Limits, type Source } from '../source.ts';
import { caBundles } from './asks.ts';

const largestBundle = 2_097_152;

export interface HostTrust {
  /** What keeps a TLS look from being honest: no roots, no clock. Null when there is nothing. */
  prepare(tls: TlsSettings, limits: Limits): Promise<Failure | null>;
  readonly roots: (limits: Limits) => Promise<Roots>;
  readonly now: (limits: Limits) => Promise<number>;
}

interface Known {
  readonly roots: Roots;
  /** Its clock less ours, in milliseconds. */
  readonly aheadMs: number;
}

export function hostTrust(host: string, looks: Pick<Source, 'readFile' | 'now'>): HostTrust {
  let asked: Promise<Outcome<Known>> | null = null;
  const ask = async (limits: Limits): Promise<Outcome<Known>> => {
    const [clock, ...bundles] = await Promise.all([
      looks.now({}, limits),
      ...caBundles.map((path) => looks.readFile({ path, maxBytes: largestBundle }, limits)),
    ]);
    if (!clock.ok) return clock;
    const aheadMs = clock.epochMs - Date.now();
    for (const [index, bundle] of bundles.entries()) {
      if (bundle.ok) {
        const roots = { source: `${host}: ${caBundles[index]}`, certificates: certificatesIn(bundle.text) };
        return { ok: true, roots, aheadMs };
      }
      // not there, or not for us: the next. Anything else: nobody knows what is there
      if (!['missing', 'denied', 'unsupported'].includes(bundle.failure)) return bundle;
    }
    return { ok: true, roots: { source: `${host}: no CA bundle`, certificates: [] }, aheadMs };
  };
  const known = async (limits: Limits): Promise<Outcome<Known>> => {
    asked ??= ask(limits);
    const answer = await asked;
    if (!answer.ok) asked = null;
    return answer;
  };
  return {
    async prepare(tls, limits) {
      const answer = await known(limits);
      if (!answer.ok) return answer;
      return answer.roots.certificates.length === 0 && tls.ca === undefined
        ? failure('missing', `no CA bundle on ${host} (${caBundles.join(', ')})`)
        : null;
    },
    roots: async (limits) => {
      const answer = await known(limits);
      return answer.ok ? answer.roots : { source: `${host}: not read`, certificates: [] };
    },
    now: async (limits) => {
      const answer = await known(limits);
      return Date.now() + (answer.ok ? answer.aheadMs : 0);
    },
  };
}
