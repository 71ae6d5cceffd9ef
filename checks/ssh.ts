import { z } from 'zod';
import type { FailureCode, Finding, LoginTrace } from '../src/check.ts';
import { couldNotLook, couldNotLookFindings, defineCheck, error } from '../src/check.ts';
import { hostPort } from '../src/net/addresses.ts';
import { keyValues, offerValues, wayValues } from '../src/net/login-values.ts';
import { basename } from '../src/net/program.ts';
import { failureCodeSchema } from '../src/net/schemas.ts';
import { shellWord } from '../src/net/shell-word.ts';

const options = z.strictObject({ host: z.string().min(1).describe('name of a declared host') });

const keySchema = z.object({ type: z.string(), fingerprint: z.string() });
const traceSchema: z.ZodType<LoginTrace> = z.object({
  address: z.string(),
  port: z.int(),
  user: z.string(),
  transport: z.string(),
  notes: z.array(z.string()),
  hostKey: keySchema.nullable(),
  knownKeys: z.array(keySchema.extend({ file: z.string(), line: z.int(), revoked: z.boolean() })),
  methods: z.array(z.string()),
  server: z.string().nullable(),
  hops: z.array(z.string()).optional().describe('the hosts in between, the nearest first'),
  failedHop: z.string().nullish().describe('the one of them that the way ended at'),
  decided: z
    .array(z.object({ keyword: z.string(), file: z.string(), line: z.int() }))
    .optional()
    .describe('the lines of ssh_config that decided of the way'),
  asked: z.string().optional().describe('the name that an ssh is asked for'),
  known: z
    .object({ name: z.string(), file: z.string().nullable() })
    .optional()
    .describe('what known_hosts calls it, and the file where a key that is accepted goes'),
  offer: z
    .object({ keyword: z.string(), algorithms: z.array(z.string()) })
    .nullish()
    .describe('of what there is none in common: the keyword of ssh_config, and all that the server offers'),
  takes: z.array(z.string()).optional().describe('the methods that the server said it would take'),
});

const facts = z.object({
  host: z.string(),
  login: traceSchema.nullable().describe('how the login went, as far as it got'),
  uid: z.int().nullable().describe('of the login user; null: not asked'),
  hostname: z.string().nullable(),
  noShell: z.string().nullable().describe('why no command of ours runs there; null: they do'),
  clock: z
    .object({ hostMs: z.number(), localMs: z.number() })
    .nullable()
    .describe('its clock, and ours at that time; null: not told'),
  failure: failureCodeSchema.nullable(),
  detail: z.string(),
});
type Facts = z.infer<typeof facts>;

export const ssh = defineCheck<z.infer<typeof options>, Facts>({
  kind: 'ssh',
  summary: 'doctor can log in to the host',
  options,
  facts,
  label: () => 'SSH login',
  target: ({ host }) => host,

  async look(vantage, { host }) {
    const answer = await vantage.login({ host });
    if (!answer.ok) {
      const { failure, detail, login } = answer;
      const unknown = { uid: null, hostname: null, noShell: null, clock: null };
      return { host, login: login ?? null, ...unknown, failure, detail };
    }
    const { ok: _, uid, hostname, noShell = null, clock = null, ...login } = answer;
    return { host, login, uid, hostname, noShell, clock, failure: null, detail: '' };
  },

  asks: ({ host }) => [{ operation: 'login', host }],

  judge(seen, { host }) {
    const expected = 'a login';
    const { failure, detail, login, noShell } = seen;
    if (failure === null && noShell !== null) {
      const finding = couldNotLook({ ok: false, failure: 'incomplete', detail: noShell }, host);
      return { findings: [finding], expected: 'a login, and a shell', observed: noShell };
    }
    if (failure === null) return { findings: [], expected, observed: login && loginWords(login) };
    const finding = loginFinding(seen) ?? couldNotLook({ ok: false, failure, detail }, host);
    return { findings: [finding], expected, observed: finding.observed };
  },

  provides: {
    session: ({ failure }) => (failure === null ? true : undefined),
    clock: ({ clock, login }) => clock && { ...clock, address: login?.address ?? null },
    shell: ({ failure, noShell }) => (failure === null && noShell === null ? true : undefined),
  },

  findings: {
    'ssh.unreachable': error((finding) => at(finding, finding.observed ?? 'no SSH server answered')),
    'ssh.host-key-unknown': error((finding) => at(finding, 'host key is not in known_hosts')),
    'ssh.host-key-changed': error((finding) => at(finding, changedWords(finding))),
    'ssh.auth-failed': error((finding) => at(finding, refusedWords(finding))),
    'ssh.no-common-algorithm': error((finding) => at(finding, 'no algorithm in common')),
    ...couldNotLookFindings,
  },

  docs: `Logs in to a declared host as \`ssh\` would: ~/.ssh/config, the agent and known_hosts are honoured. A host key that is
not known, was changed or is revoked never gets a connection. Everything that is looked at on the host goes through this
one login.

When it does not come about, nothing is known of what runs there: that is why it is an error, not a failure. So is a login
to a shell that runs no commands of ours (nologin, a forced command): connections are still looked at through it.`,
});

