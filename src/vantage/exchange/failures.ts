/** The one place where codes of Node, OpenSSL, undici and ws become failures. Texts are never looked at. */
import type { Failure, FailureCode } from '../../check.ts';
import { failure } from '../source.ts';

const codes: Readonly<Record<string, readonly [FailureCode, string]>> = {
  ECONNREFUSED: ['refused', 'connection refused'],
  ETIMEDOUT: ['timeout', 'no answer'],
  EHOSTUNREACH: ['unreachable', 'no route to the host'],
  ENETUNREACH: ['unreachable', 'no route to its network'],
  EHOSTDOWN: ['unreachable', 'the host is down'],
  ENETDOWN: ['unreachable', 'the network is down'],
  EADDRNOTAVAIL: ['unreachable', 'this machine has no address to reach it from'],
  EAFNOSUPPORT: ['unreachable', 'this machine does not speak its address family'],
  // a link-local address without its zone
  EINVAL: ['unreachable', 'the address can not be connected to from here'],
  // a rule of the local firewall drops what we send
  EPERM: ['unreachable', 'this machine may not send to it'],
  EACCES: ['unreachable', 'this machine may not send to it'],
  ECONNRESET: ['reset', 'the connection was reset'],
  ECONNABORTED: ['reset', 'the connection was cut'],
  // what Node.js says of writes to a stream under TLS that went away
  ECANCELED: ['closed', 'the connection was closed'],
  EPIPE: ['closed', 'the connection was closed'],
  ERR_STREAM_PREMATURE_CLOSE: ['closed', 'the connection was closed'],
  ERR_STREAM_DESTROYED: ['closed', 'the connection was closed'],
  EPROTO: ['handshake', 'the TLS handshake failed'],
  UND_ERR_SOCKET: ['closed', 'the connection was closed'],
  UND_ERR_HEADERS_OVERFLOW: ['not-http', 'the header is longer than is read'],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['closed', 'the body is not as long as was said'],
  // undici gives it no code of its own
  HTTPParserError: ['not-http', 'what came can not be read as HTTP'],
  UND_ERR_INVALID_ARG: ['unsupported', 'the request can not be written'],
  ERR_INVALID_CHAR: ['unsupported', 'the request can not be written'],
  ERR_INVALID_HTTP_TOKEN: ['unsupported', 'the request can not be written'],
  ERR_UNESCAPED_CHARACTERS: ['unsupported', 'the request can not be written'],
  EMFILE: ['incomplete', 'this machine has no file descriptor left'],
  ENFILE: ['incomplete', 'this machine has no file descriptor left'],
};

/** What an error that ended an exchange means; its own text can hold secrets (a URL with a password), so ours stands there. */
export function failureOf(thrown: unknown): Failure {
  const code = codeOf(thrown);
  const known = codes[code] ?? codes[nameOf(thrown)];
  if (known) return failure(known[0], code ? `${known[1]} (${code})` : known[1]);
  if (code.startsWith('ERR_SSL_')) return failure('handshake', reasonOf(code));
  if (code.startsWith('HPE_')) return failure('not-http', `what came can not be read as HTTP (${code})`);
  return failure('incomplete', `the exchange ended unexpectedly (${code || nameOf(thrown)})`);
}

/** The first code of an error, of those gathered in it (happy eyeballs), or of its cause. */
export function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  if (thrown instanceof AggregateError) {
    const inner = thrown.errors.map(codeOf).find((code) => code !== '');
    if (inner) return inner;
  }
  if ('code' in thrown && typeof thrown.code === 'string' && thrown.code !== 'UND_ERR_SOCKET')
    return thrown.code;
  const cause = codeOf(thrown.cause);
  return cause || ('code' in thrown && typeof thrown.code === 'string' ? thrown.code : '');
}

/** `ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE` → `SSLV3_ALERT_HANDSHAKE_FAILURE`, OpenSSL's own name of it. */
function reasonOf(code: string): string {
  return code.slice('ERR_SSL_'.length);
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : 'unknown';
}
