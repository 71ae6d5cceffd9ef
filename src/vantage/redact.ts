/** Keeps secrets out of everything that is shown or kept, and puts them back into what is sent. */
import { placeholder, shortestHidden } from '../net/placeholder.ts';
import type { Redactor } from './observe.ts';

export interface Secret {
  /** Its placeholder is `‹name›`. */
  readonly name: string;
  readonly value: string;
}

/** Characters. What comes from elsewhere is cut at some kilobytes, never below. */
const longText = 1024;

/** A text that gives a secret away. */
interface Trace {
  readonly text: string;
  readonly name: string;
  /** Base64 characters at its ends that still hold bits of the secret. */
  readonly before: 0 | 1;
  readonly after: 0 | 1;
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

/**
 * `hide` finds values as they are, and base64 (at any alignment), base64url, percent-, form-, JSON- and
 * HTML-encoded; overlapping values become the placeholders of all of them. Its time is linear in the text.
 */
export function redactor(secrets: readonly Secret[]): Redactor {
  const known = secrets.filter(({ value }) => value !== '');
  if (known.length === 0) return { reveal: (value) => value, hide: (value) => mapDeep(value, withoutKeys) };
  const values = new Map(known.map(({ name, value }) => [name, value]));
  const whole = new Map<string, string>();
  const traces: Trace[] = [];
  for (const { name, value } of known) {
    for (const trace of tracesOf(name, value)) {
      if (value.length >= shortestHidden) traces.push(trace);
      else if (!whole.has(trace.text)) whole.set(trace.text, placeholder(name));
    }
  }
  // What stands between placeholders: their names may look like another secret's value.
  const placeholders = new RegExp(`(${known.map(({ name }) => escapeRegExp(placeholder(name))).join('|')})`);
  const hidePart = (text: string): string => replaceSpans(text, spansOf(text, traces));
  const hideText = (text: string): string =>
    whole.get(text) ??
    (text.includes('‹')
      ? text
          .split(placeholders)
          .map((part, index) => (index % 2 ? part : hidePart(part)))
          .join('')
      : hidePart(text));
  const revealText = (text: string): string =>
    text.includes('‹') || text.includes('%E2%80%B9')
      ? text.replace(/‹([^‹›]{1,400})›|%E2%80%B9([\w.:~%-]{1,400}?)%E2%80%BA/g, (as, plain, encoded) => {
          return values.get(plain ?? decoded(encoded)) ?? as;
        })
      : text;
  return {
    hide: (value) => mapDeep(value, (text) => hideText(withoutKeys(text))),
    reveal: (value) => mapDeep(value, revealText),
  };
}

/** Private keys of others, as a PEM file (RFC 7468) has them beside its certificates: also one whose end was cut off. */
function withoutKeys(text: string): string {
  if (!text.includes('PRIVATE KEY-----')) return text;
  return text.replace(
    /(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)(?:[^-]|-(?!----))*/g,
    `$1\n${placeholder('private key')}\n`,
  );
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Every string of plain data, keys included. */
function mapDeep<T>(data: T, change: (text: string) => string): T {
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return change(value);
    if (Array.isArray(value)) return value.map(walk);
    if (!isPlain(value)) return value;
    // fromEntries defines own properties, so that a key `__proto__` stays a key.
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), walk(item)]));
  };
  return walk(data) as T;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function tracesOf(name: string, value: string): Trace[] {
  const traces = new Map<string, Trace>();
  const add = (text: string, before: 0 | 1 = 0, after: 0 | 1 = 0): void => {
    if (text !== '' && !traces.has(text)) traces.set(text, { text, name, before, after });
  };
  add(value);
  for (const text of percentEncoded(value)) add(text);
  const json = JSON.stringify(value).slice(1, -1);
  const ascii = json.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  // Go and PHP escape these as well, so that JSON can stand in HTML.
  const unmarked = ascii.replace(/[<>&']/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
  for (const text of [json, ascii, unmarked]) {
    add(text);
    add(text.replaceAll('/', '\\/'));
  }
  const html = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  add(html);
  add(html.replaceAll('"', '&quot;').replaceAll("'", '&#39;'));
  add(html.replaceAll('"', '&#34;').replaceAll("'", '&#x27;'));
  for (const { text, before, after } of base64Of(Buffer.from(value, 'utf8'))) {
    add(text, before, after);
    add(text.replaceAll('+', '-').replaceAll('/', '_'), before, after);
    for (const encoded of percentEncoded(text)) add(encoded, before, after);
  }
  return [...traces.values()];
}

function percentEncoded(value: string): string[] {
  const wellFormed = Buffer.from(value, 'utf8').toString('utf8');
  const component = encodeURIComponent(wellFormed);
  const strict = component.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const all = [component, strict, encodeURI(wellFormed), strict.replaceAll('%20', '+')];
  return [...all, ...all.map((text) => text.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase()))];
}

/**
 * The characters of base64 (RFC 4648 section 4) that these bytes alone decide, when 0, 1 or 2 bytes of something
 * else come before them (modulo 3).
 */
function base64Of(bytes: Buffer): Pick<Trace, 'text' | 'before' | 'after'>[] {
  return ([0, 1, 2] as const).map((offset) => {
    const bits = (offset + bytes.length) * 8;
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const text = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
    return { text, before: offset === 0 ? 0 : 1, after: bits % 6 === 0 ? 0 : 1 };
  });
}

/** Where secrets stand. */
function spansOf(text: string, traces: readonly Trace[]): Span[] {
  const cut = text.length < longText ? [] : traces.flatMap((trace) => cutOff(text, trace));
  return cut.concat(wholeSpans(text, traces));
}

/** A long text may have been cut in the middle of a secret. */
function cutOff(text: string, trace: Trace): Span[] {
  for (let length = trace.text.length - 1; length >= shortestHidden; length -= 1) {
    if (!text.endsWith(trace.text.slice(0, length))) continue;
    return [{ from: text.length - length - trace.before, to: text.length, name: trace.name }];
  }
  return [];
}

function wholeSpans(text: string, traces: readonly Trace[]): Span[] {
  return traces.flatMap((trace) =>
    positionsOf(text, trace.text).map((at) => ({
      from: Math.max(0, at - trace.before),
      to: Math.min(text.length, at + trace.text.length + trace.after),
      name: trace.name,
    })),
  );
}

function positionsOf(text: string, part: string): number[] {
  const positions: number[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) positions.push(at);
  return positions;
}

/** Spans that overlap become one; it bears the names of those that no longer one among them contains. */
function replaceSpans(text: string, spans: readonly Span[]): string {
  const ordered = spans.toSorted((a, b) => a.from - b.from || b.to - a.to);
  let result = '';
  let end = 0;
  for (const span of ordered) {
    if (span.to <= end) continue;
    const name = placeholder(span.name);
    if (span.from >= end) result += text.slice(end, span.from) + name;
    else if (!result.endsWith(name)) result += name;
    end = span.to;
  }
  return result + text.slice(end);
}
