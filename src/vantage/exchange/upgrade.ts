/** One WebSocket opening handshake (RFC 6455 section 4), then a ping, its pong, silence where asked for, and a clean close. */
import { createHash, randomBytes } from 'node:crypto';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { ClientOptions, WebSocket } from 'ws';
import type { Arguments, Outcome, Success, UpgradeAnswer } from '../../check.ts';
import { failure, type Limits, type Source } from '../source.ts';
import { bodyStart, headersOf, reasonOf, withDefaults } from './answer.ts';
import { type ExchangeTime, within } from './deadline.ts';
import type { VantagePoint } from './exchanges.ts';
import { codeOf } from './failures.ts';
import { failureOfAnswer, urlOf } from './request.ts';
import { silenceOn } from './silence.ts';
import { openWay, type Way } from './verified.ts';

/** The largest message that is taken in; we want none. */
const maxPayload = 1024 * 1024;
/** How long the other side may take to answer our close frame, or to hang up after its own. */
const closeMs = 500;
/** Not among the types of ws, which waits for 30 seconds by itself. */
const patience = { closeTimeout: closeMs };

export function upgradeOver(point: VantagePoint): Source['upgrade'] {
  return (args, limits: Limits) =>
    within(limits, async (time) => {
      const url = urlOf(args.url, ['ws:', 'wss:']);
      if (!url) return failure('unsupported', 'the URL is not one of ws or wss');
      const way = await openWay(point, url, args.address, args.tls, time);
      if (!way.ok) return way;
      time.reached('connected, no answer to the upgrade');
      return exchange(url, args, way, time);
    });
}

async function exchange(
  url: URL,
  args: Arguments<'upgrade'>,
  way: Way,
  time: ExchangeTime<UpgradeAnswer>,
): Promise<Outcome<UpgradeAnswer>> {
  const { WebSocket } = await import('ws');
  let key = '';
  url.username = '';
  url.password = '';
  url.hash = '';
  let socket: WebSocket;
  try {
    socket = new WebSocket(url, [...args.subprotocols], {
      createConnection: () => way.stream as ReturnType<NonNullable<ClientOptions['createConnection']>>,
      headers: withDefaults(args.headers, { 'user-agent': 'viworks-doctor' }),
      followRedirects: false,
      perMessageDeflate: false,
      maxPayload,
      ...patience,
      finishRequest: (request: ClientRequest) => {
        key = String(request.getHeader('sec-websocket-key') ?? '');
        request.end();
      },
    });
  } catch {
    return failure('unsupported', 'the upgrade can not be written: a header or subprotocol is not valid');
  }
  // an exchange that ends early ends its socket, whose complaint about that nobody needs
  socket.on('error', () => {});
  time.signal.addEventListener('abort', () => socket.terminate(), { once: true });
  const outcome = await converse(socket, () => key, args, way, time);
  time.keep(() => outcome);
  if (socket.readyState === socket.OPEN) await closeCleanly(socket);
  socket.terminate();
  way.stream.destroy();
  return outcome;
}

