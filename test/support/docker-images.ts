/** Images for a real engine, made of programs of this machine and of scripts. No registry is asked. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execPath } from 'node:process';

export interface Image {
  /** Path in the image → program of this machine, which brings its shared objects with it. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Path in the image → text. */
  readonly files?: Readonly<Record<string, string>>;
  readonly folders?: readonly string[];
}

/**
 * What every image is made of. `local/shell` has BusyBox; `local/node` has the program node and `/app/serve.cjs`, and
 * nothing else: no shell, no tools.
 */
export const images = { shell: 'local/shell', node: 'local/node' } as const;

/**
 * `serve.cjs HOST PORT DUTY…`: DUTY is `health` (200 at /health, 404 elsewhere), `websocket` (the same, and upgrades at
 * /ws/agent, with an answer to pings), `silent` (accepts, says nothing) or `never-accepts` (its event loop stands still
 * once every port listens).
 */
const serve = `
const { createServer } = require('node:http');
const [, , host, ...duties] = process.argv;
const answer = (request, response) => {
  const found = request.url === '/health';
  response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
  response.end(found ? '{"status":"healthy"}' : '{}');
};
const upgrade = (request, socket) => {
  socket.on('error', () => {});
  if (request.url !== '/ws/agent') return socket.end('HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n');
  const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const accept = require('node:crypto').createHash('sha1').update(key).digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n');
  // short frames, one a read: a masked ping gets its pong, a masked close its close (RFC 6455 section 5.5)
  socket.on('data', (frame) => {
    const [opcode, length] = [frame[0] & 15, frame[1] & 127];
    const payload = frame.subarray(6, 6 + length).map((byte, at) => byte ^ frame[2 + (at % 4)]);
    if (opcode === 9) socket.write(Buffer.concat([Buffer.from([0x8a, length]), payload]));
    if (opcode === 8) socket.end(Buffer.concat([Buffer.from([0x88, length]), payload]));
  });
};
const open = (duty) => {
  if (duty === 'silent' || duty === 'never-accepts') return require('node:net').createServer((socket) => socket.on('error', () => {}).resume());
  const server = createServer(answer);
  return duty === 'websocket' ? server.on('upgrade', upgrade) : server;
};
let left = duties.length / 2;
for (let at = 0; at < duties.length; at += 2)
  open(duties[at + 1]).listen({ host, port: Number(duties[at]), backlog: 64 }, () => {
    left -= 1;
    if (left > 0) return;
    console.log('listening');
    if (duties.includes('never-accepts')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
process.on('SIGTERM', () => process.exit());
`;

export function importOwnImages(enter: readonly string[]): void {
  const applets = ['sh', 'sleep', 'cat', 'false', 'ln'];
  const programs = Object.fromEntries(applets.map((name) => [`/bin/${name}`, '/usr/bin/busybox']));
  importImage(enter, images.shell, { programs });
  importImage(enter, images.node, {
    programs: { '/bin/node': execPath },
    files: { '/app/serve.cjs': serve },
  });
}

/** `enter` is what runs a program beside the engine. */
export function importImage(
  enter: readonly string[],
  name: string,
  { programs = {}, files = {}, folders = [] }: Image,
): void {
  const root = mkdtempSync(join(tmpdir(), 'image-'));
  const place = (path: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    return join(root, path);
  };
  try {
    for (const [path, program] of Object.entries(programs)) {
      copyFileSync(realpathSync(program), place(path));
      for (const library of librariesOf(program)) copyFileSync(realpathSync(library), place(library));
    }
    for (const [path, text] of Object.entries(files)) writeFileSync(place(path), text);
    for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
    const script = `tar -C "$0" -c . | ${enter.join(' ')} docker import - "$1"`;
    execFileSync('sh', ['-c', script, root, name], { stdio: ['ignore', 'ignore', 'pipe'] });
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** The shared objects of a program, and what loads them (ldd(1)). */
function librariesOf(program: string): string[] {
  const said = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...said.matchAll(/(?:=> |^\s*)(\/\S+) \(/gm)].map(([, path]) => path as string);
}
