/** What an HTTP answer should be, and what of it is not. */
import { z } from 'zod';
import type { Finding, FindingWords, Headers } from '../check.ts';

/** `200`, a class such as `'2xx'`, or a bound: `'<500'`. */
export type StatusEntry = number | string;

const statusEntrySchema = z.union([
  z.int().min(100).max(599),
  z.string().regex(/^([1-5]xx|<?[1-5]\d\d)$/, "a status (200), a class ('2xx') or a bound ('<500')"),
]);
const patternSchema = z.string().refine(isPattern, 'a regular expression');

export const answerExpectOption = z
  .strictObject({
    status: z.union([statusEntrySchema, z.array(statusEntrySchema).min(1)]).optional(),
    body: patternSchema.optional().describe('regular expression over the first 64 KiB of the body'),
    json: z.record(z.string(), z.unknown()).optional().describe('dotted path → value in the JSON body'),
    header: z.record(z.string(), patternSchema).optional().describe('header → regular expression'),
  })
  .default({});
export type AnswerExpect = z.infer<typeof answerExpectOption>;

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) !== null;
  } catch {
    return false;
  }
}

/** The statuses that are good; without any set it is `2xx`. */
export function expectedStatuses(expect: AnswerExpect): readonly StatusEntry[] {
  const status = expect.status ?? '2xx';
  return Array.isArray(status) ? status : [status];
}

export function statusMatches(status: number, entries: readonly StatusEntry[]): boolean {
  return entries.some((entry) => {
    const text = String(entry);
    if (text.startsWith('<')) return status < Number(text.slice(1));
    if (text.endsWith('xx')) return Math.floor(status / 100) === Number(text[0]);
    return status === Number(text);
  });
}

/** Whether an answer with this status is only the way to the one that is asked for. */
export function mayFollow(status: number, expect: AnswerExpect): boolean {
  const entries = expectedStatuses(expect);
  return !entries.some((entry) => /^3/.test(String(entry))) && !statusMatches(status, entries);
}

/** `200 OK`, `2xx`, `200 or 204`, `below 500`. */
export function statusesWords(entries: readonly StatusEntry[]): string {
  const [only] = entries;
  if (entries.length === 1 && /^\d+$/.test(String(only))) return statusWords(Number(only), '');
  return entries.map((entry) => String(entry).replace(/^</, 'below ')).join(' or ');
}

const reasons: Readonly<Record<number, string>> = {
  101: 'Switching Protocols',
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  410: 'Gone',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** `404 Not Found`: as the server said it, with the registered phrase where it said none (RFC 9110 section 15). */
export function statusWords(status: number, reason: string): string {
  return `${status} ${reason.slice(0, 40) || (reasons[status] ?? '')}`.trim();
}

/** What the answer holds that it should not, or lacks: findings of `http.body`. */
export function contentFindings(
  answer: { readonly headers: Headers; readonly body: string; readonly truncated: boolean },
  expect: AnswerExpect,
): Finding[] {
  const findings: Finding[] = [];
  const differs = (part: string, expected: string, observed: string) =>
    findings.push({ code: 'http.body', expected, observed, values: { part } });
  if (expect.body !== undefined && !new RegExp(expect.body).test(answer.body)) {
    differs('body', `/${expect.body}/`, quoted(answer.body));
  }
  const json = expect.json && parsed(answer.body);
  if (expect.json && json === undefined) {
    const why = answer.truncated ? 'more than 64 KiB' : quoted(answer.body);
    differs('body', 'JSON', why);
  }
  for (const [path, value] of json === undefined ? [] : Object.entries(expect.json ?? {})) {
    const found = valueAt(json, path);
    if (!sameValue(found, value)) {
      const observed = found === undefined ? `no ${path}` : `${path} = ${short(JSON.stringify(found))}`;
      differs(path, `${path} = ${short(JSON.stringify(value))}`, observed);
    }
  }
  for (const [name, pattern] of Object.entries(expect.header ?? {})) {
    const values = answer.headers[name.toLowerCase()] ?? [];
    if (!values.some((value) => new RegExp(pattern).test(value))) {
      const observed = values.length === 0 ? `no header ${name}` : `${name}: ${short(values.join(', '))}`;
      differs(name, `${name}: /${pattern}/`, observed);
    }
  }
  return findings;
}

const short = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text);
const quoted = (body: string) => (body === '' ? 'an empty body' : `"${short(body)}"`);

/** undefined when it is no JSON. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** `checks.0.name`; undefined when there is nothing. Own keys only: the document is a stranger's. */
function valueAt(document: unknown, path: string): unknown {
  let value = document;
  for (const key of path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

/** Equal as JSON values are, whatever prototypes they have. */
function sameValue(one: unknown, other: unknown): boolean {
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') {
    return one === other;
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const left = Object.entries(one);
  return (
    left.length === Object.keys(other).length &&
    left.every(
      ([key, value]) =>
        Object.hasOwn(other, key) && sameValue(value, (other as Readonly<Record<string, unknown>>)[key]),
    )
  );
}

const gatewayCodes: Readonly<Record<number, string>> = {
  502: 'http.bad-gateway',
  503: 'http.unavailable',
  504: 'http.gateway-timeout',
};

/** The code of a status that a gateway answers with when the trouble is behind it. */
export function gatewayCode(status: number): string | undefined {
  return gatewayCodes[status];
}

export const insteadOf = ({ observed, expected }: Finding) => `${observed} instead of ${expected}`;

export const gatewayFindings = {
  'http.bad-gateway': { status: 'fail', says: insteadOf },
  'http.unavailable': { status: 'fail', says: insteadOf },
  'http.gateway-timeout': { status: 'fail', says: insteadOf },
} as const satisfies Record<string, FindingWords>;
