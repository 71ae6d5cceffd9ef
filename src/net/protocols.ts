/** What a server speaks, by the first bytes that it sent. Pure. */

const greetings: readonly (readonly [RegExp, string])[] = [
  [/^HTTP\/1\.[01] /, 'HTTP'],
  [/^SSH-[12]\./, 'SSH'],
  [/^\d{3}[ -].*\b(E?SMTP|[Mm]ail)\b/, 'SMTP'],
  [/^220[ -]/, 'SMTP or FTP'],
  [/^\+OK /, 'POP3'],
  [/^\* (OK|PREAUTH|BYE) /, 'IMAP'],
  [/^RFB \d{3}\./, 'VNC'],
  [/^(-ERR|-NOAUTH|-DENIED) /, 'Redis'],
];

/** The status of an HTTP answer that began; null when these are no first bytes of one (RFC 9112 section 4). */
export function statusIn(received: string | null): number | null {
  const status = /^HTTP\/1\.[01] ([1-5]\d\d)\b/.exec(received ?? '')?.[1];
  return status === undefined ? null : Number(status);
}

/** The protocol's name, or null when the bytes betray none. Only the first line is looked at, 256 characters of it. */
export function protocolOf(received: string): string | null {
  const line = received.slice(0, 256).split(/[\r\n]/, 1)[0] ?? '';
  return greetings.find(([pattern]) => pattern.test(line))?.[1] ?? null;
}
