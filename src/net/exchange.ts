/** What the checks that exchange HTTP with a server share: their options, their facts, and the layers under them. */
import { z } from 'zod';
import type { FindingWords, Ground, TlsSession } from '../check.ts';
import { isLoopbackHost } from './addresses.ts';
import { gatewayFindings } from './answers.ts';
import { naming } from './attempts.ts';
import { certificateFindings } from './certificates.ts';
import { containerOption } from './containers.ts';
import { dnsFindings, placeOf, portFindings } from './reach.ts';
import {
  attemptSchema,
  certDaysOption,
  everyOption,
  headersOption,
  serverOption,
  tlsOption,
  tlsSessionSchema,
  troubleSchema,
} from './schemas.ts';
import type { ListenerLook } from './sockets.ts';

/** How much of a body is kept and looked at, in bytes. */
export const bodyLimit = 65_536;
/** How much of it facts keep, in characters. */
export const bodyStartLimit = 512;

export const exchangeOptions = {
  headers: headersOption,
  tls: tlsOption,
  certDays: certDaysOption,
  server: serverOption,
  every: everyOption,
  listener: z
    .boolean()
    .default(false)
    .describe('the port is of the host that it is looked at from: after silence, look at its listener'),
  container: containerOption,
};

const listenerSchema: z.ZodType<ListenerLook> = z.object({
  queue: z.int().nullable().describe('connections that wait to be accepted'),
  limit: z.int().nullable().describe('how many may wait'),
  unaccepted: z.int().nullable().describe('connections to the port that no process has accepted'),
  accepted: z.int().nullish().describe('connections to the port that a process has accepted'),
});

export const exchangeFacts = {
  url: z.string(),
  resolveFailure: troubleSchema.nullable(),
  nowMs: z.number().nullable().describe('the clock where it was looked from; null: not asked'),
  listener: listenerSchema.nullable().describe('null: not looked at'),
  otherPath: z.enum(['answered', 'silent']).nullable().describe('how a path that cannot exist was taken'),
};

export const exchangeAttempt = attemptSchema.extend({
  session: tlsSessionSchema
    .nullable()
    .describe('where this look is the first to see it, or the certificate did not verify'),
  received: z.string().nullable().describe('what came instead, or the start of an answer that has no end'),
  status: z.int().nullable(),
  reason: z.string().nullable(),
  location: z.string().nullable(),
  bodyStart: z.string().nullable().describe(`at most ${bodyStartLimit} characters`),
});

/** What earlier checks can have found, the most telling first. */
export const exchangeGround = ['certificate', 'connection', 'open', 'address'] as const;

/** A TLS row came before, and has judged the certificate. */
export function judgedBefore(ground: Ground): boolean {
  return Array.isArray(ground.certificate) && ground.certificate.length > 0;
}

/** The session goes into the facts where it must be judged here. */
export function sessionToJudge(
  attempt: { readonly session: TlsSession | null; readonly failure: string | null },
  judged: boolean,
): TlsSession | null {
  return judged && attempt.failure !== 'unverified' ? null : attempt.session;
}

/** The port, where the URL is one of the machine that it is looked at from; null for another's. */
export function ownPort(url: string): number | null {
  const { host, port } = placeOf(url);
  return isLoopbackHost(host) ? port : null;
}

/** The words of every code that comes from below HTTP, and of those that both kinds give. */
export const exchangeFindings = {
  ...naming(dnsFindings),
  ...naming(portFindings),
  ...naming(certificateFindings),
  ...naming(gatewayFindings),
  'http.not-http': {
    status: 'fail',
    says: ({ values }) => {
      if (typeof values?.malformed === 'string') return values.malformed;
      const isKnown = typeof values?.protocol === 'string';
      return isKnown ? `${values.protocol} instead of HTTP` : 'what answered is not HTTP';
    },
  },
} as const satisfies Record<string, FindingWords>;
