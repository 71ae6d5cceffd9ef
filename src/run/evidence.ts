/** A look as evidence in a report: the command as a person would type it, and the start of what came back. */
import type { Arguments, Failure, LoginTrace, OperationName } from '../check.ts';
import { placeholder } from '../net/placeholder.ts';
import { shellWord } from '../net/shell-word.ts';
import type { Evidence } from '../report/report.ts';
import type { Look } from '../vantage/observe.ts';
import { bracketed, loginLines } from './login-evidence.ts';

/** Characters of output kept in a report; a record keeps all that was kept by the look. */
const maxOutput = 4096;

const commands: { readonly [K in OperationName]: (args: Arguments<K>) => string } = {
  resolve: ({ name, server }) => (server ? `dig @${server} ${name}` : `getent ahosts ${name}`),
  connect: ({ address, port }) => `connect ${address} port ${port}`,
  handshake: ({ address, port, host, tls }) =>
    `openssl s_client -connect ${bracketed(address)}:${port} -servername ${tls.servername ?? host}`,
  request: ({ method, url, address }) => `${method} ${url} (to ${address})`,
  upgrade: ({ url, address, idleMs }) =>
    `GET ${url} (Upgrade: websocket, HTTP/1.1, to ${address}${idleMs === undefined ? '' : `, then ${idleMs / 1000} s of silence`})`,
  execute: ({ argv }) => argv.map(shellWord).join(' '),
  readFile: ({ path }) => `cat ${shellWord(path)}`,
  now: () => 'date +%s',
  login: ({ host }) => `ssh ${host}`,
  network: () => 'addresses and routes of this machine',
};

/** `shows`: what of the output may be seen. */
export function describeLook(
  look: Look,
  vantage: string,
  shows: (output: string) => string = (output) => output,
): Evidence {
  const { outcome } = look;
  const command = commandOf(look);
  const { exitCode, output, truncated } = outcome.ok
    ? shown(answered(outcome), shows)
    : { exitCode: null, output: failed(outcome), truncated: false };
  return {
    operation: look.operation,
    command,
    vantage,
    exitCode,
    output: output.slice(0, maxOutput),
    truncated: truncated || output.length > maxOutput,
  };
}

function commandOf({ operation, args, outcome }: Look): string {
  const wasAsked = !(outcome.ok && 'source' in outcome && outcome.source === 'literal');
  if (operation === 'resolve' && !wasAsked) return `${(args as Arguments<'resolve'>).name} is an address`;
  const asked = (commands[operation] as (args: Look['args']) => string)(args);
  const command = outcome.ok && 'sudo' in outcome && outcome.sudo === 'used' ? `sudo -n ${asked}` : asked;
  // a secret's place in a URL, as it is written everywhere else
  return command.replace(encodedPlaceholder, (as, name: string) => decoded(name, as));
}

const encodedPlaceholder = /%E2%80%B9([\w.:~%-]{1,400}?)%E2%80%BA/g;

function decoded(name: string, otherwise: string): string {
  try {
    return placeholder(decodeURIComponent(name));
  } catch {
    return otherwise;
  }
}

function shown(answer: ReturnType<typeof answered>, shows: (output: string) => string) {
  try {
    return { ...answer, output: shows(answer.output) };
  } catch {
    // what a check cannot read it cannot clear for others to see
    return { ...answer, output: '' };
  }
}

function failed({ failure, detail, received, login }: Failure): string {
  const seen = login ? loginLines(login) : [];
  return [`${failure}: ${detail}`, ...(received ? [received] : []), ...seen].join('\n');
}

function answered(outcome: object): { exitCode: number | null; output: string; truncated: boolean } {
  const value = outcome as Record<string, unknown>;
  const truncated = value.truncated === true;
  if (typeof value.stdout === 'string') {
    const output = [value.stdout, value.stderr].filter(Boolean).join('\n');
    return { exitCode: (value.exitCode as number | null) ?? null, output, truncated };
  }
  if (typeof value.status === 'number') {
    const head = `HTTP/1.1 ${value.status} ${value.reason ?? ''}`.trim();
    return {
      exitCode: null,
      output: [head, headerLines(value.headers), value.body].join('\n').trim(),
      truncated,
    };
  }
  if (typeof value.text === 'string') return { exitCode: null, output: value.text, truncated };
  if (isLogin(outcome)) return { exitCode: null, output: loginLines(outcome).join('\n'), truncated };
  const { ok: _, ...rest } = value;
  return { exitCode: null, output: JSON.stringify(rest), truncated };
}

const isLogin = (outcome: object): outcome is LoginTrace => 'methods' in outcome && 'hostKey' in outcome;

function headerLines(headers: unknown): string {
  return Object.entries((headers ?? {}) as Record<string, readonly string[]>)
    .flatMap(([name, values]) => values.map((value) => `${name}: ${value}`))
    .concat('')
    .join('\n');
}
