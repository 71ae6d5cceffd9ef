/** Channels of the SSH connection protocol (RFC 4254 section 5), over packets that somebody else encrypts. */
import type { Packets } from './packets.ts';
import { type Fields, fieldsOf, string, uint32, yes } from './wire.ts';

/** What a channel's owner hears. */
export interface ChannelOwner {
  data(chunk: Buffer): void;
  /** What is no answer but words: a program's standard error. */
  errorData(chunk: Buffer): void;
  /** The far side sends no more. */
  end(): void;
  /** `exit-status` and the like. */
  told(request: string, more: Fields): void;
  /** What {@link Channel.request} asked for was done, or not. */
  answered(granted: boolean): void;
  /** Nothing comes or goes any more. */
  closed(): void;
}

export interface Channel {
  /** `done` when all of it has left. */
  write(chunk: Buffer, done?: () => void): void;
  /** Nothing more will be written. */
  end(): void;
  request(name: string, ...more: readonly Buffer[]): void;
  /** So many bytes of what came are done with: the far side may send as much again. */
  consumed(bytes: number): void;
  close(): void;
}

/** Why there is no channel. `reason`: RFC 4254 section 5.1; null when the connection ended. */
export interface ChannelRefusal {
  readonly reason: number | null;
  readonly words: string;
}

export interface Channels {
  open(
    type: string,
    more: readonly Buffer[],
    owner: ChannelOwner,
  ): Promise<{ readonly channel: Channel } | { readonly refused: ChannelRefusal }>;
  readonly closed: Promise<void>;
  close(): void;
}

/** RFC 4250 section 4.1.2. */
const message = {
  open: 90,
  confirmation: 91,
  openFailure: 92,
  windowAdjust: 93,
  data: 94,
  extendedData: 95,
  eof: 96,
  close: 97,
  request: 98,
  success: 99,
  failure: 100,
} as const;

/** How much may be under way to us in one channel, and how much of it in one packet. In bytes. */
const ourWindow = 1_048_576;
const ourPacket = 32_768;

interface Entry {
  /** Gets the message's type, and its fields after the channel's number. */
  take(type: number, fields: Fields): void;
  lost(): void;
}

/** With ours, the padding's length, 0, before every message: its packets are unpadded (PROTOCOL.mux, section 9). */
export function channelsOver(packets: Packets): Channels {
  const entries = new Map<number, Entry>();
  let next = 0;
  let over = false;
  const send = (type: number, ...fields: readonly Buffer[]) =>
    packets.send(Buffer.from([0, type]), ...fields);
  packets.receive((packet) => {
    const fields = fieldsOf(packet.subarray(2));
    entries.get(fields.uint32())?.take(packet[1] ?? 0, fields);
  });
  packets.closed.then(() => {
    over = true;
    for (const entry of [...entries.values()]) entry.lost();
    entries.clear();
  });

  return {
    closed: packets.closed,
    close: () => packets.close(),
    open: (type, more, owner) =>
      new Promise((settle) => {
        if (over) return settle({ refused: { reason: null, words: 'not connected' } });
        const id = next++;
        send(message.open, string(type), uint32(id), uint32(ourWindow), uint32(ourPacket), ...more);
        entries.set(id, {
          lost: () => settle({ refused: { reason: null, words: 'the connection ended' } }),
          take: (answer, fields) => {
            if (answer === message.openFailure) {
              entries.delete(id);
              const reason = fields.uint32();
              settle({ refused: { reason, words: fields.string().toString('utf8').slice(0, 500) } });
            } else if (answer === message.confirmation) {
              const [remote, window, largest] = [fields.uint32(), fields.uint32(), fields.uint32()];
              const forget = () => entries.delete(id);
              const opened = openedChannel(owner, { send, remote, window, largest, forget });
              entries.set(id, opened.entry);
              settle({ channel: opened.channel });
            }
          },
        });
      }),
  };
}

interface FarSide {
  readonly send: (type: number, ...fields: readonly Buffer[]) => void;
  /** Its number of the channel, how much it takes now, and how much of it in one packet. */
  readonly remote: number;
  readonly window: number;
  readonly largest: number;
  forget(): void;
}

function openedChannel(owner: ChannelOwner, far: FarSide): { channel: Channel; entry: Entry } {
  const say = (type: number, ...fields: readonly Buffer[]) => far.send(type, uint32(far.remote), ...fields);
  const waiting: { chunk: Buffer; readonly done: (() => void) | undefined }[] = [];
  let window = far.window;
  const largest = Math.max(1, Math.min(far.largest, ourPacket));
  let ending = false;
  let [saidEnd, saidClose, heardClose] = [false, false, false];
  let granted = ourWindow;
  let unreturned = 0;

  const flush = () => {
    for (let first = waiting[0]; first && !saidClose; first = waiting[0]) {
      while (first.chunk.length > 0) {
        const length = Math.min(first.chunk.length, largest, window);
        if (length === 0) return;
        say(message.data, string(first.chunk.subarray(0, length)));
        window -= length;
        first.chunk = first.chunk.subarray(length);
      }
      waiting.shift();
      first.done?.();
    }
    if (ending && !saidEnd && !saidClose) {
      saidEnd = true;
      say(message.eof);
    }
  };
  const close = () => {
    if (saidClose) return;
    saidClose = true;
    say(message.close);
  };
  const over = () => {
    if (heardClose) return;
    heardClose = true;
    far.forget();
    for (const { done } of waiting.splice(0)) done?.();
    owner.closed();
  };
  const arrived = (chunk: Buffer, hand: (chunk: Buffer) => void) => {
    granted -= chunk.length;
    // more than was granted: whoever does that does not keep to the protocol
    if (granted < 0) close();
    else if (!saidClose) hand(chunk);
  };

  return {
    channel: {
      write(chunk, done) {
        if (saidClose || heardClose) return done?.();
        waiting.push({ chunk, done });
        flush();
      },
      end() {
        ending = true;
        flush();
      },
      request: (name, ...more) => {
        if (!saidClose) say(message.request, string(name), yes, ...more);
      },
      consumed(bytes) {
        unreturned += bytes;
        if (saidClose || unreturned < ourWindow / 2) return;
        say(message.windowAdjust, uint32(unreturned));
        granted += unreturned;
        unreturned = 0;
      },
      close,
    },
    entry: {
      lost: over,
      take(type, fields) {
        if (type === message.data) arrived(fields.string(), owner.data);
        else if (type === message.extendedData) {
          fields.uint32();
          arrived(fields.string(), owner.errorData);
        } else if (type === message.windowAdjust) {
          window += fields.uint32();
          flush();
        } else if (type === message.eof) owner.end();
        else if (type === message.request) {
          const name = fields.string().toString('latin1');
          const wantsAnswer = fields.boolean();
          owner.told(name, fields);
          // `keepalive@openssh.com`: any answer will do, none ends the connection
          if (wantsAnswer && !saidClose) say(message.failure);
        } else if (type === message.success || type === message.failure) {
          owner.answered(type === message.success);
        } else if (type === message.close) {
          close();
          over();
        }
      },
    },
  };
}
