import { z } from 'zod';
import { couldNotLook, couldNotLookFindings, defineCheck, type Finding, fail } from '../src/check.ts';
import { runs } from '../src/net/asks.ts';
import { troubleSchema } from '../src/net/schemas.ts';
import { shellWord } from '../src/net/shell-word.ts';

const options = z.strictObject({
  argv: z
    .array(
      z
        .string()
        .max(4096)
        .regex(/^[^\0]*$/, 'text without NUL'),
    )
    .refine(([program]) => program !== undefined && /^[^-\s]/.test(program), {
      message: 'does not begin with a program',
      params: { hint: 'write argv = ["systemctl", "is-active", "agent.service"]' },
    })
    .describe('the program and its arguments, word by word: no shell reads them'),
  exitCode: z.int().min(0).max(255).default(0).describe('the exit code that is good'),
  output: z
    .string()
    .refine((text) => {
      try {
        return new RegExp(text) !== null;
      } catch {
        return false;
      }
    }, 'a regular expression')
    .nullable()
    .default(null)
    .describe('regular expression over the start of its standard output, the last line break left out'),
});

/** Of the output so many characters are looked at, and so many kept. */
const [lookedAt, kept] = [65_536, 500];

const facts = z.object({
  trouble: troubleSchema.nullable().describe('why it could not be run'),
  exitCode: z.int().nullable().describe('null: a signal ended it'),
  matches: z
    .boolean()
    .nullable()
    .describe('whether the output is as expected; null: nothing was expected of it'),
  output: z.string().describe('the first lines of what it printed'),
  errorOutput: z.string().describe('the first lines of its standard error'),
});

const firstLines = (text: string) => text.trim().split('\n').slice(0, 5).join('\n').slice(0, kept);
const oneLine = (text: string) => (text.split('\n', 1)[0] ?? '').trim().slice(0, 120);
const shown = (argv: readonly string[]) => argv.join(' ').slice(0, 120);

export const command = defineCheck<z.infer<typeof options>, z.infer<typeof facts>>({
  kind: 'command',
  summary: 'a command ends with the expected exit code, and prints what it should',
  options,
  facts,
  label: ({ argv }) => `Command ${shown(argv).slice(0, 40)}`,
  target: ({ argv }) => shown(argv),

  async look(vantage, { argv, output }) {
    const answer = await vantage.execute({ argv });
    if (!answer.ok) {
      const { failure, detail } = answer;
      return { trouble: { failure, detail }, exitCode: null, matches: null, output: '', errorOutput: '' };
    }
    const { exitCode, stdout, stderr } = answer;
    const matches =
      output === null ? null : new RegExp(output).test(stdout.slice(0, lookedAt).replace(/\n$/, ''));
    return { trouble: null, exitCode, matches, output: firstLines(stdout), errorOutput: firstLines(stderr) };
  },

  asks: ({ argv }) => [runs(argv)],

  judge({ trouble, exitCode, matches, output, errorOutput }, { argv, exitCode: wanted, output: pattern }) {
    const expected = `exit code ${wanted}${pattern === null ? '' : `, output like /${pattern}/`}`;
    if (trouble) {
      const finding = couldNotLook({ ok: false, ...trouble }, argv[0] ?? '');
      return { findings: [finding], expected, observed: trouble.detail };
    }
    const ended = exitCode === null ? 'ended by a signal' : `exit code ${exitCode}`;
    const said = oneLine(exitCode === wanted ? output : errorOutput || output);
    const observed = said === '' ? ended : `${ended}: ${said}`;
    const findings: Finding[] = [];
    if (exitCode !== wanted || matches === false) {
      const values = {
        command: shown(argv),
        typed: argv.map(shellWord).join(' '),
        exitCode,
        wanted,
        output,
        errorOutput,
        differs: exitCode !== wanted,
      };
      findings.push({ code: 'command.failed', expected, observed, values });
    }
    return { findings, expected, observed };
  },

  findings: {
    'command.failed': fail(({ observed, expected, values }) =>
      values?.differs
        ? `${observed} instead of exit code ${values.wanted}`
        : `${observed} is not as expected: ${expected}`,
    ),
    ...couldNotLookFindings,
  },

  docs: `Runs a program of your own choice where the check looks from, word by word without a shell, with LC_ALL=C and nothing on
its standard input, and compares its exit code (\`exit_code\`, 0) and the first 64 KiB of its output (\`output\`). It is the one
kind that can change something: name only commands that read. A program that is not there, or takes longer than
\`timeout\`, could not be looked at: that says nothing of what it would have found.`,
});
