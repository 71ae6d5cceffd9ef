/** What systemd 252 says of units in each state: `systemctl show`, as played answers. */
import type { Answer } from '../../src/check.ts';
import { journalArgv, showArgv } from '../../src/net/units.ts';
import { failure, type Source } from '../../src/vantage/source.ts';

export type Properties = Readonly<Record<string, string>>;

/** A service that runs, enabled; each state says what differs. The machine was started 5000 seconds ago. */
const running: Properties = {
  Type: 'simple',
  MainPID: '260',
  Result: 'success',
  NRestarts: '0',
  ExecMainExitTimestampMonotonic: '0',
  ExecMainCode: '0',
  ExecMainStatus: '0',
  Id: 'viworks-agent.service',
  WantedBy: 'multi-user.target',
  LoadState: 'loaded',
  ActiveState: 'active',
  SubState: 'running',
  UnitFileState: 'enabled',
  ActiveEnterTimestampMonotonic: '12000000',
  ConditionResult: 'yes',
  ConditionTimestampMonotonic: '11900000',
};
const unit = (differences: Properties): Properties => ({ ...running, ...differences });
const down = { MainPID: '0', ActiveState: 'inactive', SubState: 'dead' };
const exited = { ExecMainCode: '1', ExecMainExitTimestampMonotonic: '4990000000' };
const failed = { ...down, ...exited, ActiveState: 'failed', SubState: 'failed', Result: 'exit-code' };
const oneshot = { ...down, Type: 'oneshot', UnitFileState: 'static', WantedBy: '' };
const unwanted = { WantedBy: '', UnitFileState: 'disabled' };

export interface State {
  /** First look, and the second where there is one. */
  readonly shown: readonly Properties[];
  readonly triggers?: Properties;
  readonly journal?: string;
}

const ended =
  "Main process exited, code=exited, status=1/FAILURE\nviworks-agent.service: Failed with result 'exit-code'.";

export const passing: Readonly<Record<string, State>> = {
  'pass-running': { shown: [running] },
  'pass-reloading': { shown: [unit({ ActiveState: 'reloading', SubState: 'reload' })] },
  'pass-restarted-long-ago': { shown: [unit({ NRestarts: '3' })] },
  'pass-just-started': {
    shown: [
      unit({
        ActiveState: 'activating',
        SubState: 'start',
        Type: 'notify',
        ActiveEnterTimestampMonotonic: '0',
      }),
      unit({ Type: 'notify', ActiveEnterTimestampMonotonic: '4999000000' }),
    ],
  },
  'pass-disabled-and-wanted': { shown: [unit({ UnitFileState: 'disabled', WantedBy: 'viworks.target' })] },
  'pass-disabled-and-triggered': { shown: [unit({ ...unwanted, TriggeredBy: 'viworks-agent.socket' })] },
  'pass-static': { shown: [unit({ ...unwanted, UnitFileState: 'static' })] },
  'pass-generated': { shown: [unit({ ...unwanted, UnitFileState: 'generated' })] },
  'pass-indirect': { shown: [unit({ ...unwanted, UnitFileState: 'indirect' })] },
  'pass-transient': { shown: [unit({ ...unwanted, UnitFileState: 'transient' })] },
  'pass-oneshot-stays': { shown: [unit({ ...exited, Type: 'oneshot', MainPID: '0', SubState: 'exited' })] },
  'pass-oneshot-runs': {
    shown: [unit({ ...oneshot, ActiveState: 'activating', SubState: 'start', MainPID: '261' })],
  },
  'pass-oneshot-ran': { shown: [unit({ ...oneshot, ...exited })] },
  'pass-waits-for-its-timer': {
    shown: [unit({ ...oneshot, TriggeredBy: 'viworks-agent.timer' })],
    triggers: {
      Id: 'viworks-agent.timer',
      LoadState: 'loaded',
      ActiveState: 'active',
      SubState: 'waiting',
      UnitFileState: 'enabled',
    },
  },
};

