/** One HTTP/1.1 exchange (RFC 9112) with one address. */
import type { Dispatcher } from 'undici';
import type { Arguments, Failure, HttpAnswer, Outcome } from '../../check.ts';
import { protocolOf } from '../../net/protocols.ts';
import { failure, type Source } from '../source.ts';
import { bodyStart, headersOf, reasonOf, withDefaults } from './answer.ts';
import { type Time, within } from './deadline.ts';
import type { VantagePoint } from './exchanges.ts';
import { failureOf } from './failures.ts';
import { openWay, type Way } from './verified.ts';

const longestHeader = 64 * 1024;
const shownBytes = 256;

export function requestOver(point: VantagePoint): Source['request'] {
  return (args, limits) =>
    within(limits, async (time) => {
      const url = urlOf(args.url, ['http:', 'https:']);
      if (!url) return failure('unsupported', 'the URL is not one of http or https');
      const { unverified = false } = args;
      const tells = Object.keys(args.headers).length > 0 || args.tls.cert !== undefined;
      if (unverified && tells) return failure('unsupported', 'nothing of ours is told over any certificate');
      const way = await openWay(point, url, args.address, args.tls, time, unverified);
      if (!way.ok) return way;
      time.reached('connected, no answer');
      return exchange(url, args, way, time);
    });
}

/** The URL when it can be read and has one of the schemes. */
export function urlOf(text: string, schemes: readonly string[]): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return schemes.includes(url.protocol) ? url : null;
}

async function exchange(
  url: URL,
  args: Arguments<'request'>,
  way: Way,
  time: Time,
): Promise<Outcome<HttpAnswer>> {
  const { Client } = await import('undici');
  let taken = false;
  const client = new Client(url.origin, {
    // the stream is there already, and there is no second one; undici misses an answer that comes at once
    connect: (_options, callback) =>
      setImmediate(() => {
        const again = taken;
        taken = true;
        if (again) callback(Object.assign(new Error('closed'), { code: 'UND_ERR_SOCKET' }), null);
        else callback(null, way.stream as Parameters<typeof callback>[1] & object);
      }),
    allowH2: false,
    // one absolute deadline instead: these start anew with every byte
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: longestHeader,
  });
  time.signal.addEventListener('abort', () => void client.destroy().catch(() => {}), { once: true });
  const options: Dispatcher.DispatchOptions = {
    path: `${url.pathname}${url.search}`,
    method: args.method as Dispatcher.HttpMethod,
    headers: withDefaults(args.headers, {
      accept: '*/*',
      'accept-encoding': 'identity',
      'user-agent': 'viworks-doctor',
    }),
    reset: true,
  };
  const outcome = await dispatch(client, options, args.maxBytes, way, time);
  way.stream.destroy();
  return outcome;
}

function dispatch(
  client: Dispatcher,
  options: Dispatcher.DispatchOptions,
  maxBytes: number,
  way: Way,
  time: Time,
): Promise<Outcome<HttpAnswer>> {
  return new Promise((settle) => {
    const body = bodyStart(maxBytes);
    let head: Pick<HttpAnswer, 'status' | 'reason' | 'headers'> | undefined;
    const answered = () => head && settle({ ok: true, ...head, ...body.result(), tls: way.session });
    client.dispatch(options, {
      onRequestStart: () => {},
      onResponseStart: (_controller, status, headers, reason) => {
        head = { status, reason: reasonOf(reason), headers: headersOf(headers) };
        time.reached(`${status} came, and no complete answer`, startOf(way));
      },
      onResponseData: (controller, chunk) => {
        if (!body.add(chunk)) return;
        answered();
        controller.abort(new Error('enough'));
      },
      onResponseEnd: answered,
      onResponseError: (_controller, error) => settle(failureOfAnswer(error, way)),
    });
  });
}

/** The first line of what came, if anything did. */
function startOf({ tap }: Pick<Way, 'tap'>): Pick<Failure, 'received'> {
  const [line = ''] = tap
    .received()
    .subarray(0, shownBytes)
    .toString('utf8')
    .split(/[\r\n]/, 1);
  return line === '' ? {} : { received: line };
}

/** Why no answer came; of what is not HTTP, the first bytes. */
export function failureOfAnswer(error: unknown, way: Pick<Way, 'tap'>): Failure {
  const mapped = failureOf(error);
  const state = way.tap.state();
  const received = way.tap.received();
  const isBroken = mapped.failure === 'closed' || mapped.failure === 'reset';
  // the client gave up on what it read, and nobody else did
  if (mapped.failure === 'not-http' || (isBroken && state === 'open' && received.length > 0)) {
    const text = received.subarray(0, shownBytes).toString('utf8');
    const protocol = protocolOf(text);
    const other = protocol && protocol !== 'HTTP' ? `${protocol} answered` : null;
    const detail = other ?? (isBroken ? 'what came is not one HTTP answer' : mapped.detail);
    return failure('not-http', detail, { received: text });
  }
  // an error that says nothing, while the stream does
  if (!isBroken && !(mapped.failure === 'incomplete' && state !== 'open')) return mapped;
  const when = received.length === 0 ? 'before an answer' : 'before its answer was complete';
  return state === 'cut' || (state === 'open' && mapped.failure === 'reset')
    ? failure('reset', `the connection was reset ${when}`, startOf(way))
    : failure('closed', `the other side closed the connection ${when}`, startOf(way));
}