function converse(
  socket: WebSocket,
  key: () => string,
  args: Arguments<'upgrade'>,
  way: Way,
  time: ExchangeTime<UpgradeAnswer>,
): Promise<Outcome<UpgradeAnswer>> {
  return new Promise((settle) => {
    let upgraded: UpgradeAnswer | undefined;
    let isOpen = false;
    let complaint = '';
    let payload = randomBytes(8);
    const silence = args.idleMs === undefined ? null : silenceOn(socket, args.idleMs, time);
    const ended = (answer: UpgradeAnswer, code: number | null, reason: string): Outcome<UpgradeAnswer> => {
      const closed = { code, reason, ...(code === null ? howCut(way, reason) : {}) };
      return { ok: true, ...answer, pong: false, closed, ...silence?.seen() };
    };
    socket.on('upgrade', (response) => {
      upgraded = answerOf(response, way, key());
    });
    socket.on('unexpected-response', (_request, response) => {
      const refusal = answerOf(response, way, key());
      const body = bodyStart(args.maxBytes);
      const seen = (complete: boolean): Success<UpgradeAnswer> => {
        const start = body.result();
        return { ok: true, ...refusal, ...start, truncated: start.truncated || !complete };
      };
      // a 101 without its headers has no body, and its connection stays open
      if (refusal.status === 101) return settle(seen(true));
      // the status says what there is to know, whatever becomes of the body
      time.keep(() => seen(false));
      response.on('data', (chunk: Buffer) => {
        if (body.add(chunk)) settle(seen(false));
      });
      response.on('end', () => settle(seen(true)));
      response.on('error', () => settle(seen(false)));
    });
    socket.on('open', () => {
      const answer = upgraded;
      if (!answer) return;
      isOpen = true;
      time.keep(() => ({ ok: true, ...answer, pong: false, ...silence?.seen() }));
      socket.ping(payload);
    });
    socket.on('pong', async (data) => {
      if (!upgraded || !data.equals(payload)) return;
      if (!silence || silence.seen().idleHeldMs !== null) {
        return settle({ ok: true, ...upgraded, pong: true, ...silence?.seen() });
      }
      payload = randomBytes(8);
      await silence.pass();
      // an end in the meantime has settled it
      if (socket.readyState === socket.OPEN) socket.ping(payload);
    });
    socket.on('error', (error) => {
      if (!upgraded) return settle(failureOfAnswer(error, way));
      // after a 101, ws says in words alone what it did not like: our own look at the header has said it
      complaint = codeOf(error);
      // of a frame it has more to say, and the other side may never hang up over that
      if (isOpen && complaint.startsWith('WS_ERR_')) settle(ended(upgraded, null, complaint));
    });
    socket.on('close', (code, reason) => {
      if (!upgraded) return settle(failureOfAnswer(undefined, way));
      if (!isOpen) return settle({ ok: true, ...upgraded });
      // 1006 stands for "no close frame came" (RFC 6455 section 7.1.5), and ws's own codes for what it can't read
      const isCut = code === 1006 || complaint !== '';
      settle(isCut ? ended(upgraded, null, complaint) : ended(upgraded, code, reason.toString('utf8')));
    });
  });
}

/** What a connection without a close frame came to; nothing where ws hung up itself, over what it could not read. */
function howCut({ tap }: Way, complaint: string): { cut?: 'ended' | 'reset' } {
  const state = tap.state();
  if (complaint !== '' && state !== 'cut') return {};
  return state === 'open' ? {} : { cut: state === 'ended' ? 'ended' : 'reset' };
}

function answerOf(response: IncomingMessage, way: Way, key: string): UpgradeAnswer {
  const status = response.statusCode ?? 0;
  const subprotocol = response.headers['sec-websocket-protocol'];
  return {
    status,
    reason: reasonOf(response.statusMessage),
    headers: headersOf(response.headersDistinct),
    body: '',
    truncated: false,
    tls: way.session,
    handshakeFault: status === 101 ? handshakeFault(response.headers, key) : null,
    subprotocol: subprotocol === undefined ? null : String(subprotocol),
    pong: null,
    closed: null,
  };
}

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** What a client must refuse in a 101 (RFC 6455 section 4.1, of the server's response 2 to 5). We ask for no extension. */
function handshakeFault(headers: IncomingMessage['headers'], key: string): UpgradeAnswer['handshakeFault'] {
  const words = (text: string | undefined) =>
    (text ?? '')
      .toLowerCase()
      .split(',')
      .map((word) => word.trim());
  if (!words(headers.upgrade).includes('websocket')) return 'no-upgrade-header';
  if (!words(headers.connection).includes('upgrade')) return 'no-connection-header';
  const accept = createHash('sha1').update(`${key}${guid}`).digest('base64');
  if (headers['sec-websocket-accept'] !== accept) return 'bad-accept';
  return headers['sec-websocket-extensions'] ? 'bad-extension' : null;
}

function closeCleanly(socket: WebSocket): Promise<void> {
  return new Promise((settle) => {
    const timer = setTimeout(settle, closeMs);
    socket.once('close', () => {
      clearTimeout(timer);
      settle();
    });
    socket.close(1000);
  });
}
