/** Places in values: of a URL, of `host:port`, of a line in a file, and how ssh calls a host. */
import { shellWord } from '../net/shell-word.ts';

/** What a row's target says of where it looked: of a URL, of `host:port`, of a name. */
export function placeOf(target: unknown): Record<string, unknown> {
  if (typeof target !== 'string' || target === '') return {};
  if (URL.canParse(target) && target.includes('://')) {
    const { protocol, hostname, port } = new URL(target);
    const own = protocol === 'https:' || protocol === 'wss:' ? 443 : 80;
    const address = hostname.replace(/^\[|\]$/g, '');
    return { address, servername: address, port: port === '' ? own : Number(port) };
  }
  const [, bracketed, bare, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(target) ?? [];
  const address = bracketed ?? bare;
  return address === undefined
    ? { address: target, servername: target }
    : { address, servername: address, port: Number(port) };
}

/** An upgrade (RFC 6455 section 4.1) as curl asks for it, with the key of the RFC's own example; 101 or not, it ends. */
export const upgradeAsked = (url: string): string =>
  [
    'curl -si -m 5 --http1.1',
    ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'].map((one) => `-H '${one}'`),
    "-H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='",
    url,
  ].join(' ');

/** A URL as curl takes it, which speaks HTTP alone; the whole question, and what comes back when all is well. */
export function urlValues(target: unknown): Record<string, unknown> {
  if (typeof target !== 'string' || !/^(?:http|ws)s?:\/\//.test(target)) return {};
  const curlurl = shellWord(target.replace(/^ws/, 'http'));
  if (target.startsWith('http')) return { curlurl, asking: `curl -si -m 5 ${curlurl}` };
  return { curlurl, asking: upgradeAsked(curlurl), opened: 'HTTP/1.1 101 Switching Protocols' };
}

/** Around the line that a finding names. */
const linesAround = 2;

/** Of a file and a line: how a shell takes them; a file in an image (`container:path`) is on no host. */
export function changeValues({
  file,
  line,
  after,
}: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = { plain: after !== undefined };
  if (typeof file !== 'string') return known;
  const at = typeof line === 'number' ? `${file}:${line}` : file;
  const hostfile = file.startsWith('/') ? shellWord(file) : undefined;
  if (typeof line !== 'number') return { ...known, at, hostfile };
  const first = Math.max(1, line - linesAround);
  return { ...known, at, hostfile, aroundline: `${first},${line + linesAround}` };
}

/** The words that ssh and ssh-keygen take for a host, as far as the login got. */
export function wayInto(
  declared: string,
  values: Readonly<Record<string, unknown>>,
): { address: string; login: string; sshtarget: string; knownname: string } {
  const { address = declared, port = 22 } = placeOf(values.place) as { address?: string; port?: number };
  const user = typeof values.user === 'string' && values.user !== '' ? `${values.user}@` : '';
  const plain = port === 22;
  return {
    address,
    login: `${user}${plain ? address : (values.place ?? address)}`,
    sshtarget: `${plain ? '' : `-p ${port} `}${user}${address}`,
    knownname: plain ? address : `'[${address}]:${port}'`,
  };
}
