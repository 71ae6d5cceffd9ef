/** A small authoritative DNS server (RFC 1035) for the names of the demo, over UDP and TCP on one port of loopback. */
import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'node:net';
import { AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet';
import { listen, loopback, type Part } from './part.ts';

const nameError = 3;
/** Longer queries than these (in bytes) are not ours: names have at most 255, and there is one question. */
const longestQuery = 1024;

/** Name, in lower case → IPv4 addresses. Every other name does not exist. */
export type Zone = Readonly<Record<string, readonly string[]>>;

/** null for what is no query. */
function answerTo(query: Buffer, zone: Zone): Buffer | null {
  try {
    const { type, id = 0, questions: [question] = [] } = decode(query);
    if (type !== 'query' || !question) return null;
    const name = question.name.toLowerCase();
    const addresses = Object.hasOwn(zone, name) ? zone[name] : undefined;
    const asked = question.type === 'A' ? (addresses ?? []) : [];
    return encode({
      type: 'response',
      id,
      flags: AUTHORITATIVE_ANSWER | (addresses ? 0 : nameError),
      questions: [question],
      answers: asked.map((data) => ({ type: 'A', name: question.name, ttl: 60, data })),
    });
  } catch {
    return null;
  }
}

function overTcp(zone: Zone) {
  return createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2) {
        const length = received.readUInt16BE(0);
        if (length > longestQuery) return void socket.destroy();
        if (received.length < 2 + length) return;
        const answer = answerTo(received.subarray(2, 2 + length), zone);
        if (!answer) return void socket.destroy();
        socket.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 0xff]), answer]));
        received = received.subarray(2 + length);
      }
    });
  });
}

async function overUdp(zone: Zone): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const answer = answerTo(query, zone);
    if (answer) socket.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, loopback, resolve);
  });
  socket.on('error', () => undefined);
  return socket;
}

export async function openNameserver(zone: Zone): Promise<Part> {
  for (let attempt = 1; ; attempt++) {
    const udp = await overUdp(zone);
    try {
      const tcp = await listen(overTcp(zone), udp.address().port);
      let closing: Promise<void> | null = null;
      const closeBoth = async () => {
        await new Promise<void>((resolve) => udp.close(() => resolve()));
        await tcp.close();
      };
      return {
        port: tcp.port,
        close: () => {
          closing ??= closeBoth();
          return closing;
        },
      };
    } catch (error) {
      // The port that was free for UDP can be taken for TCP: another one, then.
      udp.close();
      if (attempt === 10) throw error;
    }
  }
}
