/**
 * What `ssh host` does, and what doctor does there: the same home folder, configuration, agent and real server for
 * both. The first way is the oracle, OpenSSH's own ssh; each transport has to end as it does, or to say why not.
 */
import { spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Answer, FailureCode } from '../../../../src/check.ts';
import { plainSsh } from '../../../../src/config/config.ts';
import { openSessions, type Sessions, type SshEnvironment } from '../../../../src/vantage/ssh/sessions.ts';
import { Home, type Sshd, startSshd } from '../../../support/sshd.ts';

export const transports = ['ssh2', 'openssh', 'auto'] as const;
export const ways: readonly Way[] = ['ssh', ...transports];
export type Transport = (typeof transports)[number];
export type Way = 'ssh' | Transport;

/** It logs in, it logs in and gets no shell, or it fails with that code and such words. */
export type Result = 'in' | 'no shell' | readonly [FailureCode, RegExp];

export interface Login {
  readonly title: string;
  readonly server: string;
  /** Goes first into ssh_config. Without an IdentityFile in it, the home's own key is used, which every server takes. */
  readonly config?: (lab: Lab) => string;
  /** known_hosts; left out: it has the key of every server. */
  readonly known?: (lab: Lab) => string;
  readonly env?: (lab: Lab) => Readonly<Record<string, string>>;
  /** What somebody at a terminal types for a passphrase, the first of it first; left out: there is no terminal. */
  readonly typed?: readonly string[];
  /** How it ends in each way, and where a way ends differently. null: this way is not asked. */
  readonly ends: Result;
  readonly but?: Partial<Record<Way, Result | null>>;
  /** What else is to be seen of the answer. */
  readonly seen?: (answer: Answer<'login'>, lab: Lab, way: Transport) => void;
}

export interface Lab {
  readonly home: Home;
  server(name: string): Sshd;
  /** A path in the home's `.ssh`. */
  file(name: string): string;
  /** Makes the home as the case wants it. */
  set(login: Pick<Login, 'server' | 'config' | 'known'>): void;
  sessions(transport: Transport, environment?: Partial<SshEnvironment>): Sessions;
  end(): Promise<void>;
}

export const limits = (timeoutMs = 8000, signal = new AbortController().signal) => ({ timeoutMs, signal });

type Options = Omit<Parameters<typeof startSshd>[0], 'authorized'>;

export async function openLab(
  servers: (home: Home) => Readonly<Record<string, Options>>,
  name = 'home with blanks-',
): Promise<Lab> {
  const home = new Home(name);
  const running = new Map<string, Sshd>();
  const opened: Sessions[] = [];
  await Promise.all(
    Object.entries(servers(home)).map(async ([called, options]) => {
      running.set(called, await startSshd({ authorized: [home.key], ...options }));
    }),
  );
  const server = (called: string) => {
    const found = running.get(called);
    if (!found) throw new Error(`no server ${called}`);
    return found;
  };
  const knownKeys = () =>
    [...running.values()]
      .map((sshd) => knownLine(sshd, sshd.hostKey(sshd.hostKeys[0] ?? 'ed25519')))
      .join('');
  const lab: Lab = {
    home,
    server,
    file: (name) => join(home.ssh, name),
    set({ server: called, config, known }) {
      const own = config?.(lab) ?? '';
      const key = own.includes('IdentityFile') ? '' : `IdentityFile "${lab.file('id_ed25519')}"`;
      home.writes('config', `${own}\n${defaults(lab, server(called))}\n${key}\n`);
      home.writes('known_hosts', known?.(lab) ?? knownKeys());
    },
    sessions(transport, environment) {
      const ssh = { ...plainSsh, transport };
      const sessions = openSessions(
        { there: { address: null, local: false, ssh } },
        home.environment(environment),
      );
      opened.push(sessions);
      return sessions;
    },
    async end() {
      await Promise.all(opened.map((sessions) => sessions.close()));
      await Promise.all([...running.values()].map((sshd) => sshd.stop()));
      home.remove();
    },
  };
  return lab;
}

export function knownLine(sshd: Sshd, key = sshd.hostKey('ed25519')): string {
  return `${sshd.place} ${key}\n`;
}

/** What ssh takes from the user's own home is named here: it asks the user database for it, not HOME. */
function defaults(lab: Lab, sshd: Sshd): string {
  return `Host *
  HostName ${sshd.address}
  Port ${sshd.port}
  User ${userInfo().username}
  UserKnownHostsFile "${lab.file('known_hosts')}"
  GlobalKnownHostsFile none`;
}

export async function compare(lab: Lab, login: Login, way: Way): Promise<void> {
  lab.set(login);
  const env = { ...lab.home.variables, ...login.env?.(lab) };
  const wanted = login.but?.[way] ?? login.ends;
  if (way === 'ssh') {
    const { code, said } = await askSsh(lab, env);
    const ended = code === null ? 'did not end' : code === 255 ? `refused: ${said}` : 'in';
    expect(ended).toMatch(typeof wanted === 'string' ? /^in$/ : /^refused/);
    return;
  }
  const typed = login.typed && [...login.typed];
  const sessions = lab.sessions(way, {
    env,
    askPassphrase: typed ? async () => typed.shift() ?? null : null,
  });
  const before = lab.home.read('known_hosts');
  const answer = await sessions.login({ host: 'there' }, limits());
  expect(lab.home.read('known_hosts')).toBe(before);
  if (typeof wanted === 'string') {
    expect(answer).toMatchObject({ ok: true, uid: wanted === 'in' ? userInfo().uid : null });
  } else {
    expect(answer).toMatchObject({ ok: false, failure: wanted[0], detail: expect.stringMatching(wanted[1]) });
  }
  login.seen?.(answer, lab, way);
  await sessions.close();
}

/** The cases of a table with each way that they are asked. */
export function inEachWay(cases: readonly Login[]): [string, Way, Login][] {
  return cases.flatMap((login) =>
    ways
      .filter((way) => login.but?.[way] !== null)
      .map((way): [string, Way, Login] => [login.title, way, login]),
  );
}

/** `ssh there true`, as a script would: 255 is ssh's own failure. */
export function askSsh(
  lab: Lab,
  env: Readonly<Record<string, string | undefined>>,
  ...argv: string[]
): Promise<{ code: number | null; said: string }> {
  const options = ['-F', lab.file('config'), '-o', 'BatchMode=yes', '-T'];
  const child = spawn('ssh', [...options, ...argv, '--', 'there', 'true'], {
    env: { ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 20_000,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((settle) => child.on('close', (code) => settle({ code, said })));
}
