import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, TlsSettings } from '../../src/check.ts';
import { certificateFaults } from '../../src/net/certificates.ts';
import { exchanges } from '../../src/vantage/exchange/exchanges.ts';
import { dialSocket } from '../../src/vantage/local.ts';
import { certificateMaker, type Issued, type Wanted } from '../support/certificates.ts';
import {
  answering,
  freePort,
  greeting,
  type Listening,
  rawServer,
  silent,
  tlsServer,
} from '../support/servers.ts';
import { needs } from '../support/tools.ts';

const lacks = needs('openssl', '/usr/bin/openssl');

const name = 'agent.example.com';
const maker = certificateMaker();
const servers: Listening[] = [];
let root: Issued;
let between: Issued;
let leaf: Issued;

beforeAll(() => {
  root = maker.make({ cn: 'Test Root', authority: true, from: -100, until: 3650 });
  between = maker.make({ cn: 'Test Between', authority: true, issuer: root });
  leaf = maker.make({ cn: name, names: [`DNS:${name}`, 'IP:127.0.0.1'], issuer: between });
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
afterAll(() => maker.remove());

const started = async (server: Promise<Listening>) => {
  servers.push(await server);
  return servers.at(-1) as Listening;
};

/** A vantage that trusts these roots and no other. */
const trusting = (...roots: Issued[]) =>
  exchanges({
    dial: dialSocket,
    roots: async () => ({ source: 'test roots', certificates: roots.map((each) => each.cert) }),
    now: async () => Date.now(),
  });

const shake = (
  port: number,
  from = trusting(root),
  tls: TlsSettings = {},
  timeoutMs = 5000,
  host = name,
): Promise<Answer<'handshake'>> =>
  from.handshake(
    { address: '127.0.0.1', port, host, tls },
    { timeoutMs, signal: new AbortController().signal },
  );

const serve = (certificate: Issued, chain: readonly Issued[] = [], more: TlsOptions = {}) =>
  started(
    tlsServer({
      cert: [certificate, ...chain].map((each) => each.cert).join(''),
      key: certificate.key,
      ...more,
    }),
  );

const codes = (answer: Answer<'handshake'>, certDays?: number) =>
  answer.ok
    ? certificateFaults(answer, name, Date.now(), certDays).map((fault) => fault.code)
    : answer.failure;

describe.skipIf(lacks)('certificates', () => {
  test('a good chain has no fault, and shows what was presented and verified', async () => {
    const { port } = await serve(leaf, [between]);
    const answer = await shake(port);
    expect(codes(answer)).toEqual([]);
    expect(answer).toMatchObject({
      ok: true,
      protocol: 'TLSv1.3',
      servername: name,
      trust: 'trusted',
      verifyError: null,
      trustStore: 'test roots',
    });
    if (!answer.ok) return;
    expect(answer.chain.map((each) => each.subject)).toEqual([`CN=${name}`, 'CN=Test Between']);
    expect(answer.path?.map((each) => each.subject)).toEqual([
      `CN=${name}`,
      'CN=Test Between',
      'CN=Test Root',
    ]);
    expect(answer.chain[0]?.names).toEqual([`DNS:${name}`, 'IP:127.0.0.1']);
  });

  interface Fault {
    readonly serve: () => Promise<Listening>;
    readonly from?: () => ReturnType<typeof trusting>;
    readonly tls?: () => TlsSettings;
    readonly gives: readonly string[];
    readonly presented?: number;
  }
  const issue = (wanted: Partial<Wanted>) =>
    maker.make({ cn: name, names: [`DNS:${name}`], issuer: between, ...wanted });
  const selfSigned = (more: Partial<Wanted> = {}) =>
    maker.make({ cn: name, names: [`DNS:${name}`], ...more });
  const faults: Record<string, Fault> = {
    expired: { serve: () => serve(issue({ from: -30, until: -2 }), [between]), gives: ['tls.expired'] },
    'not yet valid': { serve: () => serve(issue({ from: 2 }), [between]), gives: ['tls.not-yet-valid'] },
    'another name': {
      serve: () => serve(issue({ names: ['DNS:other.example.com', 'DNS:*.example.org'] }), [between]),
      gives: ['tls.wrong-name'],
    },
    'no subjectAltName': { serve: () => serve(issue({ names: [] }), [between]), gives: ['tls.wrong-name'] },
    'expired and for another name': {
      serve: () => serve(issue({ names: ['DNS:other.example.com'], from: -30, until: -2 }), [between]),
      gives: ['tls.expired', 'tls.wrong-name'],
    },
    'self-signed': { serve: () => serve(selfSigned()), gives: ['tls.self-signed'], presented: 1 },
    'self-signed, expired and for another name': {
      serve: () => serve(selfSigned({ names: ['DNS:other.example.com'], from: -30, until: -2 })),
      gives: ['tls.self-signed', 'tls.expired', 'tls.wrong-name'],
    },
    'unknown root': {
      serve: () => serve(leaf, [between]),
      from: () => trusting(),
      gives: ['tls.unknown-issuer'],
      presented: 2,
    },
    'unknown root, sent along': {
      serve: () => serve(leaf, [between, root]),
      from: () => trusting(),
      gives: ['tls.unknown-issuer'],
      presented: 3,
    },
    'unknown root and expired': {
      serve: () => serve(issue({ from: -30, until: -2 }), [between]),
      from: () => trusting(),
      gives: ['tls.unknown-issuer', 'tls.expired'],
      presented: 2,
    },
    'a private root, no intermediate': {
      serve: () => serve(leaf),
      from: () => trusting(),
      tls: () => ({ ca: root.certFile }),
      gives: ['tls.incomplete-chain'],
      presented: 1,
    },
    'no intermediate, and where to get it': {
      serve: () => serve(issue({ issuerUri: 'http://ca.example.com/between.crt' })),
      gives: ['tls.incomplete-chain'],
      presented: 1,
    },
    'nothing but the leaf of an unknown issuer': {
      serve: () => serve(issue({ issuer: between })),
      from: () => trusting(),
      gives: ['tls.unknown-issuer'],
      presented: 1,
    },
    'an issuer of the same name with another key': {
      serve: () => serve(issue({ issuer: root })),
      from: () => trusting(),
      tls: () => ({ ca: maker.make({ cn: 'Test Root', authority: true }).certFile }),
      gives: ['tls.unknown-issuer'],
    },
    'for clients only': {
      serve: () => serve(issue({ use: 'clientAuth' }), [between]),
      gives: ['tls.handshake-failed'],
    },
    'for clients only, and expired': {
      serve: () => serve(issue({ use: 'clientAuth', from: -30, until: -2 }), [between]),
      gives: ['tls.handshake-failed', 'tls.expired'],
    },
    'soon out of date': { serve: () => serve(issue({ until: 10 }), [between]), gives: ['tls.expiring'] },
    'in the wrong order, with a stranger': {
      serve: () => serve(leaf, [maker.make({ cn: 'Stranger', authority: true }), root, between]),
      gives: [],
    },
    'a trusted intermediate': {
      serve: () => serve(leaf, [between]),
      from: () => trusting(between),
      gives: [],
    },
    'a trusted self-signed one': {
      serve: () => serve(leafOfItself()),
      tls: () => ({ ca: leafOfItself().certFile }),
      gives: [],
    },
  };
  let itself: Issued | undefined;
  const leafOfItself = () => {
    itself ??= selfSigned();
    return itself;
  };

  test.each(Object.entries(faults))('%s', async (_, fault) => {
    const { port } = await fault.serve();
    const answer = await shake(port, fault.from?.(), fault.tls?.());
    expect(codes(answer, 21)).toEqual(fault.gives);
    if (fault.presented !== undefined && answer.ok) expect(answer.chain).toHaveLength(fault.presented);
  });

  test('an expired intermediate is named', async () => {
    const old = maker.make({ cn: 'Old Between', authority: true, issuer: root, from: -30, until: -2 });
    const { port } = await serve(maker.make({ cn: name, names: [`DNS:${name}`], issuer: old }), [old]);
    const answer = await shake(port);
    expect(answer.ok && certificateFaults(answer, name, Date.now())).toMatchObject([
      { code: 'tls.expired', values: { which: 'issuer certificate', certificate: 'Old Between' } },
    ]);
  });

  test('an expired cross signature beside a good root is no fault', async () => {
    const oldRoot = maker.make({ cn: 'Old Root', authority: true, from: -30, until: -2 });
    const newRoot = maker.make({ cn: 'New Root', authority: true });
    const cross = maker.make({
      cn: 'New Root',
      authority: true,
      issuer: oldRoot,
      sameKeyAs: newRoot,
      until: -2,
      from: -30,
    });
    const { port } = await serve(maker.make({ cn: name, names: [`DNS:${name}`], issuer: newRoot }), [cross]);
    expect(codes(await shake(port, trusting(oldRoot, newRoot)))).toEqual([]);
  });

  test('dates are judged by the clock that is given', async () => {
    const { port } = await serve(
      maker.make({ cn: name, names: [`DNS:${name}`], issuer: root, from: -30, until: -2 }),
    );
    const answer = await shake(port);
    expect(answer.ok && certificateFaults(answer, name, Date.now() - 10 * 86_400_000)).toEqual([]);
  });

  test('an address is verified as one, and is no server name', async () => {
    const { port } = await serve(leaf, [between]);
    const answer = await shake(port, trusting(root), {}, 5000, '127.0.0.1');
    expect(answer.ok && certificateFaults(answer, '127.0.0.1', Date.now())).toEqual([]);
    expect(answer.ok && certificateFaults(answer, '127.0.0.2', Date.now())).toHaveLength(1);
  });

  test('a server that speaks TLS 1.3 alone shows what hangs together', async () => {
    const { port } = await serve(leaf, [between], { minVersion: 'TLSv1.3' });
    const answer = await shake(port, trusting());
    expect(codes(answer)).toEqual(['tls.unknown-issuer']);
    expect(answer.ok && answer.chain).toHaveLength(2);
  });

  test('what was presented is seen as it was, order and strangers and all', async () => {
    const stranger = maker.make({ cn: 'Stranger', authority: true });
    const { port } = await serve(leaf, [stranger, root, between, between]);
    const answer = await shake(port, trusting());
    expect(answer).toMatchObject({ protocol: 'TLSv1.3', trust: 'unknown-issuer' });
    expect(answer.ok && answer.chain.map((each) => each.subject)).toEqual([
      `CN=${name}`,
      'CN=Stranger',
      'CN=Test Root',
      'CN=Test Between',
      'CN=Test Between',
    ]);
  });

  test('a second look that gets no answer does not cost the first', async () => {
    const tls = createTlsServer({ cert: leaf.cert + between.cert, key: leaf.key });
    let connections = 0;
    const { port } = await started(
      rawServer((socket) => {
        connections += 1;
        if (connections === 1) tls.emit('connection', socket);
      }),
    );
    expect(codes(await shake(port, trusting(), {}, 1000))).toEqual(['tls.unknown-issuer']);
    expect(connections).toBe(2);
  });

  test('TLS 1.2', async () => {
    const { port } = await serve(leaf, [between, root], { maxVersion: 'TLSv1.2' });
    const answer = await shake(port);
    expect(answer).toMatchObject({ ok: true, protocol: 'TLSv1.2', trust: 'trusted' });
    expect(answer.ok && answer.chain).toHaveLength(3);
  });
});

describe.skipIf(lacks)('client certificates', () => {
  const wanting = (more: TlsOptions = {}) =>
    serve(leaf, [between], { requestCert: true, rejectUnauthorized: true, ca: [root.cert], ...more });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s: the server wants one', async (version) => {
    const { port } = await wanting({ minVersion: version, maxVersion: version });
    const answer = await shake(port);
    expect(answer.ok).toBe(false);
    const own = maker.make({ cn: 'Client', issuer: root, use: 'clientAuth' });
    expect(codes(await shake(port, trusting(root), { cert: own.certFile, key: own.keyFile }))).toEqual([]);
  });

  test('files that can not be used are named', async () => {
    const { port } = await wanting();
    const missing = await shake(port, trusting(root), { cert: `${maker.folder}/none.pem` });
    expect(missing).toMatchObject({ ok: false, failure: 'missing' });
    expect(missing.ok || missing.detail).toContain('none.pem');
    const empty = maker.write('empty.pem', 'no certificate');
    expect(await shake(port, trusting(root), { ca: empty })).toMatchObject({ failure: 'unsupported' });
    const mixed = { cert: leaf.certFile, key: root.keyFile };
    expect(await shake(port, trusting(root), mixed)).toMatchObject({ failure: 'unsupported' });
  });
});

