/** DNS over a dialled TCP connection (RFC 7766): what there is where only streams get through. */
import { randomInt } from 'node:crypto';
import type { Duplex } from 'node:stream';
import {
  type DecodedPacket,
  type Answer as DnsAnswer,
  decode,
  RECURSION_DESIRED,
  streamEncode,
} from 'dns-packet';
import type { Address, Failure, Operations, Outcome } from '../../check.ts';
import { addressOf, hostPort } from '../../net/addresses.ts';
import type { Dial } from '../dial.ts';
import { type Time, within } from '../exchange/deadline.ts';
import { failure, type Limits } from '../source.ts';

type Resolved = Outcome<Operations['resolve']['value']>;
type RecordType = 'A' | 'AAAA';

/** Asks for A and AAAA in one connection. That nobody answers is `no-answer`, however it shows. */
export async function askOverTcp(
  dial: Dial,
  server: { readonly host: string; readonly port: number },
  name: string,
  limits: Limits,
): Promise<Resolved> {
  const place = hostPort(server.host, server.port);
  const outcome = await within<{ answers: (DecodedPacket | null)[] }>(limits, async (time) => {
    const opened = await dial(server.host, server.port, time.limits());
    if (!opened.ok) return opened;
    opened.stream.on('error', () => {});
    try {
      const answers = [
        await exchange(opened.stream, name, 'A', time),
        await exchange(opened.stream, name, 'AAAA', time),
      ];
      return { ok: true, answers };
    } finally {
      opened.stream.destroy();
    }
  });
  if (!outcome.ok) {
    return ['aborted', 'no-session', 'forwarding-refused'].includes(outcome.failure)
      ? outcome
      : failure('no-answer', `the DNS server ${place} gave no answer: ${outcome.detail}`);
  }
  const addresses = outcome.answers.flatMap((answer) => (answer ? addressesIn(answer) : []));
  if (addresses.length > 0) return { ok: true, addresses, source: place };
  return mostTelling(outcome.answers.map((answer) => reasonOf(answer, name, place)));
}

/** One question and its answer; null when the connection ended, or what came is no answer to it. */
function exchange(stream: Duplex, name: string, type: RecordType, time: Time): Promise<DecodedPacket | null> {
  return new Promise((settle) => {
    const id = randomInt(65_536);
    let held = Buffer.alloc(0);
    const over = (answer: DecodedPacket | null) => {
      stream.off('data', onData).off('close', onEnd).off('end', onEnd);
      time.signal.removeEventListener('abort', onEnd);
      settle(answer);
    };
    const onEnd = () => over(null);
    const onData = (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      if (held.length < 2) return;
      const length = held.readUInt16BE(0);
      if (held.length < 2 + length) return;
      over(readAnswer(held.subarray(2, 2 + length), id));
    };
    if (stream.destroyed || stream.readableEnded) return settle(null);
    stream.on('data', onData).on('close', onEnd).on('end', onEnd);
    time.signal.addEventListener('abort', onEnd, { once: true });
    const questions = [{ name, type, class: 'IN' as const }];
    stream.write(streamEncode({ type: 'query', id, flags: RECURSION_DESIRED, questions }));
  });
}

function readAnswer(message: Buffer, id: number): DecodedPacket | null {
  try {
    const packet = decode(message);
    return packet.id === id && packet.type === 'response' ? packet : null;
  } catch {
    return null;
  }
}

function addressesIn(packet: DecodedPacket): Address[] {
  const texts = (packet.answers ?? []).flatMap((record: DnsAnswer) =>
    record.type === 'A' || record.type === 'AAAA' ? [record.data] : [],
  );
  return [...new Set(texts)].slice(0, 100).flatMap((text) => addressOf(text) ?? []);
}

/** RFC 1035 section 4.1.1, RCODE; null is no answer at all. */
function reasonOf(packet: DecodedPacket | null, name: string, place: string): Failure {
  const code = packet === null ? null : (packet.flags ?? 0) & 0xf;
  if (code === 0) return failure('no-address', `${name} exists, and has neither A nor AAAA (says ${place})`);
  if (code === 3) return failure('nxdomain', `${name} does not exist (says ${place})`);
  return code === null
    ? failure('no-answer', `the DNS server ${place} gave no answer`)
    : failure('server-failure', `the DNS server ${place} answered with code ${code}`);
}

function mostTelling(reasons: readonly Failure[]): Failure {
  const order = ['nxdomain', 'server-failure', 'no-answer', 'no-address'] as const;
  const found = order.flatMap((code) => reasons.filter((reason) => reason.failure === code))[0];
  return found ?? failure('no-answer', 'no DNS server answered');
}
