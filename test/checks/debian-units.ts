/** Units in every state that systemd knows, for a real one: the file of each, and what brings it into its state. */

export interface PlacedUnit {
  /** What stands in its file. */
  readonly file: string;
  /** Other files, by their path. `NAME` is the unit's name without its type. */
  readonly beside?: Readonly<Record<string, string>>;
  /** A script, after all files are there; default: it is enabled and started. `$name` is the unit's name. */
  readonly set?: string;
  /** A script right before the look. */
  readonly before?: string;
  /** Its name without the type, where that is not the fixture's. */
  readonly name?: string;
  /** So many seconds after it was set it is looked at. */
  readonly afterSeconds?: number;
  /** The releases whose answer is kept; without it, that of Debian 12 alone. */
  readonly on?: readonly string[];
}

const all = ['debian-11', 'debian-12', 'debian-13'];
const install = '\n[Install]\nWantedBy=multi-user.target\n';
const service = (lines: string, unit = '') =>
  `[Unit]\nDescription=ViWorkS agent\n${unit}\n[Service]\n${lines}\n`;
const sleeps = service('ExecStart=/bin/sleep infinity');
const enabled = (lines: string, unit = '') => service(lines, unit) + install;
const start = 'systemctl start --no-block "$name" || :';
export const enable = `systemctl enable -q "$name"; ${start}`;
const shell = (script: string) => `ExecStart=/bin/sh -c '${script}'`;
const etc = '/etc/systemd/system/';
const timer = '[Timer]\nOnCalendar=yearly\n\n[Install]\nWantedBy=timers.target\n';
const socket = '[Socket]\nListenStream=/run/NAME.sock\n\n[Install]\nWantedBy=sockets.target\n';
/** It ends so many times before it stays. */
const failsFirst = (times: number) =>
  shell(
    `echo x >>/run/%N; [ "$(wc -l </run/%N)" -gt ${times} ] || { echo connection failed; exit 1; }; exec sleep infinity`,
  );
const again = 'Restart=always\nRestartSec=100ms';
const noLimit = 'StartLimitIntervalSec=0';

export const passing: Readonly<Record<string, PlacedUnit>> = {
  'pass-running': {
    file: enabled('ExecStart=/opt/viworks/agent/viworks-agent serve 0.0.0.0 8081 128'),
    beside: { [`${etc}NAME.service.d/override.conf`]: '[Service]\nEnvironment=AGENT_TOKEN=not-to-be-seen\n' },
    name: 'viworks-agent',
    on: all,
  },
  'pass-template': { file: sleeps + install, name: 'viworks-agent@blue' },
  'pass-reloading': {
    file: enabled('ExecStart=/bin/sleep infinity\nExecReload=/bin/sleep 1000'),
    before: 'systemctl reload --no-block "$name"',
  },
  'pass-restarted-long-ago': { file: enabled(`${failsFirst(3)}\n${again}`, noLimit), afterSeconds: 65 },
  'pass-just-started': {
    file: enabled(
      `Type=notify\nNotifyAccess=all\n${shell('sleep 1.5; systemd-notify --ready; exec sleep infinity')}`,
    ),
    set: 'systemctl enable -q "$name"',
    before: start,
  },
  'pass-disabled-and-wanted': {
    file: sleeps + install,
    beside: { [`${etc}NAME.target`]: '[Unit]\nWants=NAME.service\n' },
    set: 'systemctl start --no-block "${name%.service}.target"',
  },
  'pass-disabled-and-triggered': {
    file: sleeps + install,
    beside: { [`${etc}NAME.socket`]: socket },
    set: 'systemctl enable -q --now "${name%.service}.socket"; systemctl start --no-block "$name"',
  },
  'pass-waits-for-its-socket': {
    file: sleeps,
    beside: { [`${etc}NAME.socket`]: socket },
    set: 'systemctl enable -q --now "${name%.service}.socket"',
  },
  'pass-static': { file: sleeps, set: start },
  'pass-generated': {
    file: '',
    beside: {
      '/etc/init.d/NAME': `#!/bin/sh
### BEGIN INIT INFO
# Provides:          NAME
# Required-Start:    $local_fs
# Required-Stop:     $local_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: ViWorkS agent
### END INIT INFO
case $1 in start) sleep 100000 & ;; esac
`,
    },
    on: ['debian-12', 'debian-13'],
  },
  'pass-indirect': {
    file: `${sleeps}\n[Install]\nAlso=NAME.target\n`,
    beside: { [`${etc}NAME.target`]: `[Unit]\nDescription=ViWorkS\n${install}` },
    set: start,
  },
  'pass-transient': { file: '', set: 'systemd-run -q --unit="$name" /bin/sleep 100000' },
  'pass-oneshot-stays': { file: enabled('Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true') },
  'pass-oneshot-runs': { file: service('Type=oneshot\nExecStart=/bin/sleep 100000'), set: start },
  'pass-oneshot-ran': { file: enabled('Type=oneshot\nExecStart=/bin/true') },
  'pass-waits-for-its-timer': {
    file: service('Type=oneshot\nExecStart=/bin/true'),
    beside: { [`${etc}NAME.timer`]: timer },
    set: 'systemctl enable -q --now "${name%.service}.timer"',
  },
};

