/** A forwarded connection as an ordinary stream: ssh2's own can't be destroyed, and closes only when it is ended. */
import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';

export function channelStream(channel: ClientChannel): Duplex {
  let closed = false;
  const stream = new Duplex({
    // when the far side ends, we end too: that closes the channel
    allowHalfOpen: false,
    read() {
      channel.resume();
    },
    write(chunk, _encoding, done) {
      if (closed) done(new Error('the forwarded connection is closed'));
      else channel.write(chunk, () => done());
    },
    final(done) {
      channel.end();
      done();
    },
    destroy(error, done) {
      if (!closed) {
        channel.resume();
        channel.end();
        channel.close();
      }
      done(error);
    },
  });
  let ended = false;
  const end = () => {
    if (!ended) stream.push(null);
    ended = true;
  };
  channel.on('data', (chunk: Buffer) => {
    if (!ended && !stream.push(chunk)) channel.pause();
  });
  channel.on('end', end);
  channel.on('error', (error: Error) => stream.destroy(error));
  channel.on('close', () => {
    closed = true;
    end();
  });
  return stream;
}
