/** What engines say of containers, as one shape; who could not be asked, and why; where files and addresses are. */
import { describe, expect, it } from 'vitest';
import type { Answer, Failure, Vantage } from '../../src/check.ts';
import {
  endingWords,
  isRestarting,
  isUnsettled,
  notPublished,
  upSeconds,
} from '../../src/net/container-state.ts';
import {
  type ContainerPlace,
  containerNamePattern,
  containerPlace,
  hostPath,
  inspectContainer,
  placeOfContainer,
  readContainerFile,
} from '../../src/net/containers.ts';
import { addressesInside, lookAtProcessesOf, reachableIn } from '../../src/net/inside.ts';
import { inspectFormat, parseInspect } from '../../src/net/inspect.ts';

const id = '2068d49157cccd76c337779ef9835c9b41b2f3087071c02b1ffe4bdcb6de50dc';
const state = { Status: 'running', Pid: 281, ExitCode: 0, StartedAt: '2026-11-24T07:28:40Z' };

/** As the engine prints it, for the fields that are asked for. */
const printed = (more: Record<string, unknown> = {}) =>
  JSON.stringify({
    id,
    name: '/agent',
    state,
    restarts: 0,
    mode: 'backend',
    network: {},
    mounts: [],
    ...more,
  });
const parsed = (more?: Record<string, unknown>) => {
  const container = parseInspect(printed(more), 'docker', 'agent');
  if (!container) throw new Error('not read');
  return container;
};

describe('parseInspect', () => {
  it('asks for no environment, no labels and no command', () => {
    expect(inspectFormat).not.toMatch(/Env|Labels|Cmd|Args|json \.Config\}|json \.HostConfig\}|json \.\}/);
  });

  it('reads published ports, wherever they are', () => {
    const Ports = {
      '8081/tcp': [
        { HostIp: '', HostPort: '18081' },
        { HostIp: '127.0.0.1', HostPort: '18082' },
      ],
      '8082/udp': [{ HostIp: '0.0.0.0', HostPort: '18083' }],
      '9999/tcp': null,
    };
    expect(parsed({ network: { Ports } }).published).toEqual([
      { containerPort: 8081, hostAddress: '0.0.0.0', hostPort: 18081 },
      { containerPort: 8081, hostAddress: '127.0.0.1', hostPort: 18082 },
    ]);
    expect(parsed({ network: { Ports: null } }).published).toEqual([]);
  });

  it('reads networks, addresses and names', () => {
    const Networks = {
      backend: {
        IPAddress: '172.18.0.2',
        GlobalIPv6Address: 'fd00::2',
        Aliases: ['server', id.slice(0, 12)],
      },
      monitoring: { IPAddress: '172.19.0.2', Aliases: null, DNSNames: ['agent', 'watched'] },
      bridge: { IPAddress: '' },
    };
    expect(parsed({ network: { Networks } })).toMatchObject({
      networks: ['backend', 'monitoring', 'bridge'],
      addresses: [
        { network: 'backend', address: '172.18.0.2' },
        { network: 'backend', address: 'fd00::2' },
        { network: 'monitoring', address: '172.19.0.2' },
      ],
      aliases: [
        { network: 'backend', names: ['agent', 'server', id.slice(0, 12)] },
        { network: 'monitoring', names: ['agent', 'watched'] },
        { network: 'bridge', names: [] },
      ],
    });
  });

  const differences: [string, Record<string, unknown>, Record<string, unknown>][] = [
    ['Podman behind the name of Docker', { state: { ...state, OciVersion: '1.0.2' } }, { engine: 'podman' }],
    ['a name without a slash', { name: 'agent' }, { name: 'agent' }],
    [
      'no networks by name',
      { network: { IPAddress: '10.88.0.2', Networks: null } },
      { addresses: [{ network: 'backend', address: '10.88.0.2' }] },
    ],
    [
      'the old name of health',
      { state: { ...state, Healthcheck: { Status: 'healthy', Log: null } } },
      { health: { status: 'healthy', output: '', exitCode: null } },
    ],
    [
      'a health of nothing',
      { state: { ...state, Health: { Status: '', FailingStreak: 0, Log: null } } },
      { health: null },
    ],
    ['mounts that are null', { mounts: null }, { mounts: [] }],
    ["a user's own engine", { network: { SandboxKey: '/run/user/1000/netns/x' } }, { rootless: true }],
    ['the host’s network', { mode: 'host' }, { hostNetwork: true }],
  ];
  it.each(differences)('takes %s', (_, more, expected) => {
    expect(parsed(more)).toMatchObject(expected);
  });

  it('keeps the start alone of what others wrote', () => {
    const long = 'x'.repeat(100_000);
    const container = parsed({
      image: long,
      state: {
        ...state,
        Error: long,
        Health: { Status: 'unhealthy', FailingStreak: 3, Log: [{ ExitCode: 1, Output: long }] },
      },
      mounts: Array(1000).fill({ Source: long, Destination: long }),
    });
    expect(JSON.stringify(container).length).toBeLessThan(200_000);
    expect(container.health?.output).toHaveLength(500);
  });

  it.each([
    ['nothing', ''],
    ['a list, as without a format', `[${printed()}]`],
    ['another container’s', printed({ name: '/other' })],
    ['one without a state', printed({ state: null })],
  ])('does not read %s', (_, text) => {
    expect(parseInspect(text, 'docker', 'agent')).toBeNull();
  });

  it('takes an id for a name', () => {
    expect(parseInspect(printed(), 'docker', id.slice(0, 12))?.name).toBe('agent');
  });
});

