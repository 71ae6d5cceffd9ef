/** What an SSH agent holds (draft-miller-ssh-agent): also the keys that ssh2 would leave out without a word. */
import { connect } from 'node:net';

export interface AgentKey {
  /** The public key (or certificate), as on the wire. */
  readonly blob: Buffer;
  readonly type: string;
  readonly comment: string;
}

const requestIdentities = 11;
const identitiesAnswer = 12;
const largestAnswer = 1_048_576;

/** The agent's keys in its order; a word instead when it can't be asked. */
export function listAgentKeys(socketPath: string, timeoutMs: number): Promise<readonly AgentKey[] | string> {
  return new Promise((settle) => {
    const socket = connect(socketPath);
    let held = Buffer.alloc(0);
    const over = (answer: readonly AgentKey[] | string) => {
      clearTimeout(timer);
      socket.destroy();
      settle(answer);
    };
    const timer = setTimeout(() => over('it does not answer'), timeoutMs);
    socket.on('connect', () => socket.write(Buffer.from([0, 0, 0, 1, requestIdentities])));
    socket.on('error', (error) =>
      over(`it can not be reached (${'code' in error ? error.code : error.name})`),
    );
    socket.on('close', () => over('it closed the connection'));
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      if (held.length < 4) return;
      const length = held.readUInt32BE(0);
      if (length > largestAnswer) over('its answer is too long');
      else if (held.length >= 4 + length) over(readIdentities(held.subarray(4, 4 + length)));
    });
  });
}

function readIdentities(answer: Buffer): readonly AgentKey[] | string {
  if (answer[0] !== identitiesAnswer) return 'it gives no list of its keys';
  const keys: AgentKey[] = [];
  let at = 5;
  const next = () => {
    const field = wireString(answer, at);
    at += 4 + (field?.length ?? 0);
    return field;
  };
  for (let left = answer.length >= 5 ? answer.readUInt32BE(1) : 0; left > 0; left--) {
    const [blob, comment] = [next(), next()];
    if (!blob || !comment) return 'its answer is cut off';
    keys.push({
      blob,
      type: wireString(blob, 0)?.toString('latin1') ?? 'unknown',
      comment: comment.toString('utf8').slice(0, 200),
    });
  }
  return keys;
}

/** A `string` of RFC 4251 section 5 at that place, or null when it isn't all there. */
export function wireString(buffer: Buffer, at: number): Buffer | null {
  if (at + 4 > buffer.length) return null;
  const length = buffer.readUInt32BE(at);
  return at + 4 + length > buffer.length ? null : buffer.subarray(at + 4, at + 4 + length);
}
