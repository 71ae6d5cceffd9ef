/** The words of the checks over the wire, as the table shows them. */
import { expect, it } from 'vitest';
import { tls } from '../../checks/tls.ts';
import { websocket } from '../../checks/websocket.ts';
import { registry } from '../../src/registry.ts';
import { readFixture, replayFixture } from '../support/fixture.ts';

it.each([
  ['dns/dns.nxdomain-missing', ['name does not exist']],
  ['dns/dns.nxdomain-impossible', ['no such name can exist']],
  ['dns/dns.wrong-address-one', ['127.0.0.21 instead of 127.0.0.10']],
  ['port/port.refused-closed', ['connection refused']],
  ['port/port.timeout-filtered', ['no answer in time']],
  ['port/port.partial-one-refused', ['connection refused (127.0.0.30)']],
  ['tls/tls.not-tls-alone', ['no TLS on that port: SSH']],
  [
    'tls/tls.wrong-name-one-of-two',
    ['the certificate is for other.example.com, not for agent.example.com (127.0.0.14)'],
  ],
  ['http/http.bad-gateway-502', ['502 Bad Gateway instead of 2xx']],
  ['http/http.not-http-ssh', ['SSH instead of HTTP']],
  ['http/http.timeout-silent', ['connected, and no answer in time']],
  [
    'http/http.body-json',
    [
      'status = "degraded" instead of status = "healthy"',
      'checks.0.ok = false instead of checks.0.ok = true',
    ],
  ],
  ['http/dns.nxdomain-after-redirect', ['name does not exist, after a redirect to missing.example.com']],
  ['http/port.refused-after-redirect', ['connection refused, after a redirect to shut.example.com']],
  ['http/http.status-one-of-two', ['404 Not Found instead of 2xx (127.0.0.21)']],
  ['websocket/websocket.not-found-404', ['404 Not Found instead of 101 Switching Protocols']],
  [
    'websocket/websocket.rejected-redirect',
    ['301 Moved Permanently to https://agent.example.com/ws/agent instead of 101 Switching Protocols'],
  ],
  ['websocket/websocket.bad-accept-no-upgrade', ['101, and no Upgrade header with it']],
  ['websocket/websocket.closed-1011', ['closed right after 101 with code 1011: says the server']],
  ['websocket/websocket.no-pong-mute', ['open, and no answer to a ping in time']],
  ['network/observer.offline-no-address', ['this machine is offline: no address but loopback']],
] as const)('%s', async (name, says) => {
  const fixture = readFixture(`${name}.json`);
  const check = registry[fixture.kind];
  if (!check) throw new Error(`no kind ${fixture.kind}`);
  const { verdict } = await replayFixture(check, fixture);
  expect(verdict.findings.map((finding) => check.findings[finding.code]?.says(finding))).toEqual(says);
});

it('says of a good certificate whose it is, and how long it lasts', async () => {
  const { verdict } = await replayFixture(tls, readFixture('tls/pass-one.json'));
  expect(verdict.observed).toBe('agent.example.com, 82 days left, TLS 1.3');
});

it('gives every fault of a certificate, not only the first', async () => {
  const { verdict } = await replayFixture(tls, readFixture('tls/tls.expired-and-wrong-name.json'));
  expect(verdict.findings.map(({ code }) => code).sort()).toEqual(['tls.expired', 'tls.wrong-name']);
});

it.each([
  ['70s', 'Stays open 70s without a byte'],
  [90_000, 'Stays open 90s without a byte'],
  [null, 'WebSocket upgrade'],
])('what is held idle for %s is labelled so', (idle, label) => {
  expect(websocket.label(websocket.options.parse({ url: 'wss://a.example.com/ws', idle }))).toBe(label);
});
