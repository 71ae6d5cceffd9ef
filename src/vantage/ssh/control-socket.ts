/** The control socket of a ControlMaster (OpenSSH's PROTOCOL.mux). */
import { connect } from 'node:net';
import { type Channels, channelsOver } from './channels.ts';
import { type Packets, packetsOver } from './packets.ts';
import { fieldsOf, uint32 } from './wire.ts';

const hello = 0x00000001;
const protocolVersion = 4;
const requestProxy = 0x1000000f;
const grantedProxy = 0x8000000f;

/** Greets it. Null where nothing listens; a word instead where what listens is none. */
export function greetMaster(path: string, signal: AbortSignal): Promise<Packets | string | null> {
  return new Promise((settle) => {
    const socket = connect(path);
    const over = (outcome: Packets | string | null) => {
      signal.removeEventListener('abort', late);
      if (outcome === null || typeof outcome === 'string') socket.destroy();
      settle(outcome);
    };
    const late = () => over('it does not answer');
    if (signal.aborted) return late();
    signal.addEventListener('abort', late, { once: true });
    socket.on('error', (error) => {
      const code = 'code' in error ? error.code : error.name;
      over(code === 'ENOENT' || code === 'ECONNREFUSED' ? null : `it can not be reached (${code})`);
    });
    const packets = packetsOver(socket);
    packets.closed.then(() => over('it closed the connection'));
    packets.receive((packet) => {
      const fields = fieldsOf(packet);
      const isHello = fields.uint32() === hello && fields.uint32() === protocolVersion;
      over(isHello ? packets : 'it speaks another version of the protocol');
    });
    packets.send(uint32(hello), uint32(protocolVersion));
  });
}

/**
 * Has it carry SSH messages of ours ("proxy mode", section 9), for as long as it lives: a master that gave up a channel
 * that its server did not open ends when we leave it, so this is only for one that is ours.
 */
export async function channelsOfMaster(
  path: string,
  signal: AbortSignal,
): Promise<{ channels: Channels } | string> {
  const packets = await greetMaster(path, signal);
  if (packets === null) return 'it has ended';
  if (typeof packets === 'string') return packets;
  return new Promise((settle) => {
    const late = () => settle('it does not answer');
    signal.addEventListener('abort', late, { once: true });
    packets.closed.then(() => settle('it closed the connection'));
    packets.receive((packet) => {
      signal.removeEventListener('abort', late);
      const granted = fieldsOf(packet).uint32() === grantedProxy;
      settle(granted ? { channels: channelsOver(packets) } : 'it can not (OpenSSH before 7.4)');
    });
    packets.send(uint32(requestProxy), uint32(0));
  });
}