const answered = (exitCode: number, stdout = '', stderr = ''): Answer<'execute'> => ({
  ok: true,
  exitCode,
  stdout,
  stderr,
  truncated: false,
});
const missing: Failure = { ok: false, failure: 'missing', detail: 'no such program' };

/** A host that answers by the first words of what is run there; files by their path. */
function host(
  programs: Readonly<Record<string, Answer<'execute'>>>,
  files: Readonly<Record<string, string>> = {},
): Vantage {
  return {
    name: 'backend',
    execute: async ({ argv }: { argv: readonly string[] }) => {
      const line = argv.join(' ');
      const known = Object.keys(programs).find((words) => line.startsWith(words));
      return known === undefined ? missing : programs[known];
    },
    readFile: async ({ path }: { path: string }) => {
      const text = files[path];
      return text === undefined ? missing : { ok: true, text, truncated: false };
    },
  } as unknown as Vantage;
}

const refused = answered(1, '', 'anything');
const socket = (exitCode: number) => ({ 'sh -c s=': answered(exitCode) });
const user = (uid: string) => ({ 'id -u': answered(0, `${uid}\n`) });

describe('inspectContainer', () => {
  const docker = (more: Record<string, unknown> = {}) => answered(0, printed(more));
  const cases: [string, Readonly<Record<string, Answer<'execute'>>>, unknown][] = [
    ['Docker has it', { 'docker container inspect': docker() }, { engine: 'docker', pid: 281 }],
    [
      'Podman alone has it',
      { 'podman container inspect': docker({ state: { ...state, OciVersion: '1' } }) },
      { engine: 'podman' },
    ],
    [
      'Docker knows no such container',
      { 'docker container inspect': refused, 'docker ps': answered(0), ...user('1000') },
      null,
    ],
    [
      'Podman of root knows none',
      { 'podman container inspect': refused, 'podman ps': answered(0), ...user('0') },
      null,
    ],
    [
      'Podman of another user may not see it',
      { 'podman container inspect': refused, 'podman ps': answered(0), ...user('1000') },
      'denied',
    ],
    ['there is no engine', {}, 'missing'],
    [
      'it is there, and its engine has no such fields',
      { 'docker container inspect': refused, 'docker ps': answered(0, 'e046706a1b73\n'), ...socket(0) },
      'incomplete',
    ],
    [
      'Docker knows none, and Podman of another user may hide it',
      {
        'docker container inspect': refused,
        'docker ps': answered(0),
        'podman container inspect': refused,
        'podman ps': answered(0),
        ...user('1000'),
      },
      'denied',
    ],
    [
      'the socket may not be used',
      { 'docker container inspect': refused, 'docker ps': refused, ...socket(4) },
      'denied',
    ],
    [
      'there is no socket',
      { 'docker container inspect': refused, 'docker ps': refused, ...socket(3) },
      'incomplete',
    ],
    [
      'the engine does not answer',
      { 'docker container inspect': refused, 'docker ps': refused, ...socket(0) },
      'incomplete',
    ],
    [
      'Docker does not run, Podman has it',
      {
        'docker container inspect': refused,
        'docker ps': refused,
        ...socket(3),
        'podman container inspect': docker(),
      },
      { engine: 'podman' },
    ],
    [
      'Docker does not run, and Podman has none of that name',
      {
        'docker container inspect': refused,
        'docker ps': refused,
        ...socket(3),
        'podman container inspect': refused,
        'podman ps': answered(0),
        ...user('0'),
      },
      'incomplete',
    ],
    [
      'what it says is cut off',
      { 'docker container inspect': { ...docker(), truncated: true } as Answer<'execute'> },
      'incomplete',
    ],
  ];
  it.each(cases)('%s', async (_, programs, expected) => {
    const found = await inspectContainer(host(programs), 'agent');
    if (typeof expected === 'string') expect(found).toMatchObject({ ok: false, failure: expected });
    else if (expected === null) expect(found).toEqual({ ok: true, container: null });
    else expect(found).toMatchObject({ ok: true, container: expected });
  });

  it("finds the login user's own where sudo is not shown it, and none where nobody has it", async () => {
    const found = async (own: Answer<'execute'>) => {
      const vantage = {
        name: 'backend',
        execute: async ({ argv, asRoot }: { argv: readonly string[]; asRoot?: true }) => {
          if (argv[0] !== 'podman') return missing;
          if (!asRoot) return own;
          return { ...(argv[1] === 'ps' ? answered(0) : refused), sudo: 'used' };
        },
      } as unknown as Vantage;
      const seen = await inspectContainer(vantage, 'agent');
      return seen.ok ? seen.container?.name : seen.failure;
    };
    expect(await found(docker())).toBe('agent');
    expect(await found(refused)).toBeUndefined();
  });
  it('takes addresses and ports from the container whose network it shares', async () => {
    const other = 'a'.repeat(64);
    const network = { Networks: { backend: { IPAddress: '172.18.0.9' } } };
    const shares = answered(0, printed({ mode: `container:${other}` }));
    const owner = answered(0, printed({ id: other, name: '/owner', network }));
    const programs = {
      ...Object.fromEntries([[`docker container inspect --format ${inspectFormat} ${other}`, owner]]),
      'docker container inspect': shares,
    };
    expect(await inspectContainer(host(programs), 'agent')).toMatchObject({
      container: { name: 'agent', addresses: [{ network: 'backend', address: '172.18.0.9' }] },
    });
  });
});

