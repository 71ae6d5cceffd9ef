/** What an answer to a WebSocket upgrade should be (RFC 6455), how facts keep it, and what of it is wrong. */
import { z } from 'zod';
import type { Finding, UpgradeAnswer, Vantage } from '../check.ts';
import { gatewayCode, statusesWords, statusWords } from './answers.ts';
import { countWords, durationWords } from './duration.ts';
import { bodyLimit, bodyStartLimit, exchangeAttempt } from './exchange.ts';
import { shownLocation } from './http-attempts.ts';

export const upgradeExpectOption = z
  .strictObject({
    upgrade: z.array(z.int().min(101).max(599)).min(1).optional().describe('statuses that are good: [101]'),
    subprotocol: z.string().min(1).optional().describe('is asked for, and must be chosen'),
    close: z.array(z.int().min(1000).max(4999)).optional().describe('close codes that are good'),
  })
  .default({});
type UpgradeExpect = z.infer<typeof upgradeExpectOption>;

export const upgradeAttemptSchema = exchangeAttempt.extend({
  handshakeFault: z
    .enum(['no-upgrade-header', 'no-connection-header', 'bad-accept', 'bad-extension'])
    .nullable(),
  pong: z.boolean().nullable().describe('whether our ping was answered; null: none was sent'),
  closed: z
    .object({
      code: z.int().nullable(),
      reason: z.string(),
      cut: z.enum(['ended', 'reset']).optional().describe('without a close frame: by a FIN, or a reset'),
    })
    .nullable()
    .describe('how it ended before we ended it; code null: cut'),
  idleHeldMs: z
    .number()
    .nullable()
    .describe('milliseconds of silence that it bore; null: none was asked of it'),
  idleFrames: z.int().describe('frames that came in that time: the server is not silent by itself'),
  subprotocol: z.string().nullable(),
});
export type UpgradeAttempt = z.infer<typeof upgradeAttemptSchema>;

type Kept = Omit<UpgradeAttempt, keyof typeof notOurs.shape>;
const notOurs = exchangeAttempt.omit({ status: true, reason: true, location: true, bodyStart: true });

export function keptUpgrade(answer: UpgradeAnswer): Kept {
  const { status, reason, headers, body, handshakeFault, pong, closed, subprotocol } = answer;
  const location = shownLocation(headers);
  const bodyStart = body.slice(0, bodyStartLimit);
  const idle = { idleHeldMs: answer.idleHeldMs ?? null, idleFrames: answer.idleFrames ?? 0 };
  return { status, reason, location, bodyStart, handshakeFault, pong, closed, subprotocol, ...idle };
}

export const noUpgrade: Kept = {
  status: null,
  reason: null,
  location: null,
  bodyStart: null,
  handshakeFault: null,
  pong: null,
  closed: null,
  idleHeldMs: null,
  idleFrames: 0,
  subprotocol: null,
};

const codesByStatus: Readonly<Record<number, string>> = {
  400: 'websocket.not-upgraded',
  401: 'websocket.unauthorized',
  403: 'websocket.unauthorized',
  404: 'websocket.not-found',
  410: 'websocket.not-found',
  426: 'websocket.not-upgraded',
};

function codeOf(status: number): string {
  const answered = status >= 200 && status < 300 ? 'websocket.not-upgraded' : undefined;
  return codesByStatus[status] ?? gatewayCode(status) ?? answered ?? 'websocket.rejected';
}

const faultWords: Readonly<Record<NonNullable<UpgradeAttempt['handshakeFault']>, string>> = {
  'no-upgrade-header': 'no Upgrade header with it',
  'no-connection-header': 'no Connection header with it',
  'bad-accept': 'a Sec-WebSocket-Accept that is missing or wrong',
  'bad-extension': 'an extension that was not asked for',
};