export const failing: Readonly<Record<string, State>> = {
  'systemd.not-found-no-file': {
    shown: [
      unit({
        ...down,
        Type: '',
        LoadState: 'not-found',
        UnitFileState: '',
        WantedBy: '',
        ConditionResult: 'no',
        ConditionTimestampMonotonic: '0',
      }),
    ],
  },
  'systemd.masked-inactive': {
    shown: [unit({ ...down, LoadState: 'masked', UnitFileState: 'masked', WantedBy: '' })],
  },
  'systemd.inactive-stopped': { shown: [unit({ ...down, ...exited, UnitFileState: 'disabled' })] },
  'systemd.inactive-condition': { shown: [unit({ ...down, ConditionResult: 'no' })] },
  'systemd.inactive-trigger-gone': {
    shown: [unit({ ...oneshot, TriggeredBy: 'viworks-agent.timer' })],
    triggers: { Id: 'viworks-agent.timer', LoadState: 'loaded', ActiveState: 'inactive', SubState: 'dead' },
  },
  'systemd.inactive-starting': {
    shown: Array(2).fill(unit({ Type: 'notify', ActiveState: 'activating', SubState: 'start' })),
  },
  'systemd.inactive-stopping': {
    shown: Array(2).fill(unit({ ActiveState: 'deactivating', SubState: 'stop-sigterm' })),
  },
  'systemd.failed-exit-code': {
    shown: [unit({ ...failed, ExecMainStatus: '3' })],
    journal: `error: cannot read /etc/viworks/agent.toml\nviworks-agent.service: ${ended.replace('status=1/FAILURE', 'status=3/NOTIMPLEMENTED')}`,
  },
  'systemd.failed-no-program': {
    shown: [unit({ ...failed, ExecMainStatus: '203' })],
    journal:
      'viworks-agent.service: Failed to locate executable /opt/viworks/agent/viworks-agent: No such file or directory\nviworks-agent.service: Failed at step EXEC spawning /opt/viworks/agent/viworks-agent: No such file or directory',
  },
  'systemd.failed-signal': {
    shown: [unit({ ...failed, ExecMainCode: '2', ExecMainStatus: '9', Result: 'oom-kill' })],
    journal: 'viworks-agent.service: A process of this unit has been killed by the OOM killer.',
  },
  'systemd.failed-bad-unit-file': {
    shown: [unit({ ...down, LoadState: 'bad-setting', ConditionTimestampMonotonic: '0' })],
  },
  'systemd.failed-once-after-a-limit': {
    shown: [unit({ ...failed, ExecMainStatus: '1' })],
    journal: `viworks-agent.service: Start request repeated too quickly.\nFailed to start ViWorkS agent.\nStarted ViWorkS agent.\nviworks-agent.service: ${ended}`,
  },
  'systemd.restarting-waits': {
    shown: [
      unit({
        ...exited,
        MainPID: '0',
        ActiveState: 'activating',
        SubState: 'auto-restart',
        Result: 'exit-code',
        ExecMainStatus: '1',
        NRestarts: '41',
      }),
    ],
    journal: `connection failed\nviworks-agent.service: ${ended}`,
  },
  'systemd.restarting-young-twice': {
    shown: Array(2).fill(unit({ NRestarts: '7', ActiveEnterTimestampMonotonic: '4991000000' })),
    journal: `viworks-agent.service: ${ended}`,
  },
  'systemd.restarting-counted': {
    shown: [
      unit({ ActiveState: 'deactivating', SubState: 'stop-post', NRestarts: '7' }),
      unit({ NRestarts: '8', ActiveEnterTimestampMonotonic: '4999900000' }),
    ],
  },
  'systemd.restarting-start-limit': {
    shown: [unit({ ...failed, ExecMainStatus: '1', NRestarts: '5' })],
    journal: `Started ViWorkS agent.\nconnection failed\nviworks-agent.service: ${ended}\nviworks-agent.service: Scheduled restart job, restart counter is at 5.\nStopped ViWorkS agent.\nviworks-agent.service: Start request repeated too quickly.\nviworks-agent.service: Failed with result 'exit-code'.\nFailed to start ViWorkS agent.`,
  },
  'systemd.disabled-runs': { shown: [unit(unwanted)] },
  'systemd.disabled-until-reboot': { shown: [unit({ UnitFileState: 'enabled-runtime' })] },
  'systemd.disabled-masked-while-it-runs': {
    shown: [unit({ LoadState: 'masked', UnitFileState: 'masked', WantedBy: '' })],
  },
};

const printed = (stdout: string): Answer<'execute'> => ({
  ok: true,
  exitCode: 0,
  stdout,
  stderr: '',
  truncated: false,
});
const block = (properties: Properties) =>
  Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

/** A host on which the unit is in that state. */
export function played(base: Source, state: State, name = 'viworks-agent.service'): Source {
  const shown = [...state.shown];
  return {
    ...base,
    execute: async ({ argv }) => {
      const same = (other: readonly string[]) => JSON.stringify(argv) === JSON.stringify(other);
      if (same(showArgv(name))) return printed(block(shown.shift() ?? {}));
      if (same(journalArgv(name))) return printed(`${state.journal ?? ''}\n`);
      if (argv[0] === 'systemctl') return printed(block(state.triggers ?? {}));
      if (argv[0] === 'test' || argv[0] === 'sleep') return printed('');
      return failure('missing', `no program ${argv[0]}`);
    },
    readFile: async () => ({ ok: true, text: '5000.11 9000.22\n', truncated: false }),
  };
}