describe.skipIf(lacks)('no handshake', () => {
  const greetings: readonly (readonly [string, string])[] = [
    ['SSH', 'SSH-2.0-OpenSSH_9.2p1\r\n'],
    ['SMTP', '220 mail.example.com ESMTP Postfix\r\n'],
  ];
  test.each(greetings)('%s on the port', async (protocol, text) => {
    const { port } = await started(greeting(text));
    expect(await shake(port)).toMatchObject({
      failure: 'not-tls',
      detail: `${protocol} answered`,
      received: text,
    });
  });

  test('plain HTTP on the port', async () => {
    const { port } = await started(answering('HTTP/1.1 400 Bad Request\r\n\r\n', 'end'));
    expect(await shake(port)).toMatchObject({ failure: 'not-tls', detail: 'HTTP answered' });
  });

  test('nothing listens', async () => {
    expect(await shake(await freePort())).toMatchObject({ failure: 'refused' });
  });

  test('silence ends at the deadline', async () => {
    const { port } = await started(silent());
    expect(await shake(port, trusting(root), {}, 200)).toMatchObject({ failure: 'timeout' });
  });

  test('half a record, then silence', async () => {
    const { port } = await started(answering(Buffer.from([22, 3, 3, 0x40, 0, 2])));
    expect(await shake(port, trusting(root), {}, 200)).toMatchObject({ failure: 'timeout' });
  });

  test.each([
    ['closed', 'end'],
    ['reset', 'reset'],
  ] as const)('%s', async (failure, how) => {
    const { port } = await started(
      rawServer((socket) => {
        socket.once('data', () => (how === 'end' ? socket.end() : socket.resetAndDestroy()));
      }),
    );
    expect(await shake(port)).toMatchObject({ ok: false, failure });
  });

  test.each([
    ['a handshake_failure', 40, /HANDSHAKE_FAILURE/],
    ['an unrecognized_name', 112, /UNRECOGNIZED_NAME/],
    ['a protocol_version', 70, /PROTOCOL_VERSION/],
  ])('%s alert', async (_, alert, detail) => {
    const { port } = await started(answering(Buffer.from([21, 3, 3, 0, 2, 2, alert]), 'end'));
    const answer = await shake(port);
    expect(answer).toMatchObject({ failure: 'handshake' });
    expect(!answer.ok && answer.detail).toMatch(detail);
  });

  test('no common cipher', async () => {
    const { port } = await serve(leaf, [between], { ciphers: 'ECDHE-RSA-AES128-SHA', maxVersion: 'TLSv1.2' });
    expect(await shake(port)).toMatchObject({ failure: 'handshake' });
  });

  test('no common protocol above', async () => {
    const server = createTlsServer({ cert: leaf.cert, key: leaf.key, ALPNProtocols: ['h2'] });
    server.on('tlsClientError', () => {});
    const { listening } = await import('../support/servers.ts');
    const { port } = await started(listening(server));
    expect(await shake(port)).toMatchObject({
      failure: 'handshake',
      detail: expect.stringContaining('PROTOCOL'),
    });
  });

  test('an aborted run', async () => {
    const { port } = await started(silent());
    const run = new AbortController();
    const pending = trusting(root).handshake(
      { address: '127.0.0.1', port, host: name, tls: {} },
      { timeoutMs: 5000, signal: run.signal },
    );
    setTimeout(() => run.abort(), 50);
    expect(await pending).toMatchObject({ failure: 'aborted' });
  });
});
