/** Where an HTTP answer sends its client next, and whether it is followed there. */
import { z } from 'zod';

/** How many redirects are followed. */
export const redirectLimit = 5;

/** Why a redirect was not followed. */
export const redirectFaultSchema = z.enum(['circle', 'too-many', 'to-plain', 'other-scheme', 'no-location']);
export type RedirectFault = z.infer<typeof redirectFaultSchema>;

export type Next =
  | { readonly url: string; readonly fault: null }
  | { readonly url: string | null; readonly fault: RedirectFault };

const redirects: readonly number[] = [301, 302, 303, 307, 308];

/** RFC 9110 section 15.4: these ask for another request; 300 and 304 don't. */
export function isRedirect(status: number): boolean {
  return redirects.includes(status);
}

/** `visited`: the URLs asked so far, the one that gave this answer last. */
export function next(location: string | undefined, visited: readonly string[]): Next {
  const from = visited.at(-1) ?? '';
  if (location === undefined || location.length > 2048 || !URL.canParse(location, from)) {
    return { url: null, fault: 'no-location' };
  }
  const to = new URL(location, from);
  // A stranger's user and password are nobody's to send (RFC 9110 section 4.2.4); a fragment is not sent at all.
  to.username = '';
  to.password = '';
  to.hash = '';
  const url = to.href;
  if (to.protocol !== 'http:' && to.protocol !== 'https:') return { url, fault: 'other-scheme' };
  if (to.protocol === 'http:' && from.startsWith('https:')) return { url, fault: 'to-plain' };
  if (visited.includes(url)) return { url, fault: 'circle' };
  if (visited.length > redirectLimit) return { url, fault: 'too-many' };
  return { url, fault: null };
}

/** Where an answer points to, as it may be shown: its query can be a ticket that lets others in. */
export const withoutQuery = (location: string): string => location.replace(/\?.*/s, '?…');

export function redirectWords(fault: RedirectFault): string {
  const words: Readonly<Record<RedirectFault, string>> = {
    circle: 'a circle of redirects',
    'too-many': `more than ${redirectLimit} redirects`,
    'to-plain': 'not followed: it leaves https',
    'other-scheme': 'not followed: neither http nor https',
    'no-location': 'without a place to go to',
  };
  return words[fault];
}
