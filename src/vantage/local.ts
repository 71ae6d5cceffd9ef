/** The vantage `local`: the machine that doctor runs on. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Address } from '../check.ts';
import { addressOf, hostPort } from '../net/addresses.ts';
import type { Dial } from './dial.ts';
import { within } from './exchange/deadline.ts';
import { exchanges, type Roots } from './exchange/exchanges.ts';
import { failureOf } from './exchange/failures.ts';
import { localExecute, localReadFile } from './execute.ts';
import { localResolve } from './resolve.ts';
import { localRoots } from './roots.ts';
import { failure, type Limits, type Source } from './source.ts';

/** `login` opens the way into a declared host: that is SSH's business, whatever the vantage it is asked from. */
export function localSource(options: { login: Source['login'] }): Source {
  let roots: Promise<Roots> | undefined;
  return {
    ...exchanges({
      dial: dialSocket,
      roots: () => {
        roots ??= localRoots();
        return roots;
      },
      now: async () => Date.now(),
    }),
    resolve: localResolve(),
    execute: localExecute(),
    readFile: localReadFile(),
    now: async () => ({ ok: true, epochMs: Date.now() }),
    login: options.login,
    network: localNetwork,
  };
}

/** A TCP connection of this machine. Node.js chooses nothing: the address is given. */
export const dialSocket: Dial = (address, port, limits) =>
  new Promise((settle) => {
    if (limits.signal.aborted) return settle(failure('aborted', 'the run ended first'));
    if (!addressOf(address)) return settle(failure('invalid-name', `${address} is no address`));
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      return settle(failure('unsupported', `no port ${port}`));
    }
    const socket = connect({ host: address, port, autoSelectFamily: false });
    const over = () => {
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', stop);
    };
    const stop = () => {
      over();
      socket.destroy();
      settle(failure('aborted', 'the run ended first'));
    };
    const timer = setTimeout(() => {
      over();
      socket.destroy();
      settle(failure('timeout', `no answer from ${hostPort(address, port)} within ${limits.timeoutMs} ms`));
    }, limits.timeoutMs);
    limits.signal.addEventListener('abort', stop, { once: true });
    // stays for good: between here and whoever uses the stream an error must find a listener
    socket.on('error', (error) => {
      over();
      settle(failureOf(error));
    });
    socket.once('connect', () => {
      over();
      settle({ ok: true, stream: socket });
    });
  });

/** Addresses of the documentation ranges (RFC 5737, RFC 3849): nobody is there, and nothing is sent. */
const elsewhere = { udp4: '198.51.100.1', udp6: '2001:db8::1' } as const;

const localNetwork: Source['network'] = (_args, limits) =>
  within(limits, async () => {
    const [route4, route6] = await Promise.all([hasRoute('udp4', limits), hasRoute('udp6', limits)]);
    const addresses = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter((each) => !each.internal)
      .map((each): Address => ({ address: each.address, family: each.family === 'IPv4' ? 4 : 6 }));
    return { ok: true, addresses, route4, route6 };
  });

/** connect(2) on a UDP socket only looks the route up (ip(7)). */
function hasRoute(family: 'udp4' | 'udp6', limits: Limits): Promise<boolean> {
  return new Promise((settle) => {
    const socket = createSocket(family);
    const done = (found: boolean) => {
      limits.signal.removeEventListener('abort', stop);
      settle(found);
      try {
        socket.close();
      } catch {
        // it closed itself
      }
    };
    const stop = () => done(false);
    limits.signal.addEventListener('abort', stop, { once: true });
    socket.on('error', () => done(false));
    socket.connect(9, elsewhere[family], (error?: Error) => done(error === undefined));
  });
}
