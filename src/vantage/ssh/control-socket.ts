/** A running ControlMaster, asked to carry SSH messages of ours ("proxy mode": OpenSSH's PROTOCOL.mux, section 9). */
import { connect } from 'node:net';
import { type Channels, channelsOver } from './channels.ts';
import { packetsOver } from './packets.ts';
import { fieldsOf, uint32 } from './wire.ts';

const hello = 0x00000001;
const protocolVersion = 4;
const requestProxy = 0x1000000f;
const grantedProxy = 0x8000000f;

/** Its channels; null where nothing listens; a word instead where what listens does not do it. */
export function attach(path: string, signal: AbortSignal): Promise<{ channels: Channels } | string | null> {
  return new Promise((settle) => {
    const socket = connect(path);
    const over = (outcome: { channels: Channels } | string | null) => {
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
      const type = fields.uint32();
      if (type === hello) {
        if (fields.uint32() === protocolVersion) packets.send(uint32(requestProxy), uint32(0));
        else over('it speaks another version of the protocol');
      } else if (type === grantedProxy) {
        over({ channels: channelsOver(packets) });
      } else {
        over('it carries no connections of others (OpenSSH before 7.4)');
      }
    });
    packets.send(uint32(hello), uint32(protocolVersion));
  });
}
