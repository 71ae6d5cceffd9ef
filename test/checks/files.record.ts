/** Makes the fixtures of the checks that read files and logs: `test/checks/record-files.sh`, as root. Read what it wrote. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../src/registry.ts';
import { localSource } from '../../src/vantage/local.ts';
import { failure, type Source } from '../../src/vantage/source.ts';
import { type Docker, images, startDocker } from '../support/docker.ts';
import { recordFixture } from '../support/fixture.ts';

const local = localSource({ login: async () => failure('unsupported', 'no login here') });
let docker: Docker;

beforeAll(async () => {
  const mounts = execFileSync('findmnt', ['-n', '-o', 'FSTYPE', '/srv'], { encoding: 'utf8' });
  if (mounts.trim() !== 'tmpfs')
    throw new Error('this is no /srv of its own: run test/checks/record-files.sh');
  docker = await startDocker();
});
afterAll(() => docker?.close());

interface Case {
  readonly source?: Source;
  readonly played?: string;
  readonly timeoutMs?: number;
}

async function record(kind: string, name: string, options: Record<string, unknown>, more: Case = {}) {
  const check = registry[kind];
  if (!check) throw new Error(`no kind ${kind}`);
  const { source = local, timeoutMs = 5000, ...rest } = more;
  const fixture = await recordFixture(check, name, source, options, { ...rest, timeoutMs });
  const codes = fixture.verdict.findings.map(({ code }) => code);
  if (name.startsWith('pass-')) expect(codes).toEqual([]);
  else expect(codes.some((code) => name.startsWith(`${code}-`))).toBe(true);
}

const write = (path: string, text: string | Buffer, mode = 0o644) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
};

/** Reads as a user who is not root. */
const asNobody: Source = {
  ...local,
  readFile: async (args, limits) => {
    process.seteuid?.(65_534);
    try {
      return await local.readFile(args, limits);
    } finally {
      process.seteuid?.(0);
    }
  },
};

const agentToml = `# the agent of viworks
[agent_management]
bind = "0.0.0.0"
port = 8081

[outbound]
backend_url = "wss://agent.example.com/ws/agent"
token = "not-for-reports"
`;