export const failing: Readonly<Record<string, PlacedUnit>> = {
  'systemd.not-found-no-file': { file: '', set: ':', on: all },
  'systemd.masked-inactive': { file: '', set: 'systemctl mask -q "$name"' },
  'systemd.inactive-stopped': {
    file: enabled('ExecStart=/bin/sleep infinity'),
    set: 'systemctl enable -q --now "$name"; systemctl stop "$name"',
  },
  'systemd.inactive-condition': {
    file: enabled('ExecStart=/bin/sleep infinity', 'ConditionPathExists=/etc/viworks/none.toml'),
  },
  'systemd.inactive-trigger-gone': {
    file: service('Type=oneshot\nExecStart=/bin/true'),
    beside: { [`${etc}NAME.timer`]: timer },
    set: 'systemctl enable -q "${name%.service}.timer"',
  },
  // what no other unit refers to is forgotten when it has ended
  'systemd.inactive-oneshot-forgotten': { file: service('Type=oneshot\nExecStart=/bin/true'), set: start },
  'systemd.inactive-starting': {
    file: enabled('Type=notify\nTimeoutStartSec=infinity\nExecStart=/bin/sleep infinity'),
  },
  'systemd.inactive-stopping': {
    file: enabled('ExecStart=/bin/sleep infinity\nExecStop=/bin/sleep 1000\nTimeoutStopSec=infinity'),
    before: 'systemctl stop --no-block "$name"; sleep 0.3',
  },
  'systemd.failed-exit-code': {
    file: enabled(shell('echo "error: cannot read /etc/viworks/agent.toml" >&2; exit 3')),
    on: all,
  },
  'systemd.failed-no-program': { file: enabled('ExecStart=/opt/viworks/agent/gone'), on: all },
  'systemd.failed-no-user': { file: enabled('User=nobody-here\nExecStart=/bin/true') },
  'systemd.failed-signal': { file: enabled(shell('kill -9 $$$$')), on: all },
  'systemd.failed-core': { file: enabled(shell('kill -SEGV $$$$')) },
  'systemd.failed-start-timeout': {
    file: enabled('Type=notify\nTimeoutStartSec=1\nExecStart=/bin/sleep infinity'),
    afterSeconds: 3,
  },
  'systemd.failed-bad-unit-file': { file: enabled('Type=simple') },
  'systemd.failed-once-after-a-limit': {
    file: enabled(shell('exit 1'), 'StartLimitBurst=1\nStartLimitIntervalSec=1h'),
    set: `systemctl enable -q "$name"
      systemctl start "$name" || :; sleep 0.5; systemctl start "$name" || :; sleep 0.5
      systemctl reset-failed "$name"; systemctl start "$name" || :; sleep 0.5`,
    on: all,
  },
  'systemd.restarting-waits': {
    file: enabled(`${shell('echo connection failed; exit 1')}\nRestart=always\nRestartSec=1h`),
    on: all,
  },
  'systemd.restarting-young-twice': {
    file: enabled(`${failsFirst(2)}\n${again}`, noLimit),
    before: 'rm -f "/run/${name%.service}"; systemctl restart --no-block "$name"; sleep 3',
  },
  'systemd.restarting-counted': {
    file: enabled(`${shell('sleep 1.1; echo connection failed; exit 1')}\n${again}`, noLimit),
  },
  'systemd.restarting-start-limit': {
    file: enabled(`${shell('echo connection failed; exit 1')}\n${again}`),
    on: all,
  },
  'systemd.disabled-runs': { file: sleeps + install, set: start },
  'systemd.disabled-until-reboot': {
    file: sleeps + install,
    set: 'systemctl enable -q --runtime --now "$name"',
  },
  'systemd.disabled-masked-while-it-runs': {
    // a file of a package, since there is no place for the mask where the administrator has one
    file: '',
    beside: { '/usr/lib/systemd/system/NAME.service': sleeps + install },
    set: 'systemctl enable -q --now "$name"; systemctl mask -q "$name"',
  },
};

export const unitOf = (name: string, { name: own }: PlacedUnit): string =>
  own ?? name.replace(/^(?:pass-|systemd\.)/, 'agent-');
