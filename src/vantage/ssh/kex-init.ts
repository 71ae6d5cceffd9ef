/** What a server offers, out of its first packet, which travels in the clear (RFC 4253 sections 6 and 7.1). */
import type { Duplex } from 'node:stream';
import type { LoginTrace } from '../../check.ts';
import { wireString } from './agent-keys.ts';
import { ssh2Algorithms } from './choose.ts';

const kexInit = 20;
const cookieBytes = 16;
/** An identification string and the largest packet that is read of a stranger, in bytes. */
const most = 40_000;

/** The lists of the packet's start, in its order; from the server to us is left out: they are the same everywhere. */
const lists = [
  ['KexAlgorithms', ssh2Algorithms.kex],
  ['HostKeyAlgorithms', ssh2Algorithms.serverHostKey],
  ['Ciphers', ssh2Algorithms.cipher],
] as const;

/** The first of the lists in which ssh2 has nothing of what the server offers; null: there is none, or not all came. */
export function offerIn(bytes: Buffer): LoginTrace['offer'] {
  const banner = /^SSH-[^\n]{0,253}\n/m.exec(bytes.toString('latin1', 0, 4096));
  if (!banner) return null;
  const packet = bytes.subarray(banner.index + banner[0].length);
  if (packet.length < 6 || packet[5] !== kexInit || packet.length < 4 + packet.readUInt32BE(0)) return null;
  let at = 6 + cookieBytes;
  for (const [keyword, ours] of lists) {
    const list = wireString(packet, at);
    if (!list) return null;
    at += 4 + list.length;
    const theirs = list.toString('latin1').split(',').filter(isAlgorithm);
    const own: readonly string[] = ours;
    if (!theirs.some((one) => own.includes(one))) return { keyword, algorithms: theirs.slice(0, 40) };
  }
  return null;
}

/** What is no name, or a mark of an extension that travels as one (RFC 8308, and OpenSSH's PROTOCOL), is none. */
const isAlgorithm = (name: string) =>
  /^[\x21-\x7e]{1,64}$/.test(name) && !/^(?:ext-info-[cs]|kex-strict-)/.test(name);

/** Listens in on the start of a connection. */
export function hearOffer(stream: Duplex): () => LoginTrace['offer'] {
  let held = Buffer.alloc(0);
  const tap = (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]).subarray(0, most);
    if (held.length >= most) stream.off('data', tap);
  };
  stream.on('data', tap);
  return () => offerIn(held);
}
