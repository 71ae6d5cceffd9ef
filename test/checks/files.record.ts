/** Makes the fixtures of the checks that read files and logs: `test/checks/record-files.sh`, as root. Read what it wrote. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { failure, type Source } from '../../src/vantage/source.ts';
import { type Docker, startDocker } from '../support/docker.ts';
import { images } from '../support/docker-images.ts';
import { local, needsOwnSrv, record, write } from '../support/recorder.ts';

let docker: Docker;

beforeAll(async () => {
  needsOwnSrv();
  docker = await startDocker();
});
afterAll(() => docker?.close());

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