describe('config', () => {
  const toml = '/srv/agent/agent-outbound.toml';
  const urlIs = (url: string) => ({ 'outbound.backend_url': url });
  const port = { 'agent_management.port': 8081 };

  it('on the host', async () => {
    write(toml, agentToml);
    await record('config', 'pass-toml', {
      file: toml,
      expect: { ...port, ...urlIs('wss://agent.example.com/ws/agent') },
    });
    await record('config', 'pass-readable', { file: toml });
    await record('config', 'pass-secret', { file: toml, expect: { 'outbound.token': 'not-for-reports' } });
    await record('config', 'config.mismatch-port', { file: toml, expect: { 'agent_management.port': 8080 } });
    await record('config', 'config.mismatch-type', {
      file: toml,
      expect: { 'agent_management.port': '8081' },
    });
    await record('config', 'config.mismatch-url', {
      file: toml,
      expect: urlIs('wss://other.example.com/ws/agent'),
    });
    await record('config', 'config.mismatch-secret', { file: toml, expect: { 'outbound.token': 'another' } });
    await record('config', 'config.mismatch-several', {
      file: toml,
      expect: { 'agent_management.port': 9000, 'agent_management.bind': '0.0.0.0', 'outbound.proxy': 'none' },
    });
    await record('config', 'config.missing-host', { file: '/srv/agent/none.toml', expect: port });
    await record('config', 'config.missing-folder', { file: '/srv/agent', expect: port });
  });

  it('in other formats', async () => {
    write(
      '/srv/agent/agent.json',
      '{\n  "servers": [\n    { "port": 8080 },\n    { "port": 8081 }\n  ]\n}\n',
    );
    await record('config', 'pass-json', {
      file: '/srv/agent/agent.json',
      expect: { 'servers.1.port': 8081 },
    });
    write('/srv/agent/agent.yaml', 'hosts:\n  b.example.com:\n    port: 8081\n    tls: yes\n');
    const key = 'hosts."b.example.com".port';
    await record('config', 'pass-yaml', { file: '/srv/agent/agent.yaml', expect: { [key]: 8081 } });
    write('/srv/agent/agent.ini', '[server]\nport = 8081 ; the agents’\n');
    await record('config', 'pass-ini', { file: '/srv/agent/agent.ini', expect: { 'server.port': 8081 } });
    write('/srv/agent/.env', '# set by the deploy\nexport PORT="8081"\n');
    await record('config', 'pass-variables', { file: '/srv/agent/.env', expect: { PORT: 8081 } });
    write('/srv/ssh/sshd_config', '#Port 22\nPort 2222\nAllowTcpForwarding no\n');
    const forwarding = { AllowTcpForwarding: 'yes' };
    await record('config', 'config.mismatch-keyword', { file: '/srv/ssh/sshd_config', expect: forwarding });
    await record('config', 'pass-keyword', { file: '/srv/ssh/sshd_config', expect: { port: 2222 } });
  });

  it('that does not parse', async () => {
    write('/srv/agent/broken.toml', '[agent_management]\nport = 8081\ntoken = not-for-reports\n');
    await record('config', 'config.invalid-toml', { file: '/srv/agent/broken.toml', expect: port });
    write('/srv/agent/broken.json', '{\n  "port": 8081,\n  "token": not-for-reports\n}\n');
    await record('config', 'config.invalid-json', { file: '/srv/agent/broken.json' });
    write('/srv/agent/broken.yaml', 'agent:\n  port: 8081\n token: "not-for-reports\n');
    await record('config', 'config.invalid-yaml', { file: '/srv/agent/broken.yaml' });
    write('/srv/agent/broken.ini', '[server\nport = 8081\n');
    await record('config', 'config.invalid-ini', { file: '/srv/agent/broken.ini' });
    write('/srv/agent/binary.conf', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]));
    await record('config', 'config.invalid-binary', { file: '/srv/agent/binary.conf' });
  });

  it('that can not be looked at', async () => {
    write('/srv/agent/private.toml', agentToml, 0o600);
    await record(
      'config',
      'doctor.no-permission-file',
      { file: '/srv/agent/private.toml' },
      { source: asNobody },
    );
    write(
      '/srv/agent/bomb.yaml',
      [
        'a: &a [x,x,x,x,x,x,x,x,x,x]',
        ...['ba', 'cb', 'dc', 'ed'].map(
          ([here, before]) => `${here}: &${here} [${Array(10).fill(`*${before}`).join(',')}]`,
        ),
      ].join('\n'),
    );
    write('/srv/agent/large.ini', `${'# not for reports, and more than is read\n'.repeat(7000)}`);
    const cut: Source = {
      ...local,
      readFile: async (args, limits) => {
        const answer = await local.readFile(args, limits);
        return answer.ok ? { ...answer, text: answer.text.slice(0, 200) } : answer;
      },
    };
    const played = 'most of the 250 kB that were read are left out here';
    await record(
      'config',
      'doctor.no-answer-large',
      { file: '/srv/agent/large.ini' },
      { source: cut, played },
    );
    await record('config', 'doctor.no-answer-aliases', { file: '/srv/agent/bomb.yaml' });
  });

  it('in a container', async () => {
    write('/srv/mounted/backend-agent.toml', agentToml);
    write('/srv/image/backend-agent.toml', agentToml.replace('8081', '8080'));
    const { source } = docker;
    const sleep = [images.shell, '/bin/sleep', '1000'];
    docker.docker('run', '-d', '--name', 'agent', '-v', '/srv/mounted:/app/config:ro', ...sleep);
    docker.docker(
      'run',
      '-d',
      '--name',
      'baked',
      images.node,
      '/bin/node',
      '/app/serve.cjs',
      '0.0.0.0',
      '8081',
      'health',
    );
    docker.docker('cp', '/srv/image/backend-agent.toml', 'baked:/app/backend-agent.toml');
    docker.docker('run', '-d', '--name', 'ended', images.shell, '/bin/sh', '-c', 'exit 3');
    docker.docker('cp', '/srv/mounted/backend-agent.toml', 'ended:/backend-agent.toml');
    const mounted = { file: '/app/config/backend-agent.toml', container: 'agent' };
    await record('config', 'pass-in-a-container', { ...mounted, expect: port }, { source });
    await record(
      'config',
      'config.mismatch-mounted',
      { ...mounted, expect: { 'agent_management.port': 8080 } },
      { source },
    );
    const baked = { file: '/app/backend-agent.toml', container: 'baked' };
    await record('config', 'config.mismatch-in-an-image', { ...baked, expect: port }, { source });
    const ended = { file: '/backend-agent.toml', container: 'ended' };
    await record('config', 'pass-in-an-ended-container', { ...ended, expect: port }, { source });
    await record(
      'config',
      'pass-beside-a-container',
      { file: toml, container: 'baked', expect: port },
      { source },
    );
    await record(
      'config',
      'pass-beside-no-container',
      { file: toml, container: 'gone', expect: port },
      { source },
    );
    await record('config', 'config.missing-both', { ...baked, file: '/app/none.toml' }, { source });
    const nobody = docker.sourceAs(65_534);
    await record('config', 'doctor.no-permission-engine', baked, { source: nobody });
    const without: Source = {
      ...source,
      execute: async ({ argv }, limits) => {
        if (argv[0] === 'tar') return failure('missing', 'no program tar');
        return argv[2]?.includes('tar')
          ? { ok: true, exitCode: 42, stdout: '', stderr: '', truncated: false }
          : source.execute({ argv }, limits);
      },
    };
    const played = 'tar taken away from the recording machine';
    await record(
      'config',
      'doctor.tool-missing-tar',
      { ...baked, file: '/app/none.toml' },
      { source: without, played },
    );
  });
});

