/** What an ssh says of its login, taken down as the other transport does. */
import type { Progress } from './login-failure.ts';
import { isOwnLine, readLoginLine } from './words.ts';

const mostLines = 40;
const mostReceived = 1024;

export interface LoginLog {
  take(line: string): void;
  /** The login is done, and its channels can be had. */
  readonly ready: Promise<void>;
  /** Why no connection came about at all, in ssh's words; null when it did, or nothing was said. */
  unreached(): string | null;
  /** The last of what went wrong. */
  said(): string;
}

/** Writes into `progress`. Nothing that a server has printed once it is connected moves what was there before. */
export function loginLog(progress: Progress): LoginLog {
  const lines: string[] = [];
  let unreached: string | null = null;
  let ready: () => void = () => {};
  const whenReady = new Promise<void>((settle) => {
    ready = settle;
  });
  const keep = (line: string) => {
    if (progress.handshaken && !isOwnLine(line)) return;
    lines.push(line);
    if (lines.length > mostLines) lines.shift();
    // before the server shows itself, all that is said is the proxy's, where there is one
    if (progress.errors.length < mostLines) progress.errors.push(new Error(line));
  };
  const take = (text: string) => {
    const line = readLoginLine(text);
    if (!line) return;
    const before = progress.server === null;
    const keyExchange = !before && !progress.handshaken;
    switch (line.kind) {
      case 'connecting':
        if (before) progress.address = line.address;
        break;
      case 'unreached':
        if (before) unreached = line.text;
        keep(text);
        break;
      case 'foreign':
        if (before) progress.received = `${progress.received}${line.text}\n`.slice(0, mostReceived);
        break;
      case 'server':
        if (before) progress.server = line.text;
        break;
      case 'host-key':
        if (keyExchange) progress.hostKeys.note({ ...line, verdict: 'known' });
        break;
      case 'host-key-refused': {
        const seen = progress.hostKeys.seen();
        const shown = seen ?? { type: 'a key', fingerprint: 'that it was not shown' };
        if (!keyExchange) keep(text);
        else if (!seen || seen.verdict === 'known')
          progress.hostKeys.note({ ...shown, verdict: line.verdict });
        break;
      }
      case 'handshaken':
        if (keyExchange) progress.handshaken = true;
        break;
      case 'offered': {
        const { name, type, fingerprint } = line;
        const says = line.fromAgent
          ? `agent: ${type} ${fingerprint} ${name}`
          : `${name}: ${type} ${fingerprint}`;
        note(progress.methods, `publickey ${says}`);
        break;
      }
      case 'method':
        if (line.text !== 'publickey') note(progress.methods, line.text);
        break;
      case 'left':
        progress.authMethodsLeft = line.methods;
        break;
      case 'partial':
        note(progress.notes, 'the server wants more than a key');
        break;
      case 'ready':
        if (progress.handshaken) ready();
        break;
      case 'said':
        keep(text);
    }
  };
  return { take, ready: whenReady, unreached: () => unreached, said: () => lines.join('\n') };
}

function note(list: string[], text: string): void {
  if (list.length < mostLines) list.push(text);
}
