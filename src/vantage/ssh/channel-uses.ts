/** What channels are for here: a shell with a script on its standard input, and a connection from the host on. */
import { Duplex } from 'node:stream';
import { shellCommand } from './batch.ts';
import type { Channel, Channels } from './channels.ts';
import type { Forwarded } from './forwarding.ts';
import type { Shell, ShellEnd } from './transport.ts';
import { string, uint32 } from './wire.ts';

const keptErrorText = 2048;

/** RFC 4254 section 6.5. */
export function shellOver(channels: Channels, script: string, onOutput: (chunk: Buffer) => void): Shell {
  let channel: Channel | null = null;
  let stopped = false;
  const ended = new Promise<ShellEnd>((settle) => {
    let stderr = '';
    let exitCode: number | null = null;
    const opening = channels.open('session', [], {
      data(chunk) {
        channel?.consumed(chunk.length);
        onOutput(chunk);
      },
      errorData(chunk) {
        channel?.consumed(chunk.length);
        stderr = (stderr + chunk.toString('utf8')).slice(0, keptErrorText);
      },
      end: () => {},
      told(request, more) {
        if (request === 'exit-status') exitCode = more.uint32();
      },
      answered(granted) {
        if (granted) return;
        settle({ kind: 'refused', detail: 'it runs no command' });
        channel?.close();
      },
      closed: () => settle({ kind: 'closed', exitCode, stderr: stderr.trim() }),
    });
    opening.then((opened) => {
      if ('refused' in opened) {
        const { reason, words } = opened.refused;
        settle(
          reason === null
            ? { kind: 'closed', exitCode: null, stderr: words }
            : { kind: 'refused', detail: words },
        );
        return;
      }
      channel = opened.channel;
      if (stopped) return channel.close();
      channel.request('exec', string(shellCommand));
      channel.write(Buffer.from(script, 'utf8'));
      channel.end();
    });
  });
  return {
    ended,
    stop() {
      stopped = true;
      channel?.close();
    },
  };
}

/** RFC 4254 section 7.2. */
export async function forwardOver(channels: Channels, address: string, port: number): Promise<Forwarded> {
  let channel: Channel | null = null;
  let closed = false;
  let ended = false;
  /** What the reader has not asked for yet. */
  let unread = 0;
  const stream = new Duplex({
    // when the far side ends, we end too: that closes the channel
    allowHalfOpen: false,
    read() {
      if (!channel) return;
      channel.consumed(unread);
      unread = 0;
    },
    write(chunk: Buffer, _encoding, done) {
      if (closed) done(new Error('the forwarded connection is closed'));
      else channel?.write(chunk, () => done());
    },
    final(done) {
      channel?.end();
      done();
    },
    destroy(error, done) {
      channel?.close();
      done(error);
    },
  });
  const end = () => {
    if (!ended) stream.push(null);
    ended = true;
  };
  const opened = await channels.open(
    'direct-tcpip',
    [string(address), uint32(port), string('127.0.0.1'), uint32(0)],
    {
      data(chunk) {
        if (ended) return;
        // the first of it can come before the channel is in our hands
        if (stream.push(chunk) && channel) channel.consumed(chunk.length);
        else unread += chunk.length;
      },
      errorData: () => {},
      end,
      told: () => {},
      answered: () => {},
      closed() {
        closed = true;
        end();
      },
    },
  );
  if ('refused' in opened) return opened;
  channel = opened.channel;
  return { stream };
}
