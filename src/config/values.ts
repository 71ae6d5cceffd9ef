/** The small grammars of the configuration: hosts, users, `user@host:port`, `service:port`, files. */
import { isAbsolute, join } from 'node:path';
import { addressOf, hostName, withoutBrackets } from '../net/addresses.ts';
import { type Fault, type Read, readPort, wrong } from './url.ts';
import { quoted } from './words.ts';

export const namePattern = /^[a-z0-9-]+$/;
/** RFC 9110 section 5.6.2: token. */
export const tokenPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The name or address of a machine. What OpenSSH's `ssh_valid_hostname` refuses is refused here as well. */
export function hostFault(text: string): Fault | null {
  if (text.startsWith('['))
    return { message: `is ${quoted(text)}`, hint: 'write the address without brackets' };
  const [address = '', zone] = text.split('%');
  if (addressOf(text)) {
    return zone === undefined || /^[\w.-]{1,32}$/.test(zone)
      ? null
      : { message: `has the zone ${quoted(zone)}`, hint: `write it as ${quoted(`${address}%eth0`)}` };
  }
  const name = hostName(text);
  if (!('fault' in name)) return null;
  return { message: `is no host: ${name.fault}`, hint: 'write a name or an address' };
}

/** Stricter than OpenSSH's `ssh_valid_ruser`: `%` and `$` are refused too, since commands get to see it. */
export function userFault(text: string): Fault | null {
  return /^[A-Za-z0-9_.+@][A-Za-z0-9_.+@\\-]{0,254}\$?$/.test(text) && !text.endsWith('\\')
    ? null
    : {
        message: `is no user: ${quoted(text)}`,
        hint: 'a user is letters, digits and "._+-@", and does not begin with "-"',
      };
}

/** Reads `user@host:port`, where user and port may be left out. */
export function readLogin(text: string): Read<{ user: string | null; host: string; port: number | null }> {
  const at = text.lastIndexOf('@');
  const user = at < 0 ? null : text.slice(0, at);
  const rest = text.slice(at + 1);
  const fault = user === null ? null : userFault(user);
  if (fault) return { ok: false, fault };
  const match = addressOf(rest) ? ['', rest] : /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(rest);
  const [, written = '', portText] = match ?? [];
  if (written === '') return wrong('has no host', 'write "user@host", "user@host:port" or "host"');
  const host = withoutBrackets(written);
  if (host !== written && addressOf(host)?.family !== 6) {
    return wrong(`has the host ${quoted(written)}`, 'only an IPv6 address stands in brackets');
  }
  const badHost = hostFault(host);
  if (badHost) return { ok: false, fault: badHost };
  const port = portText === undefined ? null : readPort(portText);
  if (portText !== undefined && port === null) {
    return wrong(`has the port ${quoted(portText)}`, 'a port is a number from 1 to 65535');
  }
  return { ok: true, value: { user, host, port } };
}

/** Reads `service:port`. */
export function readTo(text: string): Read<{ service: string; port: number }> {
  const [, service = '', portText = ''] = /^([a-z0-9-]+):(\d+)$/.exec(text) ?? [];
  const port = readPort(portText);
  if (service && port !== null) return { ok: true, value: { service, port } };
  return wrong(`is ${quoted(text)}`, 'write the service and its port: "agent-server:8081"');
}

/** Reads `host:port` of a DNS server; 53 where the port is left out. Always gives `host:port`. */
export function readResolver(text: string): Read<string> {
  const login = text.includes('@') ? null : readLogin(text);
  if (!login?.ok) return wrong(`is ${quoted(text)}`, 'write the address of a DNS server: "192.0.2.53:53"');
  const { host, port } = login.value;
  return { ok: true, value: `${host.includes(':') ? `[${host}]` : host}:${port ?? 53}` };
}

/** `~/` is the home folder, and what is relative is relative to the folder of the configuration. */
export function filePath(text: string, folder: string, home: string): string {
  if (text === '~' || text.startsWith('~/')) return join(home, text.slice(1));
  return isAbsolute(text) ? text : join(folder, text);
}

export function fileFault(text: string): Fault | null {
  if (text === '') return { message: 'is empty', hint: 'write the path of a file' };
  if (/[\x00-\x1f\x7f]/.test(text))
    return { message: 'has a control character', hint: 'write the path of a file' };
  return /^~[^/]/.test(text)
    ? { message: `is ${quoted(text)}`, hint: 'only "~/", your own home folder, is understood' }
    : null;
}

export function patternFault(text: string): Fault | null {
  try {
    new RegExp(text);
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*: /s, '') : '';
    return { message: `is no regular expression: ${why}`, hint: 'write one as JavaScript takes it' };
  }
}

/** A header's value, placeholders of secrets aside: a line break in it would begin another header (RFC 9110 5.5). */
export function headerFault(text: string): Fault | null {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text.replace(/‹[^‹›]*›/g, ''))
    ? null
    : { message: 'has a character that a header cannot hold', hint: 'write one line of visible characters' };
}
