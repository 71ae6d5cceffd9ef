/** The server that takes a request over TLS: by its Host, else by the name of the handshake, as a running nginx does. */
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNginx, routeOf } from '../../../src/net/nginx/route.ts';
import { port as freePort } from '../../real/ports.ts';
import { certificateMaker } from '../../support/certificates.ts';
import { configuration, folderOf, nginx, type RunningNginx, startNginx } from '../../support/nginx.ts';
import { needs } from '../../support/tools.ts';

const names = ['a.example.com', '*.example.com', '"~^(?<which>[bc])\\.example\\.org$"'];
const asked = ['a.example.com', 'x.example.com', 'b.example.org', 'other.example.net', ''];

describe.skipIf(needs('nginx', nginx))('over TLS', () => {
  const certificates = certificateMaker();
  let running: RunningNginx;
  let text: string;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    const { certFile, keyFile } = certificates.make({ cn: 'a.example.com' });
    const folder = folderOf();
    const servers = names.map(
      (name, index) =>
        `server {\nlisten 127.0.0.1:${port} ssl;\nserver_name ${name};\nreturn 200 s${index};\n}`,
    );
    text = configuration(
      folder,
      [`ssl_certificate ${certFile}; ssl_certificate_key ${keyFile};`, ...servers].join('\n'),
    );
    running = await startNginx(folder, text, port);
  });
  afterAll(async () => {
    await running?.stop();
    certificates.remove();
  });

  it.each(asked.flatMap((sni) => asked.map((host): [string, string] => [sni, host])))(
    'with "%s" in the handshake and Host "%s"',
    async (sni, host) => {
      const parsed = parseNginx(new Map([['/n', text]]), '/n', '/');
      const request = { port, tls: true, host, sslServerName: sni, path: '/', upgrade: false };
      const { outcome } = routeOf(parsed.ok ? parsed.root : [], request);
      expect(outcome).toMatchObject({ kind: 'return', body: await bodyOf(port, sni, host) });
    },
  );
});

/** Over HTTP/1.0, where a request needs no Host. */
function bodyOf(port: number, servername: string, host: string): Promise<string> {
  const name = servername === '' ? {} : { servername };
  return new Promise((settle, reject) => {
    let answer = '';
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...name }, () => {
      socket.write(`GET / HTTP/1.0\r\n${host === '' ? '' : `Host: ${host}\r\n`}\r\n`);
    });
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('end', () => settle(answer.split('\r\n\r\n')[1] ?? ''));
    socket.on('error', reject);
  });
}
