/** Packets with their length before them, over a stream: what a ControlMaster speaks (OpenSSH's PROTOCOL.mux). */
import type { Duplex } from 'node:stream';
import { string } from './wire.ts';

export interface Packets {
  send(...fields: readonly Buffer[]): void;
  /** Who gets the packets from now on; those that came before are kept for it. */
  receive(receiver: (packet: Buffer) => void): void;
  /** The stream is closed, by whichever side. */
  readonly closed: Promise<void>;
  close(): void;
}

/** No packet of SSH's is longer (OpenSSH's own limit on its control sockets). In bytes. */
const longestPacket = 262_144;

export function packetsOver(stream: Duplex): Packets {
  let held: Buffer = Buffer.alloc(0);
  let receiver: ((packet: Buffer) => void) | null = null;
  const closed = new Promise<void>((settle) => stream.once('close', () => settle()));
  stream.on('error', () => {});
  stream.on('end', () => stream.destroy());
  const hand = () => {
    while (receiver && held.length >= 4) {
      const length = held.readUInt32BE(0);
      if (length > longestPacket) {
        stream.destroy();
        return;
      }
      if (held.length < 4 + length) return;
      const packet = held.subarray(4, 4 + length);
      held = held.subarray(4 + length);
      receiver(packet);
    }
  };
  stream.on('data', (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    hand();
  });
  return {
    send: (...fields) => {
      if (!stream.destroyed) stream.write(string(Buffer.concat(fields)));
    },
    receive: (next) => {
      receiver = next;
      hand();
    },
    closed,
    close: () => stream.destroy(),
  };
}
