/** A DNS server on loopback, over UDP and TCP, that answers as it is told. The test that started it closes it. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  RECURSION_AVAILABLE,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import { listening } from './servers.ts';

/** What a name gets: records by type, or a fault. A name that is not there does not exist. */
export type Zone = Readonly<Record<string, Records | Fault>>;

export interface Records {
  readonly A?: readonly string[];
  readonly AAAA?: readonly string[];
  readonly CNAME?: string;
  /** Over UDP only that the answer is too long for it (RFC 1035 section 4.2.1). */
  readonly truncated?: boolean;
}

/** `wrong-id` answers another question, `garbage` is no DNS packet, `short` half of one. */
export type Fault =
  | 'SERVFAIL'
  | 'REFUSED'
  | 'FORMERR'
  | 'NOTIMP'
  | 'silent'
  | 'wrong-id'
  | 'garbage'
  | 'short';

export interface Nameserver {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly server: string;
  /** The names that were asked for, with the type. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const codes: Readonly<Record<string, number>> = {
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
};

export async function nameserver(zone: Zone): Promise<Nameserver> {
  const asked: string[] = [];
  const tcp = await listening(
    createServer((socket) => {
      socket.on('data', (data: Buffer) => {
        const packet = answerTo(data.subarray(2), zone, asked, false);
        if (!packet) return;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(packet.length);
        socket.write(Buffer.concat([length, packet]));
      });
    }),
  );
  const udp = createSocket('udp4');
  udp.on('message', (data, from) => {
    const packet = answerTo(data, zone, asked, true);
    if (packet) udp.send(packet, from.port, from.address);
  });
  await new Promise<void>((settle) => udp.bind(tcp.port, '127.0.0.1', settle));
  return {
    port: tcp.port,
    server: `127.0.0.1:${tcp.port}`,
    asked,
    close: async () => {
      await Promise.all([new Promise<void>((settle) => udp.close(settle)), tcp.close()]);
    },
  };
}

function answerTo(data: Buffer, zone: Zone, asked: string[], overUdp: boolean): Buffer | null {
  const query = decode(data);
  const question = query.questions?.[0];
  if (!question) return null;
  asked.push(`${question.name} ${question.type}`);
  const found = zone[question.name];
  if (found === 'silent') return null;
  if (found === 'garbage') return Buffer.from('garbage that is no DNS packet at all');
  const records = typeof found === 'object' ? found : undefined;
  const isCut = overUdp && records?.truncated === true;
  const code = typeof found === 'string' ? (codes[found] ?? 0) : found === undefined ? 3 : 0;
  const packet = encode({
    type: 'response',
    id: found === 'wrong-id' ? ((query.id ?? 0) + 1) % 65_536 : (query.id ?? 0),
    flags: AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | (isCut ? TRUNCATED_RESPONSE : 0) | code,
    questions: [question],
    answers: records && !isCut ? answersOf(question.name, question.type, records) : [],
  });
  return found === 'short' ? packet.subarray(0, 14) : packet;
}

function answersOf(name: string, type: string, records: Records): Answer[] {
  const alias: Answer[] = records.CNAME ? [{ type: 'CNAME', name, ttl: 1, data: records.CNAME }] : [];
  const owner = records.CNAME ?? name;
  const addresses = type === 'A' ? records.A : type === 'AAAA' ? records.AAAA : undefined;
  const own = (addresses ?? []).map(
    (data): Answer => ({ type: type === 'A' ? 'A' : 'AAAA', name: owner, ttl: 1, data }),
  );
  return [...alias, ...own];
}
