import { expect, it } from 'vitest';
import type { ContainerPlace } from '../../../src/net/containers.ts';
import { changeOf } from '../../../src/net/nginx-host/change.ts';
import { judgeTarget, type ServicePlace, type Surroundings } from '../../../src/net/nginx-host/target.ts';

const container = (name: string, address: string, more: Partial<ContainerPlace> = {}): ContainerPlace => ({
  engine: 'docker',
  name,
  id: name,
  pid: 7,
  hostNetwork: false,
  rootless: false,
  addresses: [{ network: 'viworks', address }],
  aliases: [],
  published: [{ containerPort: 8081, hostAddress: '0.0.0.0', hostPort: 18081 }],
  mounts: [],
  startedAt: '2026-11-24T08:00:00Z',
  ...more,
});
const agent = container('agent', '172.18.0.3');
const proxy = container('nginx', '172.18.0.2');
const host = { own: ['127.0.0.1', '192.0.2.10'], proxy: null, service: null, there: [] };
const bare: ServicePlace = {
  service: 'agent-server',
  port: 8081,
  otherPorts: [8080],
  samePath: [],
  container: null,
  sameHost: true,
  address: '192.0.2.10',
  path: null,
};
const inside = { ...bare, container: 'agent' };
const away = { ...bare, sameHost: false };
const there = { ...host, there: ['192.0.2.20'] };

const cases: [string, number | null, string[], ServicePlace, Surroundings, string, number?][] = [
  ['loopback of the host', 8081, ['127.0.0.1', '::1'], bare, host, 'right'],
  ['an address of the host', 8081, ['192.0.2.10'], bare, host, 'right'],
  ['another port of the host', 8080, ['127.0.0.1'], bare, host, 'wrong', 8081],
  ['another instance', 8080, ['127.0.0.1'], { ...bare, samePath: [8080] }, host, 'right'],
  ['another host', 8081, ['192.0.2.77'], bare, host, 'wrong'],
  ['addresses of the host that are not known', 8081, ['192.0.2.77'], bare, { ...host, own: null }, 'unknown'],
  ['a Unix socket', null, [], bare, host, 'unknown'],
  ['a name that did not resolve', 8081, [], bare, host, 'unknown'],
  ["a container's loopback is not the host", 8081, ['127.0.0.1'], bare, { ...host, proxy }, 'wrong'],
  ['the host, from a container', 8081, ['192.0.2.10'], bare, { ...host, proxy }, 'right'],
  ['the address of the container', 8081, ['172.18.0.3'], inside, { ...host, proxy, service: agent }, 'right'],
  ['another port of it', 8080, ['172.18.0.3'], inside, { ...host, proxy, service: agent }, 'wrong', 8081],
  ['another container', 8081, ['172.18.0.9'], inside, { ...host, proxy, service: agent }, 'wrong'],
  ['the published port', 18081, ['127.0.0.1'], inside, { ...host, service: agent }, 'right'],
  [
    'the port inside, asked of the host',
    8081,
    ['127.0.0.1'],
    inside,
    { ...host, service: agent },
    'wrong',
    18081,
  ],
  ['a container that does not run', 8081, ['172.18.0.3'], inside, { ...host, proxy }, 'unknown'],
  [
    'the network of the same container',
    8081,
    ['127.0.0.1'],
    inside,
    { ...host, proxy: { ...agent, id: 'nginx' }, service: agent },
    'right',
  ],
  [
    'a container on the network of the host',
    8081,
    ['127.0.0.1'],
    inside,
    { ...host, service: { ...agent, hostNetwork: true } },
    'right',
  ],
  ['the other host', 8081, ['192.0.2.20'], away, there, 'right'],
  ['another port of the other host', 8080, ['192.0.2.20'], away, there, 'wrong', 8081],
  ['a container of the other host', 8080, ['192.0.2.20'], { ...away, container: 'agent' }, there, 'unknown'],
  ['what may be a tunnel', 8081, ['127.0.0.1'], away, there, 'unknown'],
];

it.each(cases)('%s', (_, port, addresses, place, around, verdict, wanted) => {
  const forwarded = { host: 'agent-server', port, file: '/nginx.conf', line: 1 };
  const judged = judgeTarget(forwarded, addresses, place, around);
  expect(judged.verdict).toBe(verdict);
  if (wanted !== undefined) expect(judged).toMatchObject({ onlyPort: true, wanted });
});

const wrongPort = { verdict: 'wrong', why: '', onlyPort: true, wanted: 8081 } as const;

it('names the line to change, and no other port that begins alike', () => {
  const files = new Map([['/a', '# http://a:8080\nset $to "a:8080";\nproxy_pass http://$to; # a:80801\n']]);
  const at = { host: 'a', port: 8080, file: '/a', line: 3 };
  expect(changeOf(files, { ...at, ...wrongPort })).toEqual({
    file: '/a',
    line: 2,
    before: 'set $to "a:8080";',
    after: 'set $to "a:8081";',
  });
  expect(changeOf(files, { ...at, ...wrongPort, verdict: 'right' })).toBeNull();
});

const assigned: [name: string, lines: string[], pass: string, change: string | null][] = [
  [
    'the entry of a map, and not its key',
    ['map $arg_port $to {', '8080 8080;', 'other 8081;', '}'],
    'http://a:$to',
    '2 8080 8081;',
  ],
  ['through another variable', ['set $p 8080;', 'set $to a:$p;'], 'http://${to}', '1 set $p 8081;'],
  ['another use of the same place is none of it', ['proxy_pass http://a:8080;'], 'http://a:$to', null],
  ['a map of another variable', ['map $host $other {', 'default 8080;', '}'], 'http://a:$to', null],
  ['given in two places', ['set $to 8080;', 'set $to 8080;'], 'http://a:$to', null],
];

it.each(assigned)('the port of a variable: %s', (_, lines, pass, change) => {
  const files = new Map([['/a', [...lines, `proxy_pass ${pass};`].join('\n')]]);
  const at = { host: 'a', port: 8080, file: '/a', line: lines.length + 1 };
  const found = changeOf(files, { ...at, ...wrongPort });
  expect(found && `${found.line} ${found.after}`).toBe(change);
});
