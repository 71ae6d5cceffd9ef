/**
 * A played host: a real SSH server on loopback that takes one key, answers scripts instead of running them, and
 * forwards connections to the demo's own ports, really, and to nothing else.
 */
import { generateKeyPairSync, timingSafeEqual } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ParsedKey, type ServerChannel } from 'ssh2';
import { listen, type Part } from './part.ts';

export interface SshKey {
  /** PEM (SEC 1), which ssh2 and OpenSSH read alike. */
  readonly private: string;
  /** As in known_hosts and authorized_keys: type and base64. */
  readonly public: string;
}

/** ECDSA on P-256, for the run. Throws only if Node's own key cannot be read back. */
export function createSshKey(): SshKey {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const key = parsed(privateKey);
  return { private: privateKey, public: `${key.type} ${key.getPublicSSH().toString('base64')}` };
}

function parsed(key: string): ParsedKey {
  const result = ssh2.utils.parseKey(key);
  if (result instanceof Error) throw result;
  return result;
}

export interface HostSettings {
  readonly hostKey: SshKey;
  /** The one key that may log in, whatever the user's name. */
  readonly userKey: SshKey;
  /** What the shell would print for a script. */
  readonly runScript: (script: string) => Buffer;
  /** Its addresses besides loopback. */
  readonly addresses: readonly string[];
  /** Opens a connection to a port of this host; null where nothing listens. */
  readonly connect: (port: number) => Socket | null;
}

/** A script is longer than this only when it is not ours, in bytes. */
const longestScript = 4 * 1024 * 1024;
const ownAddresses = new Set(['127.0.0.1', 'localhost', '::1', '0.0.0.0', '::']);

function authenticate(attempt: AuthContext, userKey: ParsedKey) {
  if (attempt.method !== 'publickey') return attempt.reject(['publickey']);
  const known = userKey.getPublicSSH();
  const isKnown = attempt.key.data.length === known.length && timingSafeEqual(attempt.key.data, known);
  const { signature, blob, hashAlgo } = attempt;
  const isSigned = !signature || (blob && userKey.verify(blob, signature, hashAlgo) === true);
  if (isKnown && isSigned) attempt.accept();
  else attempt.reject(['publickey']);
}

function readScriptFrom(channel: ServerChannel, run: (script: string) => Buffer) {
  const chunks: Buffer[] = [];
  let length = 0;
  channel.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > longestScript) channel.close();
    else chunks.push(chunk);
  });
  channel.on('end', () => {
    channel.write(run(Buffer.concat(chunks).toString()));
    channel.exit(0);
    channel.end();
  });
}

function serve(connection: Connection, settings: HostSettings, userKey: ParsedKey) {
  connection.on('error', () => undefined);
  connection.on('authentication', (attempt) => authenticate(attempt, userKey));
  connection.on('session', (acceptSession) => {
    const session = acceptSession();
    session.on('exec', (accept, reject, { command }) => {
      if (command === 'exec sh -s' || command === 'sh -s') readScriptFrom(accept(), settings.runScript);
      else reject();
    });
  });
  const forwarded = new Set<Socket>();
  connection.on('close', () => {
    for (const socket of forwarded) socket.destroy();
  });
  connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
    const isOwn = ownAddresses.has(destIP) || settings.addresses.includes(destIP);
    const socket = isOwn ? settings.connect(destPort) : null;
    if (!socket) return reject();
    forwarded.add(socket);
    socket.on('close', () => forwarded.delete(socket));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      const channel = accept();
      channel.pipe(socket).pipe(channel);
      channel.on('error', () => socket.destroy());
      channel.on('close', () => socket.destroy());
      socket.on('error', () => channel.close());
    });
  });
}

export function openHost(settings: HostSettings): Promise<Part> {
  const userKey = parsed(settings.userKey.public);
  const ssh = new ssh2.Server({ hostKeys: [settings.hostKey.private] }, (connection) =>
    serve(connection, settings, userKey),
  );
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    ssh.injectSocket(socket);
  });
  return listen(server);
}
