/** Shells and connections over a ControlMaster of the user's: an ssh for each, which can't do it any harm. */
import { spawn } from 'node:child_process';
import type { LoginTrace } from '../../check.ts';
import { hostPort } from '../../net/addresses.ts';
import { failure } from '../source.ts';
import { shellCommand } from './batch.ts';
import { dialOver, type Forwarded } from './forwarding.ts';
import { passengerArgv } from './openssh-argv.ts';
import type { Packets } from './packets.ts';
import { streamOf } from './proxy-command.ts';
import { shellQuote } from './quote.ts';
import type { SshEnvironment } from './sessions.ts';
import type { Shell, ShellEnd, SshConnection } from './transport.ts';
import type { Way } from './way.ts';
import { isCarried, isSessionRefused } from './words.ts';

const keptText = 4096;

export interface Passengers {
  shell(script: string, onOutput: (chunk: Buffer) => void): Shell;
  forward(address: string, port: number): Promise<Forwarded>;
}

export function passengersOf(way: Way, environment: SshEnvironment, path: string): Passengers {
  const start = (...argv: string[]) => {
    const [program, ...words] = passengerArgv(way, environment, path, argv);
    return spawn(program, words, {
      env: { ...environment.env, SSH_ASKPASS_REQUIRE: 'never' },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
  };
  const shell: Passengers['shell'] = (script, onOutput) => {
    const child = start('--', way.original, shellCommand);
    let stderr = '';
    child.stdin.on('error', () => {});
    child.stdout.on('data', onOutput);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(0, keptText);
    });
    child.stdin.end(script);
    const ended = new Promise<ShellEnd>((settle) => {
      child.on('error', () => settle({ kind: 'closed', exitCode: null, stderr: 'ssh can not be started' }));
      child.on('close', (exitCode) =>
        settle(
          isSessionRefused(stderr)
            ? { kind: 'refused', detail: stderr.trim() }
            : { kind: 'closed', exitCode, stderr: stderr.trim() },
        ),
      );
    });
    return { ended, stop: () => void child.kill() };
  };
  const forward: Passengers['forward'] = (address, port) =>
    new Promise((settle) => {
      const child = start('-v', '-W', hostPort(address, port), '--', way.original);
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(0, keptText);
        if (!isCarried(said)) return;
        const stream = streamOf(child);
        stream.once('close', () => void child.kill());
        settle({ stream });
      });
      child.stdin.on('error', () => {});
      child.on('error', () => settle({ refused: { reason: null, words: 'ssh can not be started' } }));
      child.on('close', () => {
        if (isCarried(said)) return;
        refusalSeenThere(shell, address, port).then((refused) => settle({ refused }));
      });
    });
  return { shell, forward };
}

const prohibited = 1;
const connectFailed = 2;
const probeSeconds = 5;

/** A master does not pass on why its server opened no connection. A shell there that tries for itself does. */
async function refusalSeenThere(
  shell: Passengers['shell'],
  address: string,
  port: number,
): Promise<{ readonly reason: number | null; readonly words: string }> {
  const attempt = shellQuote(`exec 3<>/dev/tcp/${address}/${port}`);
  const end = await shell(
    `command -v bash >/dev/null || exit 99\nLC_ALL=C timeout ${probeSeconds} bash -c ${attempt}\n`,
    () => {},
  ).ended;
  if (end.kind === 'closed' && end.exitCode === 0) {
    return { reason: prohibited, words: 'a shell there can connect' };
  }
  if (end.kind === 'closed' && end.exitCode === 1 && end.stderr !== '') {
    return { reason: connectFailed, words: end.stderr };
  }
  return { reason: null, words: 'no connection, and a running ControlMaster does not pass on why' };
}

/** `master`: a connection to it that ends when it does. */
export function overPassengers(passengers: Passengers, trace: LoginTrace, master: Packets): SshConnection {
  let isClosed = false;
  const why = () =>
    failure('no-session', isClosed ? 'the SSH connection was closed' : 'the ControlMaster has ended');
  let isGone = false;
  const running = new Set<Shell>();
  const gone = master.closed.then(() => {
    isGone = true;
    for (const shell of running) shell.stop();
    return why();
  });
  return {
    trace,
    gone,
    shell(script, onOutput) {
      const shell = passengers.shell(script, onOutput);
      running.add(shell);
      shell.ended.then(() => running.delete(shell));
      return shell;
    },
    dial: dialOver(
      (address, port) => passengers.forward(address, port),
      () => (isGone ? why() : null),
    ),
    async close() {
      isClosed = true;
      master.close();
      await gone;
      await Promise.all([...running].map((shell) => shell.ended));
    },
  };
}
