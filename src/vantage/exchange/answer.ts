/** An HTTP answer as plain data: capped, whoever sent it. */
import type { Headers } from '../../check.ts';

const mostHeaders = 200;
const longestValue = 4096;
const longestReason = 256;

/** Names in lower case, values as a list, both capped. */
export function headersOf(
  received: Readonly<Record<string, string | readonly string[] | undefined>>,
): Headers {
  const entries = Object.entries(received).slice(0, mostHeaders);
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      if (value === undefined) return [];
      const values = typeof value === 'string' ? [value] : value;
      return [[name.toLowerCase(), values.slice(0, mostHeaders).map((each) => each.slice(0, longestValue))]];
    }),
  );
}

/** Header names are the same in any case (RFC 9110 section 5.1): one spelling, so that none is sent twice. */
export function withDefaults(
  headers: Readonly<Record<string, string>>,
  defaults: Readonly<Record<string, string>>,
): Record<string, string> {
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...defaults, ...Object.fromEntries(given) };
}

export function reasonOf(text: string | undefined): string {
  return (text ?? '').slice(0, longestReason);
}

/** The start of a body, at most `maxBytes` of it. */
export interface BodyStart {
  /** Takes a chunk; true when there is no more room, and more came than was kept. */
  add(chunk: Uint8Array): boolean;
  /** All that came, kept or not, in bytes. */
  length(): number;
  result(): { body: string; truncated: boolean };
}

export function bodyStart(maxBytes: number): BodyStart {
  const chunks: Uint8Array[] = [];
  let length = 0;
  return {
    add: (chunk) => {
      if (length < maxBytes) chunks.push(chunk.slice(0, maxBytes - length));
      length += chunk.length;
      return length > maxBytes;
    },
    length: () => length,
    result: () => ({ body: Buffer.concat(chunks).toString('utf8'), truncated: length > maxBytes }),
  };
}
