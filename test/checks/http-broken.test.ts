/** Answers that begin as HTTP has it, and are none: the words for them, in the table and as a cause. */
import { afterEach, expect, it } from 'vitest';
import { http } from '../../checks/http.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { localSource } from '../../src/vantage/local.ts';
import { observe } from '../../src/vantage/observe.ts';
import { failure } from '../../src/vantage/source.ts';
import { row, topology } from '../support/incidents.ts';
import { answering, greeting, type Listening, silent } from '../support/servers.ts';

const source = localSource({ login: async () => failure('no-session', 'no way in') });
let server: Listening;
afterEach(() => server.close());

const start = 'HTTP/1.1 200 OK\r\n';
const half = `${start}content-length: 100\r\n\r\nhalf`;

it.each([
  [
    'a body that never ends',
    () => answering(half),
    '200 came, and no complete answer in time',
    'TARGET begins to answer (200), and does not end in time',
  ],
  [
    'a body that is broken off',
    () => answering(half, 'end'),
    '200 came, and it was closed before the answer was complete',
    'TARGET breaks its answer (200) off',
  ],
  [
    'a header that is none',
    () => answering(`${start}no colon\r\n\r\n`),
    'malformed HTTP: what came can not be read as HTTP',
    'what answers at TARGET is malformed HTTP: what came can not be read as HTTP',
  ],
  [
    'a header that is too long',
    () => answering(`${start}x: ${'y'.repeat(100_000)}\r\n\r\n`),
    'malformed HTTP: the header is longer than is read (UND_ERR_HEADERS_OVERFLOW)',
    'what answers at TARGET is malformed HTTP: the header is longer than is read (UND_ERR_HEADERS_OVERFLOW)',
  ],
  [
    'another protocol',
    () => greeting('SSH-2.0-OpenSSH_9.2p1\r\n'),
    'SSH instead of HTTP',
    'what answers at TARGET is not HTTP',
  ],
  [
    'nothing',
    silent,
    'connected, and no answer in time',
    'TARGET accepts the connection and gives no answer in time',
  ],
])('%s', async (_, serve, says, title) => {
  server = await serve();
  const url = `http://127.0.0.1:${server.port}/`;
  const vantage = observe('local', source, { timeoutMs: 1000, signal: new AbortController().signal }, []);
  const options = http.options.parse({ url });
  const [finding] = http.judge(await http.look(vantage, options, {}), options).findings;
  if (!finding) throw new Error('no finding');
  expect(http.findings[finding.code]?.says(finding)).toBe(says);
  const result = row('check.api.http', { code: finding.code, values: { ...finding.values } });
  const [cause] = diagnose({ results: [{ ...result, target: url }], topology });
  expect(cause?.title).toBe(title.replace('TARGET', url));
});