describe('journal of a container', () => {
  const established = 'WebSocket connection established';
  const failed = 'connection failed';
  const patterns = { expect: established, unwanted: failed };
  const says = (name: string, script: string) =>
    docker.docker('run', '-d', '--name', name, images.shell, '/bin/sh', '-c', script);
  const shortly = () => new Promise((settle) => setTimeout(settle, 1000));

  it('is read', async () => {
    const { source } = docker;
    says(
      'good',
      `echo starting; echo 'connection failed: retrying'; sleep 0.1; echo '${established}'; sleep 1000`,
    );
    says(
      'bad',
      `echo '${established}'; sleep 0.1; printf '\\033[31mERROR\\033[0m connection failed: 401\\n'; sleep 1000`,
    );
    says('quiet', 'echo starting; sleep 1000');
    says('mute', 'sleep 1000');
    says('ended-log', `echo '${established}'; sleep 0.1; echo 'connection failed: refused' >&2; exit 1`);
    says(
      'talkative',
      `echo '${established}'; i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "line $i"; done; sleep 1000`,
    );
    says('talkative-quiet', 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "line $i"; done; sleep 1000');
    says(
      'again',
      '[ -e /was ] || { echo connection failed; echo > /was; exit 1; }; echo started anew; sleep 1000',
    );
    await shortly();
    docker.docker('start', 'again');
    await shortly();
    const of = (container: string, more = {}) => ({ container, ...patterns, ...more });
    await record('journal', 'pass-container', of('good'), { source });
    await record('journal', 'pass-nothing-unwanted', of('quiet', { expect: null }), { source });
    await record('journal', 'pass-nothing-at-all', of('mute', { expect: null }), { source });
    await record('journal', 'pass-not-of-the-run-before', of('again', { expect: null }), { source });
    await record('journal', 'journal.error-container', of('bad'), { source });
    await record('journal', 'journal.error-ended', of('ended-log'), { source });
    await record('journal', 'journal.missing-container', of('quiet'), { source });
    await record('journal', 'journal.missing-mute', of('mute'), { source });
    await record('journal', 'journal.missing-lately', of('good', { since: '1ms', unwanted: null }), {
      source,
    });
    await record('journal', 'doctor.no-permission-engine', of('good'), { source: docker.sourceAs(65_534) });
    await record('journal', 'doctor.no-answer-no-container', of('gone'), { source });
    await record('journal', 'pass-talkative', of('talkative'), { source });
    await record('journal', 'journal.missing-talkative', of('talkative-quiet'), { source });
  });
});

describe('journal of a unit', () => {
  const played = 'systemd does not run on the recording machine';
  const bootMicros = 1_795_500_000_000_000;
  /** A line as `journalctl -o json` prints it, so many seconds after the machine was started. */
  const line = (seconds: number, message: unknown) =>
    JSON.stringify({
      __CURSOR: `s=0123456789abcdef;i=${seconds};b=fedcba9876543210`,
      __REALTIME_TIMESTAMP: String(bootMicros + seconds * 1e6),
      __MONOTONIC_TIMESTAMP: String(seconds * 1e6),
      _BOOT_ID: 'fedcba9876543210fedcba9876543210',
      MESSAGE: message,
    });
  const bytes = (text: string) => [...Buffer.from(text)];
  interface Played {
    readonly lines?: readonly string[];
    readonly exitCode?: number;
    /** What `--grep` finds; null: it does not know the pattern. */
    readonly found?: Readonly<Record<string, string>> | null;
    readonly startedAt?: number;
    readonly groups?: string;
    readonly booted?: boolean;
    readonly old?: boolean;
  }
  const host = (answers: Played): Source => ({
    ...local,
    execute: async ({ argv }) => {
      const {
        lines = [],
        exitCode = 0,
        found = null,
        startedAt = 100,
        groups = 'root',
        booted = true,
        old,
      } = answers;
      const ran = (stdout: string, code = 0, stderr = '') =>
        ({ ok: true, exitCode: code, stdout, stderr, truncated: false }) as const;
      if (argv[0] === 'id')
        return ran(argv[1] === '-u' ? (groups === 'root' ? '0\n' : '1000\n') : `${groups}\n`);
      if (argv[0] === 'test') return ran('', booted ? 0 : 1);
      if (argv[0] === 'systemctl' && !booted)
        return ran('', 1, 'System has not been booted with systemd as init system (PID 1).');
      if (argv[0] === 'systemctl') {
        return ran(`ExecMainStartTimestampMonotonic=${startedAt * 1e6}\nInactiveExitTimestampMonotonic=0\n`);
      }
      if (old && argv.some((word) => word.startsWith('--output-fields')))
        return ran('', 1, 'unrecognized option');
      const grep = argv.find((word) => word.startsWith('--grep='))?.slice('--grep='.length);
      if (grep === undefined) return ran(lines.toReversed().join('\n'), exitCode);
      if (found === null) return ran('', 1, 'Compiled without pattern matching support');
      return found[grep] === undefined ? ran('', 1) : ran(`${found[grep]}\n`);
    },
  });
  const options = {
    unit: 'viworks-agent',
    expect: 'WebSocket connection established',
    unwanted: 'connection failed',
  };
  const from = (answers: Played) => ({ source: host(answers), played });
  const [good, bad] = ['WebSocket connection established', 'connection failed: 401'];
  const many = Array.from({ length: 2000 }, (_, index) => line(200 + index, `heartbeat ${index}`));

  it('is read', async () => {
    const lines = [line(101, 'starting'), line(102, bad), line(103, good), line(104, 'heartbeat')];
    await record('journal', 'pass-unit', options, from({ lines }));
    await record('journal', 'pass-lately', { ...options, since: '1h' }, from({ lines }));
    await record('journal', 'pass-of-the-group', options, from({ lines, groups: 'deploy systemd-journal' }));
    await record('journal', 'pass-own-messages', options, from({ lines, groups: 'deploy' }));
    await record('journal', 'pass-old-systemd', options, from({ lines, old: true }));
    await record('journal', 'pass-not-started', { ...options, expect: null }, from({ startedAt: 0 }));
    await record('journal', 'journal.error-unit', options, from({ lines: [...lines, line(105, bad)] }));
    await record(
      'journal',
      'journal.error-bytes',
      options,
      from({ lines: [line(101, bytes('\u001b[31mconnection failed\u001b[0m')), line(102, null)] }),
    );
    await record(
      'journal',
      'journal.error-repeated-field',
      options,
      from({ lines: [line(101, ['one', bytes('connection failed: 1\r')])] }),
    );
    await record(
      'journal',
      'journal.missing-unit',
      options,
      from({ lines: [line(99, good), line(101, 'starting')] }),
    );
    await record('journal', 'journal.missing-no-line', options, from({ lines: ['-- No entries --'] }));
    await record('journal', 'journal.missing-not-started', options, from({ startedAt: 0 }));
  });

  it('is searched where it is long', async () => {
    const found = { [options.expect]: line(101, good) };
    await record('journal', 'pass-long', options, from({ lines: many, found }));
    await record('journal', 'journal.missing-long', options, from({ lines: many, found: {} }));
    await record('journal', 'doctor.no-answer-long', options, from({ lines: many, found: null }));
  });

  it('can not be read', async () => {
    await record('journal', 'doctor.no-permission-unit', options, from({ groups: 'deploy' }));
    await record('journal', 'doctor.no-permission-refused', options, from({ groups: 'deploy', exitCode: 1 }));
    await record('journal', 'doctor.tool-missing-not-booted', options, from({ booted: false }));
    await record('journal', 'doctor.no-answer-failed', options, from({ exitCode: 1 }));
  });
});

describe('command', () => {
  it('is run', async () => {
    write(
      '/srv/queue',
      '#!/bin/sh\necho "12 messages wait"\necho "more than 10" >&2\nexit "${1:-0}"\n',
      0o755,
    );
    write('/srv/denied', '#!/bin/sh\n', 0o644);
    await record('command', 'pass-exit-code', { argv: ['/srv/queue'] });
    await record('command', 'pass-output', { argv: ['/srv/queue'], output: '^\\d+ messages' });
    await record('command', 'pass-other-exit-code', { argv: ['/srv/queue', '3'], exitCode: 3 });
    await record('command', 'pass-no-shell', {
      argv: ['printf', '%s\\n', '$(id); `id` | cat'],
      output: '^\\$\\(id\\); `id` \\| cat$',
    });
    await record('command', 'command.failed-exit-code', { argv: ['/srv/queue', '2'] });
    await record('command', 'command.failed-output', { argv: ['/srv/queue'], output: '^0 messages' });
    await record('command', 'command.failed-both', { argv: ['/srv/queue', '2'], output: '^0 messages' });
    await record('command', 'command.failed-signal', { argv: ['sh', '-c', 'kill -9 $$'] });
    await record('command', 'doctor.tool-missing-program', { argv: ['no-such-program'] });
    await record('command', 'doctor.no-permission-program', { argv: ['/srv/denied'] });
    await record('command', 'doctor.no-answer-timeout', { argv: ['sleep', '60'] }, { timeoutMs: 300 });
  });
});
