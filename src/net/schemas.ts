/** Schemas of what a vantage answers and of the options that network checks share. */
import { z } from 'zod';
import type { Address, Certificate, FailureCode, TlsSession, TlsSettings } from '../check.ts';

export const failureCodeSchema: z.ZodType<FailureCode> = z.enum([
  'invalid-name',
  'nxdomain',
  'no-address',
  'server-failure',
  'no-answer',
  'refused',
  'timeout',
  'unreachable',
  'reset',
  'closed',
  'forwarding-refused',
  'not-tls',
  'handshake',
  'unverified',
  'not-http',
  'missing',
  'denied',
  'incomplete',
  'not-ssh',
  'host-key-unknown',
  'host-key-changed',
  'auth-failed',
  'no-common-algorithm',
  'no-session',
  'unsupported',
  'aborted',
]);

const familySchema = z.union([z.literal(4), z.literal(6)]);

export const addressSchema: z.ZodType<Address> = z.object({ address: z.string(), family: familySchema });

/** What is kept of an operation's failure. */
export const troubleSchema = z.object({ failure: failureCodeSchema, detail: z.string() });

const certificateSchema: z.ZodType<Certificate> = z.object({
  subject: z.string(),
  issuer: z.string(),
  names: z.array(z.string()),
  notBefore: z.string(),
  notAfter: z.string(),
  fingerprint256: z.string(),
  selfSigned: z.boolean(),
  isAuthority: z.boolean(),
  issuerUri: z.string().nullable(),
});

export const tlsSessionSchema: z.ZodType<TlsSession> = z.object({
  protocol: z.string(),
  cipher: z.string(),
  alpn: z.string().nullable(),
  servername: z.string(),
  chain: z.array(certificateSchema),
  path: z.array(certificateSchema).optional(),
  trust: z.enum(['trusted', 'self-signed', 'unknown-issuer', 'incomplete-chain', 'invalid']),
  verifyError: z.string().nullable(),
  trustStore: z.string(),
});

export const headersSchema = z.record(z.string(), z.array(z.string()).readonly());

/** How it went with one address. */
export const attemptSchema = z.object({
  address: z.string(),
  family: familySchema,
  failure: failureCodeSchema.nullable(),
  detail: z.string().describe('why it failed, for people; empty when it did not'),
  connected: z.boolean().nullable().describe('whether the connection itself came; null: not known'),
});

export const hostOption = z.string().min(1).describe('name or address');
export const portOption = z.int().min(1).max(65535);
export const serverOption = z
  .string()
  .regex(/^(\[[0-9A-Fa-f:.%]+\]|[^\s:[\]]+):\d{1,5}$/, 'host:port of a DNS server')
  .nullable()
  .default(null)
  .describe("DNS server to ask, host:port, instead of the system's");
export const certDaysOption = z
  .int()
  .min(0)
  .default(21)
  .describe('fewer days left than this in a certificate is a warning');
export const tlsOption: z.ZodType<TlsSettings> = z
  .strictObject({
    servername: z.string().min(1).optional().describe('name to ask for and to verify instead of the host'),
    ca: z.string().min(1).optional().describe('file with roots trusted besides the system ones'),
    cert: z.string().min(1).optional().describe('file with the client certificate'),
    key: z.string().min(1).optional().describe('file with its key'),
  })
  .default({});
export const headersOption = z.record(z.string(), z.string()).default({}).describe('headers to send');
export const everyOption = z
  .boolean()
  .default(false)
  .describe('look at each address (at most 8), not only at the first that answers');

/** A URL of one of these schemes, without a user in it (headers carry credentials, and are kept out of reports). */
export function urlOption(...schemes: readonly string[]) {
  return z.string().refine(
    (text) => {
      const url = URL.canParse(text) ? new URL(text) : null;
      return (
        url !== null && schemes.includes(url.protocol.slice(0, -1)) && url.username + url.password === ''
      );
    },
    `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}, without user or password`,
  );
}
