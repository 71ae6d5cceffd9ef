import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { decode, encode, type Packet, streamDecode, streamEncode } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createAuthority } from '../../src/demo/authority.ts';
import { type BackendPort, backendPort, openAgentServer, openHealthServer } from '../../src/demo/backend.ts';
import { openNameserver } from '../../src/demo/nameserver.ts';
import type { Part } from '../../src/demo/part.ts';
import { openProxy } from '../../src/demo/proxy.ts';
import { openStuckServer } from '../../src/demo/stuck.ts';

const parts: Part[] = [];
afterEach(async () => {
  await Promise.all(parts.splice(0).map((part) => part.close()));
});
async function opened(part: Promise<Part>): Promise<Part> {
  parts.push(await part);
  return part;
}

const now = new Date();
const authority = createAuthority('Demo authority', now);
const certificate = authority.issue(['agent.example.com'], now, new Date(now.getTime() + 86_400_000));

async function proxyTo(upstream: BackendPort, timeoutMs = 5000): Promise<number> {
  return (await opened(openProxy({ ...certificate, connect: upstream.connect, timeoutMs }))).port;
}

/** Status, headers and body of one request through the proxy; with `upgrade`, of an upgrade that is refused. */
async function get(port: number, path: string, upgrade = false) {
  const headers = upgrade
    ? {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      }
    : {};
  const options = { host: '127.0.0.1', port, path, headers, ca: authority.cert, agent: false };
  const sent = request({ ...options, servername: 'agent.example.com' }).end();
  const [response] = await once(sent, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return {
    status: response.statusCode,
    reason: response.statusMessage,
    server: response.headers.server,
    body,
  };
}

describe('nameserver', () => {
  const zone = { 'agent.example.com': ['127.0.0.1'] };
  const query = (name: string, type: 'A' | 'AAAA') =>
    ({ type: 'query', id: 7, flags: 0, questions: [{ name, type, class: 'IN' }] }) satisfies Packet;
  const cases = [
    { name: 'agent.example.com', type: 'A', rcode: 'NOERROR', data: ['127.0.0.1'] },
    { name: 'AGENT.example.com', type: 'A', rcode: 'NOERROR', data: ['127.0.0.1'] },
    { name: 'agent.example.com', type: 'AAAA', rcode: 'NOERROR', data: [] },
    { name: 'constructor', type: 'A', rcode: 'NXDOMAIN', data: [] },
  ] as const;
  const told = (packet: Packet & { rcode?: string }) => ({
    id: packet.id,
    rcode: packet.rcode,
    data: packet.answers?.map((answer) => ('data' in answer ? answer.data : null)),
  });

  test.each(cases)(
    'answers $type $name over UDP and TCP with $rcode',
    async ({ name, type, rcode, data }) => {
      const { port } = await opened(openNameserver(zone));
      const udp = createSocket('udp4');
      udp.send(encode(query(name, type)), port, '127.0.0.1');
      const [message] = await once(udp, 'message');
      udp.close();
      expect(told(decode(message))).toEqual({ id: 7, rcode, data });

      const tcp = connectTcp(port, '127.0.0.1');
      tcp.write(streamEncode(query(name, type)));
      const [stream] = await once(tcp, 'data');
      tcp.destroy();
      expect(told(streamDecode(stream))).toEqual({ id: 7, rcode, data });
    },
  );

  test('outlives what is no query', async () => {
    const { port } = await opened(openNameserver(zone));
    const tcp = connectTcp(port, '127.0.0.1');
    tcp.write(Buffer.from([0, 3, 1, 2, 3]));
    await once(tcp, 'close');
    const udp = createSocket('udp4');
    udp.send('nonsense', port, '127.0.0.1');
    udp.send(encode(query('agent.example.com', 'A')), port, '127.0.0.1');
    expect(told(decode((await once(udp, 'message'))[0])).rcode).toBe('NOERROR');
    udp.close();
  });
});

describe('proxy', () => {
  test('forwards requests and refused upgrades, and is called nginx', async () => {
    const upstream = backendPort(8080, await opened(openHealthServer()), true);
    const port = await proxyTo(upstream);
    const found = { status: 200, reason: 'OK', server: 'nginx', body: '{"status":"healthy"}' };
    const missing = { status: 404, reason: 'Not Found', server: 'nginx', body: 'not found' };
    expect(await get(port, '/health')).toEqual(found);
    expect(await get(port, '/ws/agent')).toEqual(missing);
    expect(await get(port, '/ws/agent', true)).toEqual(missing);
  });

  test('forwards an upgrade, its frames and its end', async () => {
    const port = await proxyTo(backendPort(8081, await opened(openAgentServer()), true));
    const options = { ca: authority.cert, servername: 'agent.example.com' };
    const socket = new WebSocket(`wss://127.0.0.1:${port}/ws/agent`, options);
    await once(socket, 'open');
    socket.ping('here');
    expect(`${(await once(socket, 'pong'))[0]}`).toBe('here');
    socket.close(1000);
    expect((await once(socket, 'close'))[0]).toBe(1000);
    expect(await get(port, '/elsewhere', true)).toMatchObject({ status: 404, body: 'not found' });
  });

  test.each([false, true])('answers 502 where nothing listens (upgrade: %s)', async (upgrade) => {
    const gone = await openHealthServer();
    await gone.close();
    const answer = await get(await proxyTo(backendPort(8081, gone, true)), '/ws/agent', upgrade);
    expect(answer).toMatchObject({ status: 502, reason: 'Bad Gateway', server: 'nginx' });
    expect(answer.body).toContain('502 Bad Gateway');
  });

  test.each([false, true])('answers 504 where nobody accepts (upgrade: %s)', async (upgrade) => {
    const stuck = backendPort(8081, await opened(openStuckServer()), false);
    const answer = await get(await proxyTo(stuck, 100), '/ws/agent', upgrade);
    expect(answer).toMatchObject({ status: 504, reason: 'Gateway Time-out', server: 'nginx' });
    expect(stuck.unaccepted).toHaveLength(1);
  });
});

describe('a server that never accepts', () => {
  test('completes connections, says nothing, and counts them for good', async () => {
    const stuck = backendPort(8081, await opened(openStuckServer()), false);
    const [first, second] = [stuck.connect(), stuck.connect()];
    await Promise.all([once(first, 'connect'), once(second, 'connect')]);
    first.write('GET / HTTP/1.1\r\n\r\n');
    first.destroy();
    await once(first, 'close');
    expect(stuck.unaccepted.map(({ open }) => open).sort()).toEqual([false, true]);
    second.destroy();
  });

  test('ends with the stage, and twice does no harm', async () => {
    const part = await openStuckServer();
    await Promise.all([part.close(), part.close()]);
    const late = connectTcp(part.port, '127.0.0.1');
    const [error] = await once(late, 'error');
    expect(error.code).toBe('ECONNREFUSED');
  });
});

test('a client that speaks no TLS does the proxy no harm', async () => {
  const port = await proxyTo(backendPort(8080, await opened(openHealthServer()), true));
  const plain = connectTcp(port, '127.0.0.1');
  plain.on('error', () => undefined);
  plain.write('GET / HTTP/1.1\r\n\r\n');
  await once(plain, 'close');
  const tls = connectTls({ host: '127.0.0.1', port, ca: authority.cert, servername: 'agent.example.com' });
  await once(tls, 'secureConnect');
  expect(tls.authorized).toBe(true);
  tls.destroy();
});