describe('containerPlace', () => {
  const place = placeOfContainer(parsed()) as ContainerPlace;
  const paused = answered(0, printed({ state: { ...state, Status: 'paused' } }));

  it('needs no engine where an earlier check found it', async () => {
    expect(await containerPlace(host({}), 'agent', { container: place })).toEqual({ ok: true, place });
  });
  it('is the host itself without a name', async () => {
    expect(await containerPlace(host({}), null, { container: place })).toEqual({ ok: true, place: null });
  });
  it('tells one that does not run from one that could not be asked about', async () => {
    const gone = await containerPlace(host({ 'docker container inspect': paused }), 'agent', {});
    expect(gone).toMatchObject({ ok: true, place: null, gone: { says: 'its container agent is paused' } });
    expect(await containerPlace(host({}), 'agent', {})).toMatchObject({ ok: false, failure: 'missing' });
  });
  it.each(['-rf', '--help', '', '../etc', 'a b', 'a;b', 'a'.repeat(256)])('%j is no name', (name) => {
    expect(containerNamePattern.test(name)).toBe(false);
  });
});

describe('readContainerFile', () => {
  const read = (answer: Answer<'execute'>, path = '/app/agent.toml', maxBytes?: number) =>
    readContainerFile(host({ 'sh -c engine=': answer }), { engine: 'docker', name: 'agent' }, path, maxBytes);
  it.each([
    [answered(0, 'port = 8081\n'), { ok: true, text: 'port = 8081\n', truncated: false }],
    [answered(0, ''), { ok: true, text: '', truncated: false }],
    [answered(40), { ok: false, failure: 'missing' }],
    [answered(41), { ok: false, failure: 'unsupported' }],
    [answered(42), { ok: false, failure: 'missing' }],
    [answered(43), { ok: false, failure: 'missing' }],
  ])('%j', async (answer, expected) => {
    expect(await read(answer)).toMatchObject(expected);
  });
  it('says that it is longer', async () => {
    expect(await read(answered(0, 'äöü'), '/f', 4)).toMatchObject({ text: 'äö', truncated: true });
  });
  it('takes absolute paths alone', async () => {
    expect(await read(answered(0), 'app/agent.toml')).toMatchObject({ failure: 'unsupported' });
  });
});