/** The findings of an answer that came: of its status, else of everything after 101. `idleMs`: the silence to bear. */
export function upgradeFindings(
  attempt: UpgradeAttempt,
  expect: UpgradeExpect,
  idleMs: number | null = null,
): Finding[] {
  const { status, reason, location, handshakeFault, closed, pong, subprotocol } = attempt;
  if (status === null) return [];
  const good = expect.upgrade ?? [101];
  if (status !== 101 || !good.includes(101)) {
    if (good.includes(status)) return [];
    const to = location === null ? '' : ` to ${location}`;
    const observed = `${statusWords(status, reason ?? '')}${to}`;
    return [{ code: codeOf(status), expected: statusesWords(good), observed, values: { status, location } }];
  }
  if (handshakeFault) {
    const observed = faultWords[handshakeFault];
    return [{ code: 'websocket.bad-accept', expected: 'a handshake as RFC 6455 has it', observed }];
  }
  const findings: Finding[] = [];
  if (expect.subprotocol !== undefined && subprotocol !== expect.subprotocol) {
    const observed = subprotocol === null ? 'no subprotocol' : `subprotocol ${subprotocol}`;
    findings.push({ code: 'websocket.subprotocol', expected: expect.subprotocol, observed });
  }
  const dropped = idleMs === null ? null : idleFinding(attempt, idleMs);
  if (closed && closed.code !== null && expect.close?.includes(closed.code)) return findings;
  if (dropped) return [...findings, dropped];
  if (closed) {
    const values = { code: closed.code, reason: closed.reason };
    const expected = expect.close
      ? `open, or closed with ${expect.close.join(' or ')}`
      : 'an open connection';
    findings.push({ code: 'websocket.closed', expected, observed: closedWords(closed), values });
  } else if (pong === false) {
    findings.push({ code: 'websocket.no-pong', expected: 'a pong', observed: 'none' });
  }
  return findings;
}

type Closed = NonNullable<UpgradeAttempt['closed']>;

function closedWords({ code, reason }: Closed): string {
  if (code === null) return reason === '' ? 'cut right after 101' : brokenWords(reason);
  return `closed right after 101 with code ${code}${reason === '' ? '' : `: ${reason.slice(0, 80)}`}`;
}

/** We ended it ourselves, over what no client may take (RFC 6455 section 7.1.7). */
const brokenWords = (reason: string): string => `a frame that is not valid (${reason.slice(0, 80)})`;

/** A connection that ends sooner was not cut for being idle. In milliseconds. */
const soonMs = 1000;

/** Null when the silence was borne, or did not come to an end of its own. */
function idleFinding({ closed, pong, idleHeldMs }: UpgradeAttempt, idleMs: number): Finding | null {
  if (idleHeldMs === null || (!closed && pong !== false)) return null;
  if (closed && idleHeldMs < Math.min(soonMs, idleMs / 2)) return null;
  const after = durationWords(idleHeldMs);
  const observed = closed ? `${endWords(closed)} after ${after}` : `no answer to a ping after ${after}`;
  const values = {
    idleMs,
    heldMs: idleHeldMs,
    by: closed ? closedBy(closed) : 'silence',
    code: closed?.code ?? null,
  };
  const expected = `open after ${durationWords(idleMs)} of silence`;
  return { code: 'websocket.idle-dropped', expected, observed, values };
}

const closedBy = ({ code, cut }: Closed): string => (code === null ? (cut ?? 'cut') : 'close frame');

function endWords({ code, reason, cut }: Closed): string {
  if (code !== null) return `closed with code ${code}${reason === '' ? '' : ` (${reason.slice(0, 80)})`}`;
  if (reason !== '') return brokenWords(reason);
  return cut === 'ended' ? 'ended without a close frame (FIN)' : cut === 'reset' ? 'reset (RST)' : 'cut';
}

/** What was seen, in a few words; null when there was no answer. */
export function upgradeWords(attempt: UpgradeAttempt): string | null {
  const { status, reason, closed, pong, idleHeldMs, idleFrames } = attempt;
  if (status === null) return null;
  const said = statusWords(status, reason ?? '');
  if (idleHeldMs !== null) {
    const held = durationWords(idleHeldMs);
    if (closed) return `${said}, ${endWords(closed)} after ${held}`;
    if (pong !== true) return `${said}, no answer to a ping after ${held}`;
    const alone = idleFrames === 0 ? '' : `; the server itself sent ${countWords(idleFrames, 'frame')}`;
    return `open after ${held} of silence${alone}`;
  }
  if (closed) return `${said}, ${closedWords(closed)}`;
  return pong === true ? `${said}, ping answered` : said;
}

export const endpointAnswerSchema = z.object({
  url: z.string().optional().describe('what was asked'),
  status: z.int(),
  bodyStart: z.string(),
});

/** What a plain port answers to an upgrade; null when it gives no answer. */
export async function askUpgrade(
  vantage: Vantage,
  question: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  address: string,
): Promise<z.infer<typeof endpointAnswerSchema> | null> {
  const { url, headers } = question;
  const bare = { url, address, headers, subprotocols: [], tls: {}, maxBytes: bodyLimit };
  const answer = await vantage.upgrade(bare);
  return answer.ok ? { url, status: answer.status, bodyStart: answer.body.slice(0, bodyStartLimit) } : null;
}
