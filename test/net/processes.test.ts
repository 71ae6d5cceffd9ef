import { describe, expect, it } from 'vitest';
import {
  ancestors,
  executablesArgv,
  family,
  lookAtProcesses,
  type Process,
  parseExecutables,
  parseProcesses,
  procArgv,
  psArgv,
} from '../../src/net/processes.ts';
import { goesBy, shownName } from '../../src/net/program.ts';
import { localSource } from '../../src/vantage/local.ts';
import { observe } from '../../src/vantage/observe.ts';
import { failure, type Source } from '../../src/vantage/source.ts';
import { needs } from '../support/tools.ts';

const limits = { timeoutMs: 20_000, signal: new AbortController().signal };
const real = localSource({ login: async () => failure('unsupported', 'no login here') });
const withoutPs: Source = {
  ...real,
  execute: async (args, bounds) =>
    args.argv[0] === 'ps' ? failure('missing', 'no program ps') : real.execute(args, bounds),
};

const one = (args: string, state = 'S'): Process => {
  const [process] = parseProcesses(`  7     1 root      ${state}    ${args}\n`, ' ');
  if (!process) throw new Error('no row');
  return process;
};

describe('goesBy', () => {
  it.each([
    ['agent', '/opt/agent/agent --listen 8081'],
    ['viworks-backend-agent', 'viworks-backend-agent'],
    ['/opt/agent/agent', '/opt/agent/agent --listen 8081'],
    ['/opt/my app/agent', '/opt/my app/agent --listen 8081'],
    ['nginx', 'nginx: master process /usr/sbin/nginx -g daemon off;'],
    ['nginx', 'nginx: worker process'],
    ['postgres', 'postgres: writer'],
    ['sshd', 'sshd: root@notty'],
    ['bash', '-bash'],
    ['python3', 'python3 -u /opt/app/serve.py'],
    ['serve.py', 'python3 -u -X dev /opt/app/serve.py --port 8081'],
    ['/opt/app/serve.py', '/usr/bin/python3.11 -W ignore /opt/app/serve.py'],
    ['uvicorn', 'python3 -m uvicorn app:main'],
    ['server.js', 'node --require ./trace.js --inspect=9229 server.js'],
    ['server.js', '/usr/bin/node -- server.js'],
    ['app.jar', 'java -Xmx512m -cp /opt/lib -jar /opt/app.jar --verbose'],
    ['com.example.Main', 'java -cp /opt/lib:/opt/x com.example.Main'],
    ['run.sh', '/bin/sh /opt/run.sh'],
    ['run.sh', 'bash -eu -o pipefail /opt/run.sh'],
    ['work.pl', 'perl -w -I lib /opt/work.pl'],
    ['work.rb', 'ruby -r bundler /opt/work.rb'],
    ['app.dll', 'dotnet /opt/app.dll'],
  ])('%s is %s', (wanted, args) => {
    expect(goesBy(wanted, one(args))).toBe(true);
  });

  it.each([
    ['agent', 'grep agent'],
    ['agent', 'agent2'],
    ['agent', 'sh -c agent --listen'],
    ['agent', 'vim /opt/agent'],
    ['agent', 'tail -f /var/log/agent'],
    ['viworks-backend', 'viworks-backend-agent'],
    ['/opt/agent', '/opt/agent2'],
    ['agent', '[agent]'],
    ['x', 'python3 -c print(1) x'],
    ['trace.js', 'node --require trace.js server.js'],
    ['8081', 'agent 8081'],
  ])('%s is not %s', (wanted, args) => {
    expect(goesBy(wanted, one(args))).toBe(false);
  });

  it('knows the executable when the title says nothing', () => {
    expect(goesBy('agent', one('busy with things'), '/opt/agent/agent')).toBe(true);
    expect(goesBy('/opt/agent/agent', one('busy with things'), '/opt/agent/agent')).toBe(true);
    expect(goesBy('agent', one('busy with things'), '/opt/agent/other')).toBe(false);
  });

  it('knows a zombie by what the kernel has left of its name', () => {
    expect(goesBy('viworks-backend-agent', one('[viworks-backend] <defunct>', 'Z'))).toBe(true);
    expect(goesBy('agent', one('[agent] <defunct>', 'Zs'))).toBe(true);
    expect(goesBy('viworks-backend-agent', one('[viworks] <defunct>', 'Z'))).toBe(false);
  });

  it('takes whole arguments from /proc', () => {
    const [title] = parseProcesses('7 1 0 S redis-server *:6379\x1f\x1f\n', '\x1f');
    const [blank] = parseProcesses('8 1 0 S /opt/my app/agent\x1f--name\x1fa b\n', '\x1f');
    expect([title, blank].map((process) => process && shownName(process))).toEqual(['redis-server', 'agent']);
    expect(blank?.args).toBe('/opt/my app/agent --name a b');
    expect(goesBy('my', blank as Process)).toBe(false);
    expect(goesBy('redis-server', title as Process)).toBe(true);
  });
});

