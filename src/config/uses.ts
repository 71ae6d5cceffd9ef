/** What a value is used as: that decides whether the environment may put it in openly. */
import type { Path } from './words.ts';

/**
 * `public`: shown in reports. `number`: the same, and a number. `url`: public up to its query. `header`: secret, and
 * held to what a header can hold. `json`: secret, and any value. `secret`: everything else.
 */
export type Use = 'public' | 'number' | 'url' | 'header' | 'json' | 'secret';

const numbers = new Set(['port', 'listen', 'process_count', 'cert_days', 'count', 'exit_code']);
const urls = new Set(['url', 'health', 'websocket', 'path']);
/** Options of `[[checks]]` that are addresses, names, files or durations, whatever the kind. */
const publicOptions = new Set(
  'kind name from host address server resolves_to unit process container user tls file timeout since idle'.split(
    ' ',
  ),
);

export function useOf(path: Path): Use {
  const [section, , key, ...deeper] = path;
  const last = path.findLast((part) => typeof part === 'string') ?? '';
  const ordinary: Use = numbers.has(String(last)) ? 'number' : 'public';
  if (section === 'title' || section === 'defaults' || section === 'hosts' || section === 'proxies')
    return ordinary;
  if (typeof key !== 'string' || !['endpoints', 'services', 'checks'].includes(String(section)))
    return 'secret';
  if (key === 'headers') return 'header';
  if (key === 'expect') return deeper[0] === 'json' ? 'json' : 'secret';
  if (key === 'runbook') return 'secret';
  if (section === 'services' && ['expect', 'unwanted'].includes(String(deeper[0]))) return 'secret';
  if (section === 'checks') {
    if (deeper.length === 0 && urls.has(key)) return 'url';
    return publicOptions.has(key) || (deeper.length === 0 && numbers.has(key)) ? ordinary : 'secret';
  }
  return urls.has(String(last)) ? 'url' : ordinary;
}
