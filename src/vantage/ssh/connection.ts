/** An ssh2 client that has logged in: its shells, its forwarded connections, its end. */
import type { Client, ClientChannel } from 'ssh2';
import type { Failure, LoginTrace } from '../../check.ts';
import { failure } from '../source.ts';
import { shellCommand } from './batch.ts';
import { channelStream } from './channel.ts';
import { dialOver, type Forwarded } from './forwarding.ts';
import type { Reached } from './reach.ts';
import type { Shell, ShellEnd, SshConnection } from './transport.ts';

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
    dial: dialOver(
      (address, port) => openForward(client, address, port),
      () => lost,
    ),
    async close() {
      if (lost) return;
      lost = failure('no-session', 'the SSH connection was closed');
      client.end();
      // client.destroy() leaves a socket alone that has said its end and not been heard
      const timer = setTimeout(() => reached.stream.destroy(), farewellMs);
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

function openForward(client: Client, address: string, port: number): Promise<Forwarded> {
  return new Promise((settle) => {
    try {
      client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
        settle(error ? { refused: refusalOf(error) } : { stream: channelStream(channel) });
      });
    } catch {
      settle({ refused: { reason: null, words: 'not connected' } });
    }
  });
}

function refusalOf(error: Error): { reason: number | null; words: string } {
  const reason = 'reason' in error && typeof error.reason === 'number' ? error.reason : null;
  return { reason, words: error.message.replace(/^\(SSH\) Channel open failure: /, '') };
}
