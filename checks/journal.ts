import { z } from 'zod';
import { couldNotLook, couldNotLookFindings, defineCheck, fail } from '../src/check.ts';
import { containerOption } from '../src/net/containers.ts';
import { countWords, durationOption, durationWords, millisecondsOf } from '../src/net/duration.ts';
import { type LogLine, lastMatch, parseJournal, parseLog } from '../src/net/log-lines.ts';
import { troubleSchema } from '../src/net/schemas.ts';
import { readServiceLog, serviceLogAsks } from '../src/net/service-log.ts';
import { unitName, unitPattern } from '../src/net/units.ts';

const pattern = z
  .string()
  .refine((text) => {
    try {
      return new RegExp(text) !== null;
    } catch {
      return false;
    }
  }, 'a regular expression')
  .nullable()
  .default(null);

const options = z
  .strictObject({
    unit: z
      .string()
      .regex(unitPattern, 'a unit: agent.service, or agent')
      .nullable()
      .default(null)
      .describe('the unit whose journal it is; without a type: a service'),
    container: containerOption.describe(
      'the container whose log it is; before the unit, where both are named',
    ),
    expect: pattern.describe('regular expression: a line that must come'),
    unwanted: pattern.describe('regular expression: a line that must not be the last that matches'),
    since: z
      .union([z.literal('start'), durationOption])
      .default('start')
      .describe('"start" (of the unit or container), or how long back'),
  })
  .refine(({ unit, container }) => unit !== null || container !== null, {
    message: 'is of nothing',
    params: { hint: 'write unit or container as well' },
  })
  .refine(({ expect, unwanted }) => expect !== null || unwanted !== null, {
    message: 'looks for nothing',
    params: { hint: 'write expect, unwanted or both' },
  });
type Options = z.infer<typeof options>;

const lineSchema = z.object({ time: z.string(), text: z.string().describe('its start') });

const facts = z.object({
  trouble: troubleSchema.nullable().describe('why the log could not be read'),
  of: z.enum(['unit', 'container']).nullable(),
  name: z.string().nullable(),
  started: z.boolean().describe('false: the unit was not started since the machine was'),
  lines: z.int().describe('how many were looked at'),
  complete: z.boolean().describe('no line of that time was left out'),
  match: lineSchema
    .extend({ kind: z.enum(['expected', 'unwanted']) })
    .nullable()
    .describe('the last line that matches either'),
  last: lineSchema.nullable().describe('the last line of all'),
});
type Facts = z.infer<typeof facts>;

const shownText = 300;
const kept = ({ time, text }: LogLine) => ({ time, text: text.slice(0, shownText) });
const wantedOf = (chosen: Options) => {
  const { since } = chosen;
  return { ...chosen, since: since === 'start' ? ('start' as const) : millisecondsOf(since) };
};
const place = ({ unit, container }: Options) => container ?? unitName(unit ?? '');

export const journal = defineCheck<Options, Facts>({
  kind: 'journal',
  summary: 'a line came in the journal of a unit or the log of a container, and no unwanted one after it',
  options,
  facts,
  label: ({ expect }) => (expect === null ? 'Nothing unwanted in the log' : 'Expected line in the log'),
  target: place,

  async look(vantage, chosen) {
    const log = await readServiceLog(vantage, wantedOf(chosen));
    if (!log.ok) {
      const { failure, detail } = log;
      const nothing = {
        of: null,
        name: null,
        started: true,
        lines: 0,
        complete: false,
        match: null,
        last: null,
      };
      return { ...nothing, trouble: { failure, detail } };
    }
    const { of, name, started, lines, complete } = log;
    const match = lastMatch(lines, chosen);
    const last = lines.at(-1);
    return {
      trouble: null,
      of,
      name,
      started,
      lines: lines.length,
      complete,
      match: match && { ...kept(match.line), kind: match.kind },
      last: last ? kept(last) : null,
    };
  },

  asks: (chosen) => serviceLogAsks(wantedOf(chosen)),

  judge({ trouble, of, name, started, lines, complete, match, last }, chosen) {
    const { expect, unwanted, since } = chosen;
    const expected = expect === null ? `no line like /${unwanted}/` : `a line like /${expect}/`;
    const what = `the ${chosen.container === null ? 'journal' : 'log'} of ${place(chosen)}`;
    const when =
      since === 'start' ? 'since its start' : `in the last ${durationWords(millisecondsOf(since))}`;
    const verdict = (observed: string, code?: string, values = {}) => ({
      findings: code ? [{ code, expected, observed, values: { of, name, when, ...values } }] : [],
      expected,
      observed,
    });
    if (trouble) {
      return { ...verdict(trouble.detail), findings: [couldNotLook({ ok: false, ...trouble }, what)] };
    }
    if (match?.kind === 'expected') return verdict(words(match));
    if (match) return verdict(words(match), 'journal.error', { pattern: unwanted, time: match.time });
    if (!complete) {
      const detail = `none of the last ${countWords(lines, 'line')} matches, and there are more`;
      return {
        ...verdict(detail),
        findings: [couldNotLook({ ok: false, failure: 'incomplete', detail }, what)],
      };
    }
    const nothing = started ? `no line ${when}` : 'it was not started since the machine was';
    if (expect === null)
      return verdict(lines === 0 ? nothing : `none of ${countWords(lines, 'line')} ${when}`);
    const seen = last === null ? nothing : `last line: ${words(last)}`;
    return verdict(seen, 'journal.missing', { pattern: expect, time: last?.time ?? null });
  },

  shows: (output, { args }) => {
    const isLog =
      'argv' in args &&
      (args.argv[0] === 'journalctl' || args.argv.some((word) => word.includes(' logs --')));
    if (!isLog) return output;
    const lines = 'argv' in args && args.argv[0] === 'journalctl' ? parseJournal(output) : parseLog(output);
    return lines
      .slice(-20)
      .map(({ time, text }) => `${time} ${text.slice(0, 150)}`)
      .join('\n');
  },

  findings: {
    'journal.missing': fail(
      ({ values, observed }) => `no line like /${values?.pattern}/ ${values?.when}; ${observed}`,
    ),
    'journal.error': fail(({ observed }) => `an unwanted line is the last that matches: ${observed}`),
    ...couldNotLookFindings,
  },

  docs: `Reads the journal of the unit (\`journalctl\`), or the log of the container (\`docker logs\`, \`podman logs\`), since the start of
its last run or for some time back. The last line that matches \`expect\` or \`unwanted\` decides; one that matches both is
unwanted. At most 2000 lines are read, of each line 4096 characters; where the line can be older, the host looks for it
(\`journalctl --grep\`, \`grep -P\`), and where it has neither, nothing is known.

Whoever is neither root nor in the group systemd-journal, adm or wheel is shown his own messages alone. Reports show the
line that decides and the last 20; a record holds all that were read.`,
});

const words = ({ time, text }: { readonly time: string; readonly text: string }) =>
  `${time.slice(0, 19).replace('T', ' ')} ${text.replace(/\s*\n\s*/g, ' / ')}`;
