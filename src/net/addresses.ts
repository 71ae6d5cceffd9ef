/** Names and addresses as text: what is one, what is refused, what is the same. Pure. */
import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { Address } from '../check.ts';

const longestName = 253;
const longestLabel = 63;

/** The text as an address, when it is one: dotted quads and RFC 4291 text, no inet_aton forms such as `127.1`. */
export function addressOf(text: string): Address | null {
  const family = isIP(text);
  return family === 0 ? null : { address: text, family: family === 4 ? 4 : 6 };
}

/** `[::1]` → `::1`; anything else as it is. */
export function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** `host:port`, with brackets around an IPv6 address (RFC 3986 section 3.2.2). */
export function hostPort(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Reads `host:port`, `[v6]:port`, or a host alone (with `defaultPort`). Null when it is neither. */
export function splitHostPort(text: string, defaultPort: number): { host: string; port: number } | null {
  if (isIP(text) === 6) return { host: text, port: defaultPort };
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  const host = withoutBrackets(match?.[1] ?? '');
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  return host === '' || port < 1 || port > 65_535 ? null : { host, port };
}

/**
 * A name as resolvers take it (ASCII, lower case as given, IDN as `xn--`), or what is wrong with it. Underscores
 * are let through (SRV-like names exist); what resolvers would cut, read as a number or as an option is not.
 */
export function hostName(text: string): { name: string } | { fault: string } {
  const printable = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
  if (text === '') return { fault: 'the name is empty' };
  const isAscii = /^[\x21-\x7e]+$/.test(text);
  const hasControls = /[\x00-\x20\x7f]/.test(text);
  // c-ares ends a name at NUL, so `ok\0.evil` would be asked as `ok`
  if (hasControls) return { fault: `${printable} has a blank or control character in it` };
  const name = isAscii ? text : domainToASCII(text);
  if (name === '') return { fault: `${printable} is no name (RFC 5891)` };
  const labels = (name.endsWith('.') ? name.slice(0, -1) : name).split('.');
  if (name.replace(/\.$/, '').length > longestName)
    return { fault: `the name is longer than ${longestName}` };
  if (labels.some((label) => label === '')) return { fault: `${printable} has an empty label` };
  if (labels.some((label) => label.length > longestLabel)) {
    return { fault: `${printable} has a label longer than ${longestLabel}` };
  }
  if (!labels.every((label) => /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?$/.test(label))) {
    return { fault: `${printable} is no host name (RFC 1123 section 2.1)` };
  }
  // getaddrinfo reads 127.1, 2130706433 and 0x7f.1 as 127.0.0.1 (inet_aton(3))
  if (/^(0[xX][0-9A-Fa-f]*|\d+)$/.test(labels.at(-1) ?? '')) {
    return { fault: `${printable} is a number, neither a name nor an address written in full` };
  }
  return { name };
}

/** What is wrong with a name, in words; null when it can be asked for. */
export function nameFault(text: string): string | null {
  const checked = hostName(text);
  return 'fault' in checked ? checked.fault : null;
}

/**
 * One spelling an address: IPv6 compressed and in lower case (RFC 5952), IPv4 mapped into IPv6 as IPv4, the
 * zone (`%eth0`) kept. Text that is no address comes back as it is.
 */
export function canonicalAddress(text: string): string {
  if (isIP(text) !== 6) return text;
  const [address = '', zone] = text.split('%');
  const compressed = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed);
  if (mapped) {
    const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)];
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  return zone === undefined ? compressed : `${compressed}%${zone}`;
}

export function sameAddress(a: string, b: string): boolean {
  return canonicalAddress(a) === canonicalAddress(b);
}

/** 127.0.0.0/8 (RFC 1122 section 3.2.1.3), ::1, and the first inside IPv6. */
export function isLoopback(address: string): boolean {
  return inBlock(loopback, address);
}

/** `localhost`, or an address of the machine itself (RFC 6761 section 6.3). */
export function isLoopbackHost(host: string): boolean {
  return host.toLowerCase() === 'localhost' || isLoopback(host);
}

/** 0.0.0.0 and ::, "every address" to a listener. */
export function isUnspecified(address: string): boolean {
  return ['0.0.0.0', '::'].includes(canonicalAddress(address));
}

/** 169.254.0.0/16 (RFC 3927) and fe80::/10: means something on one link only. */
export function isLinkLocal(address: string): boolean {
  return inBlock(linkLocal, address);
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4');
linkLocal.addSubnet('fe80::', 10, 'ipv6');

function inBlock(block: BlockList, text: string): boolean {
  const address = canonicalAddress(text).split('%')[0] ?? '';
  const family = isIP(address);
  return family !== 0 && block.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
