/** Makes the fixtures of the check `journal`: `test/checks/record-files.sh`, as root. Read what it wrote. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Source } from '../../src/vantage/source.ts';
import { type Docker, startDocker } from '../support/docker.ts';
import { images } from '../support/docker-images.ts';
import { local, record } from '../support/recorder.ts';

let docker: Docker;

beforeAll(async () => {
  docker = await startDocker();
});
afterAll(() => docker?.close());

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
  const played = 'a systemd older than those recorded, or one that fails';
  const bootMicros = 1_795_500_000_000_000;
  /** A line as `journalctl -o json` prints it, so many seconds after the machine was started. */
  const line = (seconds: number, message: string) =>
    JSON.stringify({
      __CURSOR: `s=0123456789abcdef;i=${seconds};b=fedcba9876543210`,
      __REALTIME_TIMESTAMP: String(bootMicros + seconds * 1e6),
      __MONOTONIC_TIMESTAMP: String(seconds * 1e6),
      _BOOT_ID: 'fedcba9876543210fedcba9876543210',
      MESSAGE: message,
    });
  interface Played {
    readonly lines?: readonly string[];
    readonly exitCode?: number;
    readonly groups?: string;
    readonly old?: boolean;
  }
  const host = (answers: Played): Source => ({
    ...local,
    execute: async ({ argv }) => {
      const { lines = [], exitCode = 0, groups = 'root', old } = answers;
      const ran = (stdout: string, code = 0, stderr = '') =>
        ({ ok: true, exitCode: code, stdout, stderr, truncated: false }) as const;
      if (argv[0] === 'id')
        return ran(argv[1] === '-u' ? (groups === 'root' ? '0\n' : '1000\n') : `${groups}\n`);
      if (argv[0] === 'test') return ran('');
      if (argv[0] === 'systemctl') {
        return ran('ExecMainStartTimestampMonotonic=100000000\nConditionTimestampMonotonic=99999000\n');
      }
      if (old && argv.some((word) => word.startsWith('--output-fields')))
        return ran('', 1, 'unrecognized option');
      if (argv.some((word) => word.startsWith('--grep=')))
        return ran('', 1, 'Compiled without pattern matching support');
      return ran(lines.toReversed().join('\n'), exitCode);
    },
  });
  const options = {
    unit: 'viworks-agent',
    expect: 'WebSocket connection established',
    unwanted: 'connection failed',
  };
  const from = (answers: Played) => ({ source: host(answers), played });
  const good = 'WebSocket connection established';
  const many = Array.from({ length: 2000 }, (_, index) => line(200 + index, `heartbeat ${index}`));

  it('is read by another systemd, or not at all', async () => {
    const lines = [line(101, 'starting'), line(102, good)];
    await record('journal', 'pass-old-systemd', options, from({ lines, old: true }));
    await record('journal', 'doctor.no-answer-long', options, from({ lines: many }));
    await record('journal', 'doctor.no-permission-refused', options, from({ groups: 'deploy', exitCode: 1 }));
    await record('journal', 'doctor.no-answer-failed', options, from({ exitCode: 1 }));
  });
});