it.each([
  ['/app/config/agent.toml', '/opt/viworks/config/agent.toml'],
  ['/app/config', '/opt/viworks/config'],
  ['/app/config/../config/agent.toml', '/opt/viworks/config/agent.toml'],
  ['/app/config/own/agent.toml', '/srv/own files/agent.toml'],
  ['/app/configuration.toml', null],
  ['/etc/agent.conf', '/etc/viworks.conf'],
  ['/run/agent', null],
])('hostPath %s → %s', (path, expected) => {
  const mounts = [
    { source: '/opt/viworks/config', destination: '/app/config' },
    { source: '/srv/own files', destination: '/app/config/own' },
    { source: '/etc/viworks.conf', destination: '/etc/agent.conf' },
    { source: '', destination: '/run' },
  ];
  expect(hostPath({ mounts }, path)).toBe(expected);
});

describe('reachableIn', () => {
  const addresses = [
    { network: 'backend', address: '172.18.0.2' },
    { network: 'backend', address: 'fd00::2' },
  ];
  const inside = { hostNetwork: false, rootless: false, addresses };
  const v4 = { address: '172.18.0.2', family: 4 };
  const v6 = { address: 'fd00::2', family: 6 };
  it.each([
    ['0.0.0.0', null, [v4]],
    ['*', false, [v4, v6]],
    ['::', null, [v4, v6]],
    ['::', true, [v6]],
    ['172.18.0.2', null, [v4]],
    ['127.0.0.1', null, []],
    ['::1', null, []],
  ])('%s %s', (address, v6only, expected) => {
    expect(reachableIn(inside, { address, device: null, v6only })).toEqual(expected);
  });
  it('is nowhere where the engine is a user’s own, and loopback on the host’s network', () => {
    const everywhere = { address: '0.0.0.0', device: null, v6only: null };
    expect(reachableIn({ ...inside, rootless: true }, everywhere)).toEqual([]);
    expect(reachableIn({ ...inside, hostNetwork: true }, everywhere)).toEqual([
      { address: '127.0.0.1', family: 4 },
    ]);
  });
});

