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
