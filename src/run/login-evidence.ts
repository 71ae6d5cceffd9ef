/** A login as evidence: which way, what decided it, which key was shown and which is known, what was tried. */
import type { LoginTrace } from '../check.ts';

/** As it stands before a port (RFC 3986 section 3.2.2). */
export const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

const place = ({ keyword, file, line }: NonNullable<LoginTrace['decided']>[number]) =>
  `${keyword} (${file}:${line})`;

/** A line each; of what is not known there is none. */
export function loginLines(trace: LoginTrace): string[] {
  const { address, port, user, transport, hops = [], decided = [], hostKey, knownKeys, methods } = trace;
  const between = hops.length > 0 ? `, by way of ${hops.join(', ')}` : '';
  const tried = methods.filter((method) => method !== 'none');
  const takes = trace.takes ?? [];
  return [
    `way: ${user}@${bracketed(address)}:${port}${between}, by ${transport}`,
    ...(decided.length > 0 ? [`decided: ${decided.map(place).join(', ')}`] : []),
    ...(hostKey ? [`shown: ${hostKey.type} ${hostKey.fingerprint}`] : []),
    ...knownKeys.map(
      (key) =>
        `${key.revoked ? 'revoked' : 'known'}: ${key.type} ${key.fingerprint} (${key.file}:${key.line})`,
    ),
    ...tried.map((method) => `tried: ${method}`),
    ...(takes.length > 0 ? [`the server takes: ${takes.join(', ')}`] : []),
    ...(trace.server ? [`server: ${trace.server}`] : []),
    ...trace.notes.map((note) => `note: ${note}`),
  ];
}