describe('lookAtProcessesOf', () => {
  const place = { ...(placeOfContainer(parsed()) as ContainerPlace), pid: 281 };
  const list =
    '1 0 root Ss init\n260 1 root Sl shim\n281 260 root Ss node serve.cjs\n300 281 app S worker\n400 1 root S node serve.cjs\n';
  const ps = { 'ps -ww': answered(0, list) };
  it('is the family of the first process', async () => {
    const found = await lookAtProcessesOf(host(ps), place);
    expect(found.ok && found.inside.map(({ pid }) => pid)).toEqual([281, 300]);
    expect(found.ok && found.processes).toHaveLength(5);
  });
  it('asks the engine where the list hides them', async () => {
    const top = 'PID PPID USER STAT COMMAND\n281 260 root Ss node serve.cjs\n';
    const found = await lookAtProcessesOf(
      host({ 'ps -ww': answered(0, '1 0 root Ss init\n'), 'docker top agent': answered(0, top) }),
      place,
    );
    expect(found).toMatchObject({
      ok: true,
      tool: 'top',
      hidden: false,
      inside: [{ pid: 281, args: 'node serve.cjs' }],
    });
  });
  it('says so where neither shows them', async () => {
    const found = await lookAtProcessesOf(host({ 'ps -ww': answered(0, '1 0 root Ss init\n') }), place);
    expect(found).toMatchObject({ ok: false, failure: 'incomplete' });
  });
  it('reads the hosts file of the container', async () => {
    const text =
      '127.0.0.1 localhost\n192.0.2.10\tAgent.example.com agent # own\nnonsense agent.example.com\n';
    const files = { '/proc/281/root/etc/hosts': text };
    expect(await addressesInside(host({}, files), place, 'agent.example.com')).toEqual([
      { address: '192.0.2.10', family: 4 },
    ]);
    expect(await addressesInside(host({}), place, 'agent.example.com')).toEqual([]);
  });
});

describe('how a container runs and ends', () => {
  it.each([
    [{ status: 'exited', exitCode: 3 }, 'exited with code 3'],
    [{ status: 'exited', exitCode: 0, restarts: 1 }, 'exited with code 0, after 1 restart'],
    [{ status: 'exited', exitCode: 137 }, 'exited with code 137 (signal 9)'],
    [{ status: 'exited', exitCode: 137, oomKilled: true }, 'killed: out of memory, exit code 137'],
    [
      { status: 'created', error: 'port is already allocated\nmore' },
      'created and never started: port is already allocated',
    ],
    [{ status: 'dead', exitCode: 1 }, 'dead with code 1'],
  ])('%j: %s', (more, words) => {
    expect(endingWords({ ...parsed(), ...more })).toBe(words);
  });

  const earlier = { status: 'running', restarts: 2, startedAt: '', upSeconds: 3 };
  it.each([
    ['waits to be started', { status: 'restarting', restarts: 1 }, null, null, true],
    ['never restarted', { status: 'running', restarts: 0 }, 5, null, false],
    ['restarted long ago', { status: 'running', restarts: 2 }, 90, null, false],
    ['restarted just now, twice seen', { status: 'running', restarts: 2 }, 5, earlier, true],
    ['restarted in between', { status: 'running', restarts: 3 }, 1, earlier, true],
    ['gave up in between', { status: 'exited', restarts: 3 }, null, earlier, false],
  ])('%s', (_, seen, up, before, expected) => {
    expect(isRestarting(seen, up, before)).toBe(expected);
  });
  it('looks again where one look does not tell', () => {
    expect(isUnsettled({ status: 'running', restarts: 1 }, 10)).toBe(true);
    expect(isUnsettled({ status: 'running', restarts: 1 }, 70)).toBe(false);
    expect(isUnsettled({ status: 'running', restarts: 0 }, 10)).toBe(false);
  });
  it('counts from its start', () => {
    expect(
      upSeconds(
        { status: 'running', startedAt: '2026-11-24T07:28:40.5Z' },
        Date.parse('2026-11-24T07:28:50.5Z'),
      ),
    ).toBe(10);
    expect(upSeconds({ status: 'exited', startedAt: '2026-11-24T07:28:40Z' }, 0)).toBeNull();
    expect(upSeconds({ status: 'running', startedAt: '' }, 0)).toBeNull();
  });
  it('wants needed ports where others reach them', () => {
    const published = [
      { containerPort: 8081, hostAddress: '::', hostPort: 1 },
      { containerPort: 8082, hostAddress: '127.0.0.1', hostPort: 2 },
    ];
    const open = notPublished({ hostNetwork: false, published }, [8080, 8081, 8082]);
    expect(open.map(({ port, only }) => [port, only.length])).toEqual([
      [8080, 0],
      [8082, 1],
    ]);
    expect(notPublished({ hostNetwork: true, published: [] }, [8080])).toEqual([]);
  });
});
