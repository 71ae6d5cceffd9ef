import { expect, test } from 'vitest';
import { formatErrors } from '../../src/config/load.ts';
import { registry } from '../../src/registry.ts';
import { errorsOf, good, load } from './support.ts';

const kinds = Object.fromEntries(Object.entries(registry).map(([kind, { options }]) => [kind, options]));
const checks = (...options: string[]) =>
  load(options.map((lines, index) => `[[checks]]\nname = "c${index}"\n${lines}\n`).join(''), { kinds });

test('the kinds that there are take their options as the file spells them', () => {
  const { config } = good(
    checks(
      'kind = "dns"\nhost = "example.com"\nresolves_to = ["192.0.2.1"]',
      'kind = "port"\nhost = "192.0.2.1"\nport = 22',
      'kind = "tls"\nhost = "example.com"\ncert_days = 3\ntls = { ca = "ca.pem" }',
      'kind = "http"\nurl = "https://example.com/"\nheaders = { Authorization = "Bearer ${AGENT_TOKEN}" }\nexpect = { status = [200, "3xx"] }',
      'kind = "websocket"\nurl = "wss://example.com/ws"\nexpect = { upgrade = [101] }',
      'kind = "process"\nprocess = "nginx"\ncount = 4',
      'kind = "netstat"\nport = 8081',
      'kind = "systemd"\nunit = "nginx.service"',
    ),
  );
  expect(config.checks.map(({ options }) => options)).toMatchObject([
    { resolvesTo: ['192.0.2.1'] },
    { port: 22 },
    { certDays: 3, port: 443, tls: { ca: '/etc/doctor/ca.pem' } },
    { headers: { Authorization: 'Bearer ‹AGENT_TOKEN›' }, certDays: 21 },
    { url: 'wss://example.com/ws' },
    { count: 4 },
    { port: 8081, process: null },
    { unit: 'nginx.service' },
  ]);
});

test('and refuse what is none', () => {
  const loaded = checks(
    'kind = "dns"\nhost = ""\nresolvesTo = ["192.0.2.1"]',
    'kind = "http"\nurl = "ftp://user:hunter2-x@example.com/"\nmethod = "POST"\nexpect = { status = "20x" }',
    'kind = "port"\nhost = "example.com"\nport = "22"',
  );
  const shown = formatErrors(errorsOf(loaded));
  expect(shown).not.toContain('hunter2');
  expect(shown).toMatchInlineSnapshot(`
    "viworks-doctor.toml:4:1: checks[0].host: is empty; it is: name or address
    viworks-doctor.toml:5:1: checks[0].resolvesTo: unknown key; did you mean "resolves_to"?
    viworks-doctor.toml:9:1: checks[1].url: is "ftp://…@example.com/": a URL that begins with http:// or https://, without user or password
    viworks-doctor.toml:10:1: checks[1].method: must be "GET", "HEAD" or "OPTIONS", not "POST"
    viworks-doctor.toml:11:12: checks[1].expect.status: is "20x": a status (200), a class ('2xx') or a bound ('<500')
    viworks-doctor.toml:16:1: checks[2].port: must be a whole number, not a string
    "
  `);
});
