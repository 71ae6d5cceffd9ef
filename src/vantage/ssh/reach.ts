/** A stream to a host's SSH port: a socket, or what a ProxyJump or ProxyCommand gives. */
import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Address, Outcome } from '../../check.ts';
import { addressOf, hostPort } from '../../net/addresses.ts';
import type { Time } from '../exchange/deadline.ts';
import { failureOf } from '../exchange/failures.ts';
import { failure } from '../source.ts';
import { type ProxyProcess, startProxy } from './proxy-command.ts';
import type { SshEnvironment } from './sessions.ts';
import type { Way } from './way.ts';

export interface Reached {
  readonly stream: Duplex;
  /** The address that answered, or the name that a proxy was asked for. */
  readonly address: string;
  readonly proxy: ProxyProcess | null;
}

export async function reach(way: Way, environment: SshEnvironment, time: Time): Promise<Outcome<Reached>> {
  if (way.proxy?.passesSocket) {
    return failure('unsupported', 'ProxyUseFdpass is set, which this transport can not do');
  }
  if (way.proxy) {
    const proxy = startProxy(way.proxy, environment);
    return { ok: true, stream: proxy.stream, address: way.hostname, proxy };
  }
  const found = await addressesOf(way, time.signal);
  if (!found.ok) return found;
  const eachMs = Math.min(
    way.connectTimeoutMs ?? Number.POSITIVE_INFINITY,
    // half of the time at least is for the login itself
    Math.max(1, Math.floor(time.left() / Math.max(2, found.addresses.length))),
  );
  let last: Outcome<Reached> = failure('no-address', `${way.hostname} has no address`);
  for (const { address } of found.addresses) {
    const socket = await openSocket(address, way.port, eachMs, time.signal);
    if (socket.ok) return { ok: true, stream: socket.socket, address, proxy: null };
    last = failure(socket.failure, `${hostPort(address, way.port)}: ${socket.detail}`);
  }
  return last;
}

/** At most so many addresses are tried. */
const mostAddresses = 8;

async function addressesOf(
  way: Way,
  signal: AbortSignal,
): Promise<Outcome<{ addresses: readonly Address[] }>> {
  const literal = addressOf(way.hostname);
  if (literal) return { ok: true, addresses: [literal] };
  try {
    // a lookup can't be called off: it is left behind
    const found = await Promise.race([
      lookup(way.hostname, { all: true, verbatim: true, family: way.family }),
      aborted(signal),
    ]);
    if (found === null) return failure('no-answer', `${way.hostname}: the resolver did not answer in time`);
    const addresses = found.flatMap(({ address }) => addressOf(address) ?? []).slice(0, mostAddresses);
    return addresses.length > 0
      ? { ok: true, addresses }
      : failure('no-address', `${way.hostname} has no address`);
  } catch (error) {
    const [code, words] = lookupFailures[errnoOf(error)] ?? (['no-answer', 'the resolver failed'] as const);
    return failure(code, `${way.hostname}: ${words}`);
  }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((settle) => {
    if (signal.aborted) settle(null);
    else signal.addEventListener('abort', () => settle(null), { once: true });
  });
}

/** getaddrinfo(3) as libuv numbers it: only the number tells a missing name from a name without address. */
const lookupFailures: Readonly<Record<number, readonly ['nxdomain' | 'no-address' | 'no-answer', string]>> = {
  [-3008]: ['nxdomain', 'no such name'],
  [-3007]: ['no-address', 'the name has no address'],
  [-3001]: ['no-answer', 'no answer from the name servers'],
};

function errnoOf(error: unknown): number {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : 0;
}

function openSocket(
  address: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Outcome<{ socket: Socket }>> {
  return new Promise((settle) => {
    const socket = connect({ host: address, port, autoSelectFamily: false });
    const over = (outcome: Outcome<{ socket: Socket }>) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      if (!outcome.ok) socket.destroy();
      settle(outcome);
    };
    const stop = () => over(failure('aborted', 'the run ended first'));
    const timer = setTimeout(() => over(failure('timeout', 'no answer to the connection')), timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    socket.on('error', (error) => over(failureOf(error)));
    socket.once('connect', () => {
      // key exchange and looks are small packets back and forth: waiting to fill one costs round trips
      socket.setNoDelay(true);
      over({ ok: true, socket });
    });
  });
}
