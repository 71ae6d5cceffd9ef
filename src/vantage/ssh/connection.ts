/** An ssh2 client that has logged in: its shells, its forwarded connections, its end. */
import type { Client, ClientChannel } from 'ssh2';
import type { Failure, LoginTrace, Outcome } from '../../check.ts';
import { addressOf, hostPort } from '../../net/addresses.ts';
import type { Dial } from '../dial.ts';
import { failure } from '../source.ts';
import { shellCommand } from './batch.ts';
import { channelStream } from './channel.ts';
import type { Reached } from './reach.ts';
import type { Shell, ShellEnd, SshConnection } from './transport.ts';
import { forwardingFailure } from './words.ts';

const keptErrorText = 2048;
/** How long a goodbye may take, in milliseconds. */
const farewellMs = 1000;

export function openedConnection(client: Client, trace: LoginTrace, reached: Reached): SshConnection {
  let lastWords = '';
  client.on('error', (error) => {
    lastWords = error.message;
  });
  let lost: Failure | null = null;
  const gone = new Promise<Failure>((settle) => {
    client.on('close', () => {
      const why = [lastWords, reached.proxy?.said()].filter(Boolean).join('; ');
      lost ??= failure('no-session', `the SSH connection to ${trace.address} ended${why ? `: ${why}` : ''}`);
      void reached.proxy?.stop();
      settle(lost);
    });
  });
  return {
    trace,
    gone,
    shell: (script, onOutput) => openShell(client, script, onOutput),
    dial: dialThrough(client, () => lost),
    async close() {
      if (lost) return;
      lost = failure('no-session', 'the SSH connection was closed');
      client.end();
      const timer = setTimeout(() => client.destroy(), farewellMs);
      await gone;
      clearTimeout(timer);
      await reached.proxy?.stop();
    },
  };
}

function openShell(client: Client, script: string, onOutput: (chunk: Buffer) => void): Shell {
  let channel: ClientChannel | null = null;
  let stopped = false;
  const stop = () => {
    stopped = true;
    if (!channel) return;
    channel.close();
    channel.resume();
  };
  const ended = new Promise<ShellEnd>((settle) => {
    const closed = (exitCode: number | null, stderr: string) => settle({ kind: 'closed', exitCode, stderr });
    try {
      client.exec(shellCommand, (error, opened) => {
        if (error) {
          settle({ kind: 'refused', detail: error.message });
          return;
        }
        channel = opened;
        let stderr = '';
        let exitCode: number | null = null;
        opened.on('data', onOutput);
        opened.stderr.on('data', (chunk: Buffer) => {
          stderr = (stderr + chunk.toString('utf8')).slice(0, keptErrorText);
        });
        opened.on('exit', (code: number | null) => {
          exitCode = code;
        });
        opened.on('error', () => {});
        opened.stderr.on('error', () => {});
        opened.on('close', () => closed(exitCode, stderr.trim()));
        if (stopped) stop();
        else opened.end(script);
      });
    } catch {
      closed(null, 'not connected');
    }
  });
  return { ended, stop };
}

function dialThrough(client: Client, lost: () => Failure | null): Dial {
  return (address, port, limits) =>
    new Promise((settle) => {
      if (!addressOf(address)) return settle(failure('invalid-name', `${address} is no address`));
      if (!Number.isInteger(port) || port < 1 || port > 65_535) {
        return settle(failure('unsupported', `no port ${port}`));
      }
      let settled = false;
      const over = (outcome: Awaited<ReturnType<Dial>>) => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        limits.signal.removeEventListener('abort', stop);
        settle(outcome);
      };
      const stop = () => over(failure('aborted', 'the run ended first'));
      const timer = setTimeout(
        () => over(failure('timeout', `no answer to the connection within ${limits.timeoutMs} ms`)),
        limits.timeoutMs,
      );
      limits.signal.addEventListener('abort', stop, { once: true });
      try {
        client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
          if (settled) {
            channel?.on('error', () => {});
            channel?.close();
          } else if (error) {
            over(lost() ?? refusal(error, hostPort(address, port)));
          } else {
            over({ ok: true, stream: channelStream(channel) });
          }
        });
      } catch {
        over(lost() ?? failure('no-session', 'the SSH connection is closed'));
      }
    });
}

function refusal(error: Error, place: string): Outcome<never> {
  const reason = 'reason' in error && typeof error.reason === 'number' ? error.reason : null;
  const words = error.message.replace(/^\(SSH\) Channel open failure: /, '');
  const code = forwardingFailure(reason, words);
  return failure(
    code,
    code === 'forwarding-refused'
      ? `the SSH server opens no connection to ${place} for us (${words}): AllowTcpForwarding, PermitOpen or the key's options forbid it`
      : `${place}: ${words}`,
  );
}
