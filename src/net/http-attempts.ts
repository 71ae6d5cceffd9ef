/** How an HTTP question went with one address, as facts keep it; and what is wrong with the answer. */
import { z } from 'zod';
import type { Finding, Headers } from '../check.ts';
import {
  type AnswerExpect,
  contentFindings,
  expectedStatuses,
  gatewayCode,
  statusesWords,
  statusMatches,
  statusWords,
} from './answers.ts';
import { bodyStartLimit, exchangeAttempt } from './exchange.ts';
import type { Ending } from './follow.ts';
import { redirectFaultSchema, redirectWords, withoutQuery } from './redirects.ts';
import { headersSchema } from './schemas.ts';

export const httpAttemptSchema = exchangeAttempt.extend({
  endedAt: z.string().describe('the URL that it ended with, after redirects'),
  headers: headersSchema.describe('those that something is expected of, and a few that tell who answered'),
  body: z.string().nullable().describe('at most 64 KiB, where something is expected of it'),
  truncated: z.boolean(),
  redirectFault: redirectFaultSchema.nullable(),
});
export type HttpAttempt = z.infer<typeof httpAttemptSchema>;

const tellingHeaders = ['content-type', 'date', 'server', 'via'];

/** What facts keep of an ending: no more of the body and the headers than what was expected of them needs. */
export function keptEnding(ending: Ending, expect: AnswerExpect): HttpAttempt {
  const { url, answer, session, failure, detail, connected, received, redirectFault, address, family } =
    ending;
  const wanted = [...tellingHeaders, ...Object.keys(expect.header ?? {}).map((name) => name.toLowerCase())];
  const bodyMatters = expect.body !== undefined || expect.json !== undefined;
  return {
    address,
    family,
    failure,
    detail,
    connected,
    session,
    received,
    endedAt: url,
    status: answer?.status ?? null,
    reason: answer?.reason ?? null,
    location: shownLocation(answer?.headers ?? {}),
    headers: picked(answer?.headers ?? {}, wanted),
    bodyStart: answer?.body.slice(0, bodyStartLimit) ?? null,
    body: bodyMatters ? (answer?.body ?? null) : null,
    truncated: answer?.truncated ?? false,
    redirectFault,
  };
}

/** null where the answer points nowhere. */
export const shownLocation = ({ location }: Headers): string | null =>
  location?.[0] === undefined ? null : withoutQuery(location[0]).slice(0, bodyStartLimit);

function picked(headers: Headers, wanted: readonly string[]): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => wanted.includes(name)));
}

/** The findings of an answer that came. */
export function answerFindings(attempt: HttpAttempt, expect: AnswerExpect): Finding[] {
  const { status, reason, redirectFault, location } = attempt;
  if (status === null) return [];
  const entries = expectedStatuses(expect);
  const expected = statusesWords(entries);
  const said = statusWords(status, reason ?? '');
  if (redirectFault) {
    const loops = redirectFault === 'circle' || redirectFault === 'too-many';
    const why = redirectWords(redirectFault);
    return [
      {
        code: loops ? 'http.redirect-loop' : 'http.status',
        expected,
        observed: loops ? `${why}, the last to ${location}` : `${said} to ${location ?? 'nowhere'}, ${why}`,
        values: { status, location, redirectFault },
      },
    ];
  }
  if (!statusMatches(status, entries)) {
    return [{ code: gatewayCode(status) ?? 'http.status', expected, observed: said, values: { status } }];
  }
  return contentFindings({ ...attempt, body: attempt.body ?? '' }, expect);
}
