import { describe, expect, test } from 'vitest';
import { plainSsh } from '../../src/config/config.ts';
import { formatErrors } from '../../src/config/load.ts';
import { configFromTargets } from '../../src/config/targets.ts';
import { redactor } from '../../src/vantage/redact.ts';
import { errorsOf, good } from './support.ts';

describe('targets as people write them', () => {
  test.each([
    ['wss://agent.example.com/ws/agent', 'agent-example-com', 'wss://agent.example.com/ws/agent', 443],
    ['https://example.com/api?x=1', 'example-com', 'https://example.com/api?x=1', 443],
    ['tcp://db:5432', 'db', 'tcp://db:5432', 5432],
    ['tls://mail:993', 'mail', 'tls://mail:993', 993],
    ['example.com', 'example-com', 'https://example.com/', 443],
    ['example.com:8443', 'example-com', 'https://example.com:8443/', 8443],
    ['Example.COM/Path', 'example-com', 'https://example.com/Path', 443],
    ['http://[2001:db8::1]:8080/', '2001-db8--1', 'http://[2001:db8::1]:8080/', 8080],
    ['[::1]:8443', '1', 'https://[::1]:8443/', 8443],
    ['http://my_service/', 'my-service', 'http://my_service/', 80],
    ['bücher.example', 'xn--bcher-kva-example', 'https://xn--bcher-kva.example/', 443],
  ])('%s', (target, name, url, port) => {
    const { config, secrets } = good(configFromTargets([target]));
    expect(Object.entries(config.endpoints)).toMatchObject([[name, { url, port }]]);
    expect(secrets).toEqual([]);
    expect(config.hosts).toEqual({});
  });

  test.each([
    ['ssh://root@backend.example.com', 'backend-example-com', 'backend.example.com', 'root', null],
    ['ssh://backend:2222/', 'backend', 'backend', null, 2222],
    ['SSH://ops@[2001:db8::1]:22', '2001-db8--1', '2001:db8::1', 'ops', 22],
    ['ssh://local', 'local-2', 'local', null, null],
  ])('%s', (target, name, address, user, port) => {
    const { config } = good(configFromTargets([target]));
    const ssh = { ...plainSsh, user, port };
    expect(config.hosts).toEqual({ [name]: { address, local: false, ssh } });
    expect(config.endpoints).toEqual({});
  });

  test('a name that is taken gets a number', () => {
    const { config } = good(configFromTargets(['a.b', 'http://a.b', 'a-b', 'ssh://a.b', 'ssh://a-b']));
    expect(Object.keys(config.endpoints)).toEqual(['a-b', 'a-b-2', 'a-b-3']);
    expect(Object.keys(config.hosts)).toEqual(['a-b', 'a-b-2']);
  });

  test('the title says what is looked at; options come before defaults', () => {
    const loaded = good(
      configFromTargets(['https://u:pass-word@a.example/x', 'b', 'ssh://c'], { defaults: { timeoutMs: 1 } }),
    );
    expect(loaded.config.title).toBe('a.example and 2 more');
    expect(loaded.config.defaults).toEqual({ timeoutMs: 1, certDays: 21, resolver: null });
  });

  test('a user and password become a header that nobody sees', () => {
    const { config, secrets } = good(configFromTargets(['https://admin:p%40ss-word@example.com/']));
    expect(JSON.stringify(config)).not.toMatch(/ss-word|admin/);
    const header = { Authorization: 'Basic ‹example-com.Authorization›' };
    expect(config.endpoints['example-com']).toMatchObject({ url: 'https://example.com/', headers: header });
    const { reveal, hide } = redactor(secrets);
    expect(reveal(header)).toEqual({ Authorization: `Basic ${btoa('admin:p@ss-word')}` });
    expect(hide(`${btoa('admin:p@ss-word')} p@ss-word p%40ss-word`)).toBe(
      '‹example-com.Authorization› ‹example-com.password› ‹example-com.password›',
    );
  });

  test('all that are wrong are named at once', () => {
    const wrong = [
      '',
      'htps://example.com',
      'gopher://example.com',
      'example.com:0',
      'tcp://db',
      'tcp://db:1/x',
      'https://example.com/#a',
      '::1',
      '-oProxyCommand=x',
      '127.1',
      'ssh://root:hunter2-x@host',
      'ssh://a;id@host',
      'ssh://host/path',
      'ssh://',
      'https://u:hunter2-x/y@host/',
      'https://u:hunter2-x#y@host/',
      'https://u:%zz@host/',
      'tls://u:hunter2-x@mail:993',
      'a\u001b[2Jb',
    ];
    const shown = formatErrors(errorsOf(configFromTargets(['https://fine.example/', ...wrong])));
    expect(shown.trimEnd().split('\n')).toHaveLength(wrong.length);
    expect(shown).not.toMatch(/hunter2|[^\n -~…]/);
    expect(shown).toMatchInlineSnapshot(`
      """: is empty; write a URL, a host or host:port: wss://agent.example.com/ws, example.com, tcp://db:5432
      htps://example.com: has the scheme "htps"; did you mean "https://"?
      gopher://example.com: has the scheme "gopher"; write "http", "https", "ws", "wss", "tcp", "tls" or "ssh"
      example.com:0: has the port "0"; a port is a number from 1 to 65535
      tcp://db: has no port; write "tcp://db:PORT"
      tcp://db:1/x: has a path, and tcp:// has no HTTP in it; write tcp://host:port
      https://example.com/#a: has a fragment, which no server ever sees; leave "#…" out
      ::1: is an IPv6 address; write it in brackets: "[::1]"
      -oProxyCommand=x: has a host that is none: "-oProxyCommand=x" is no host name (RFC 1123 section 2.1); write a name or an address
      127.1: has a host that is none: "127.1" is a number, neither a name nor an address written in full; write a name or an address
      ssh://…@host: has a password in it; leave it out: keys, agents and ~/.ssh/config are used
      ssh://…@host: is no user: "a;id"; a user is letters, digits and "._+-@", and does not begin with "-"
      ssh://host/path: has a path in it; write ssh://user@host:port
      ssh://: has no host; write "user@host", "user@host:port" or "host"
      https://…@host/: has a host or port that cannot be read; percent-encode "/", "?", "#" and "@" in user and password
      https://…@host/: has a fragment, which no server ever sees; leave "#…" out
      https://…@host/: has a user or password that is not percent-encoded well; write "%" as %25
      tls://…@mail:993: has a user in it, and tls:// has no HTTP to send it with; leave it out
      a\\x1b[2Jb: has a host that is none: "a\\u001b[2Jb" has a blank or control character in it; write a name or an address
      "
    `);
  });
});