it('walks up and down, also where the list is circular', () => {
  const rows = [
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 2],
    [8, 9],
    [9, 8],
  ];
  const all = rows.map(([pid = 0, ppid = 0]) => ({ ...one('x'), pid, ppid }));
  expect(ancestors(4, all)).toEqual([2, 1]);
  expect(ancestors(8, all)).toEqual([9, 8]);
  expect([...family([2], all)].sort()).toEqual([2, 3, 4]);
});

it('reads executables', () => {
  const text = `lrwxrwxrwx 1 root root 0 Nov 24 06:49 /proc/12/exe -> /opt/my app/agent (deleted)
lrwxrwxrwx 1 root root 0 Nov 24 06:49 /proc/13/exe
lrwxrwxrwx 1 root root 0 Nov 24 06:49 /proc/14/exe -> /usr/bin/python3.11
`;
  expect([...parseExecutables(text)]).toEqual([
    [12, '/opt/my app/agent'],
    [14, '/usr/bin/python3.11'],
  ]);
});

describe.each([
  ['ps', real, needs('procps', '/usr/bin/ps')],
  ['/proc', withoutPs, false],
] as const)('on this machine, by %s', (tool, source, lacks) => {
  it.skipIf(lacks)('sees us, and not its own look', async () => {
    const list = await lookAtProcesses(observe('local', source, limits, []));
    if (!list.ok) throw new Error(list.detail);
    expect(list.tool).toBe(tool);
    const us = list.processes.find(({ pid }) => pid === process.pid);
    expect(us).toMatchObject({ ppid: process.ppid, state: expect.stringMatching(/^[RS]/) });
    expect(list.hidden).toBe(false);
    expect(list.lookedAs).not.toBeNull();
    const own = list.processes.filter(
      ({ args, ppid }) =>
        ppid === process.pid && (args.endsWith(psArgv.join(' ')) || args.includes(procArgv[2].slice(0, 40))),
    );
    expect(own).toEqual([]);
  });
});

it('finds our own executable', async () => {
  const answer = await real.execute({ argv: executablesArgv }, limits);
  const paths = parseExecutables(answer.ok ? answer.stdout : '');
  expect(paths.get(process.pid)).toMatch(/\/node[^/]*$/);
});

describe('what only looks', () => {
  const listing = (rows: string) => {
    const played = {
      ...real,
      execute: async () => ({ ok: true, exitCode: 0, stdout: rows, stderr: '', truncated: false }) as const,
    };
    return lookAtProcesses(observe('gateway', played, limits, []));
  };
  it.each([
    [
      'over SSH',
      '1 0 root S init\n5 1 root S sshd: root@notty\n6 5 root S sh -s\n7 6 root S timeout 5 ps -ww -eo pid=,ppid=,user:32=,stat=,args=\n8 7 root R ps -ww -eo pid=,ppid=,user:32=,stat=,args=\n',
      [1, 5],
    ],
    [
      'here',
      '1 0 root S init\n5 1 al S bash\n6 5 al S node /usr/lib/node_modules/viworks-doctor/dist/main.js run\n7 6 al R ps -ww -eo pid=,ppid=,user:32=,stat=,args=\n',
      [1, 5],
    ],
    [
      'is no process of a service',
      '1 0 root S init\n6 1 root S sh -s\n7 6 root S /opt/agent/agent\n8 6 root R ps -ww -eo pid=,ppid=,user:32=,stat=,args=\n',
      [1, 7],
    ],
  ])('%s', async (_, rows, left) => {
    const list = await listing(rows);
    expect(list.ok && list.processes.map(({ pid }) => pid)).toEqual(left);
  });
});