/** In a line: what else there is stands in the cause. */
function at({ values }: Finding, words: string): string {
  return typeof values?.hop === 'string' ? `${values.hop} in between: ${words}` : words;
}

function changedWords({ expected, file, line, values }: Finding): string {
  const place = file ? ` ${basename(file)}:${line}` : ' known_hosts';
  if (values?.hop) return 'host key is not the one in known_hosts';
  return expected === notRevoked ? `host key is revoked,${place}` : `host key is not the one in${place}`;
}

function refusedWords({ values }: Finding): string {
  const tried = Array.isArray(values?.methods) ? values.methods.length : 0;
  const user = values?.user ?? 'us';
  return tried > 0
    ? `none of our keys is taken for ${user} (${tried} tried)`
    : `there is no key to log in as ${user} with`;
}

const notRevoked = 'a key that is not revoked';

const unreachable: Partial<Record<FailureCode, string>> = {
  'invalid-name': 'no such name can exist',
  nxdomain: 'name does not exist',
  'no-address': 'name has no address',
  'server-failure': 'DNS server could not answer',
  'no-answer': 'no DNS server answered',
  refused: 'connection refused',
  timeout: 'no answer in time',
  unreachable: 'unreachable',
  reset: 'connection reset',
  closed: 'closed before the login',
  'not-ssh': 'what answered is not SSH',
  'forwarding-refused': 'the host in between opens no connection to it',
};

/** null when the failure says nothing of the host: nobody could look. */
function loginFinding({ failure, detail, login }: Facts): Finding | null {
  const values = { detail, ...(login ? wayValues(login) : {}) };
  const reason = failure && unreachable[failure];
  if (reason) return { code: 'ssh.unreachable', expected: 'an SSH server', observed: reason, values };
  const other = login?.failedHop ? `the host key of ${login.failedHop}` : 'another host key';
  const shown = login?.hostKey ? `${login.hostKey.type} ${login.hostKey.fingerprint}` : other;
  switch (failure) {
    case 'host-key-unknown':
      return { code: 'ssh.host-key-unknown', expected: 'a key in known_hosts', observed: shown, values };
    case 'host-key-changed': {
      const known = login?.knownKeys ?? [];
      const entry = known.find(({ revoked }) => revoked) ?? known.find(sameType(login)) ?? known[0];
      const right = entry && !entry.revoked ? `${entry.type} ${entry.fingerprint}` : notRevoked;
      const place = entry ? { file: entry.file, line: entry.line } : {};
      const knownfile = entry ? { knownfile: shellWord(entry.file) } : {};
      return {
        code: 'ssh.host-key-changed',
        expected: right,
        observed: shown,
        ...place,
        values: { ...values, ...knownfile },
      };
    }
    case 'auth-failed': {
      const methods = (login?.methods ?? []).filter((method) => method !== 'none');
      const observed = methods.length > 0 ? `refused: ${methods.join(', ')}` : 'nothing to log in with';
      return {
        code: 'ssh.auth-failed',
        expected: 'a login',
        observed,
        values: { ...values, methods, ...keyValues(methods) },
      };
    }
    case 'no-common-algorithm': {
      const observed = `no algorithm in common: ${detail}`;
      return {
        code: 'ssh.no-common-algorithm',
        expected: 'an algorithm in common',
        observed,
        values: { ...values, ...offerValues(login) },
      };
    }
    default:
      return null;
  }
}

const sameType =
  (login: LoginTrace | null) =>
  ({ type }: { readonly type: string }) =>
    type === login?.hostKey?.type;

/** `root@backend.example.com:22, ssh-ed25519`. */
function loginWords(login: LoginTrace): string {
  const place = `${login.user}@${hostPort(login.address, login.port)}`;
  return login.hostKey ? `${place}, ${login.hostKey.type}` : place;
}
