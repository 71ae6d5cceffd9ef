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
      'kind = "websocket"\nurl = "wss://example.com/ws"\nidle = "70s"',
      'kind = "config"\nfile = "/etc/agent.toml"\nexpect = { "server.port" = 8081, \'hosts."b.c".up\' = true }',
      'kind = "journal"\nunit = "nginx"\nunwanted = "emerg"\nsince = "1h"',
      'kind = "journal"\ncontainer = "nginx"\nexpect = "ready"',
      'kind = "command"\nargv = ["systemctl", "is-system-running"]\nexit_code = 1\noutput = "^degraded$"',
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
    { idle: '70s' },
    { file: '/etc/agent.toml', expect: { 'server.port': 8081, 'hosts."b.c".up': true }, container: null },
    { unit: 'nginx', container: null, expect: null, unwanted: 'emerg', since: '1h' },
    { unit: null, container: 'nginx', expect: 'ready', since: 'start' },
    { argv: ['systemctl', 'is-system-running'], exitCode: 1, output: '^degraded$' },
  ]);
});

test('and refuse what is none', () => {
  const loaded = checks(
    'kind = "dns"\nhost = ""\nresolvesTo = ["192.0.2.1"]',
    'kind = "http"\nurl = "ftp://user:hunter2-x@example.com/"\nmethod = "POST"\nexpect = { status = "20x" }',
    'kind = "port"\nhost = "example.com"\nport = "22"',
    'kind = "command"\nargv = []',
    'kind = "command"\nargv = ["-rf"]\noutput = "("',
    'kind = "config"\nfile = "agent.toml"\nexpect = { a..b = 1 }'.replace('a..b', '"a..b"'),
    'kind = "journal"\nunit = "a@.service"\nexpect = "x"',
    'kind = "journal"\nexpect = "x"',
    'kind = "journal"\nunit = "x"\nsince = "yesterday"\nunwanted = "y"',
    'kind = "journal"\nunit = "x"',
    'kind = "websocket"\nurl = "wss://example.com/ws"\nidle = 0',
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
    viworks-doctor.toml:20:1: checks[3].argv: does not begin with a program; write argv = ["systemctl", "is-active", "agent.service"]
    viworks-doctor.toml:24:1: checks[4].argv: does not begin with a program; write argv = ["systemctl", "is-active", "agent.service"]
    viworks-doctor.toml:25:1: checks[4].output: is "(": a regular expression
    viworks-doctor.toml:29:1: checks[5].file: is "agent.toml": a whole path, which begins with "/"; it is: whole path of the file
    viworks-doctor.toml:30:12: checks[5].expect."a..b": is no dotted path
    viworks-doctor.toml:34:1: checks[6].unit: is "a@.service": a unit: agent.service, or agent
    viworks-doctor.toml:36:3: checks[7]: is of nothing; write unit or container as well
    viworks-doctor.toml:44:1: checks[8].since: is "yesterday": a duration: 500ms, 5s, 2m, 1h or 7d
    viworks-doctor.toml:46:3: checks[9]: looks for nothing; write expect, unwanted or both
    viworks-doctor.toml:54:1: checks[10].idle: is 0, and must be at least 1
    "
  `);
});
