/** SSH by the user's own ssh: a ControlMaster carries our channels, a running one of the user's or one of ours. */
import type { Failure, Outcome } from '../../check.ts';
import { failure } from '../source.ts';
import { answerQuestions } from './askpass.ts';
import { forwardOver, shellOver } from './channel-uses.ts';
import type { Channels } from './channels.ts';
import { attach } from './control-socket.ts';
import { dialOver } from './forwarding.ts';
import { loadHostKeys } from './host-key.ts';
import { nameFailure, type Progress, traceOf } from './login-failure.ts';
import { type Master, privateFolder, startMaster } from './master.ts';
import { masterArgv } from './openssh-argv.ts';
import { keysPassedOver } from './openssh-keys.ts';
import { type LoginLog, loginLog } from './openssh-log.ts';
import { type PausableTime, pausableTime } from './pausable-time.ts';
import type { OpenConnection, SshConnection } from './transport.ts';
import { proxyFailure } from './words.ts';

export const openWithOpenssh: OpenConnection = async (way, environment, limits) => {
  if (way.options.size === 0) {
    return failure('missing', 'transport is openssh, and there is no program ssh in PATH on this machine');
  }
  const hostKeys = await loadHostKeys(way);
  const progress: Progress = {
    way,
    hostKeys,
    address: way.hostname,
    received: '',
    server: null,
    handshaken: false,
    errors: [],
    methods: [],
    notes: [...way.notes],
    passedOver: [],
    leftOut: [],
    authMethodsLeft: null,
    proxy: null,
    failedHop: null,
  };
  const time = pausableTime(limits);
  const folder = await privateFolder();
  const socketPath = `${folder}/master`;
  const log = loginLog(progress);
  if (way.proxy) progress.proxy = { said: log.said, ended: () => null };
  const asking = await answerQuestions(folder, environment, time);
  const argv = masterArgv(way, environment, socketPath, asking.prompts);
  const master = startMaster(folder, argv, { ...environment.env, ...asking.env }, log.take);
  try {
    const outcome = await logIn(master, log, socketPath, progress, time, asking.prompts);
    if (!outcome.ok) {
      await master.stop();
      return { ...outcome, login: traceOf(progress, 'openssh') };
    }
    return { ok: true, connection: overMaster(outcome.channels, progress, master, log) };
  } finally {
    asking.stop();
    time.end();
  }
};

/** How long an agent may take to say what it has, in milliseconds. */
const agentMs = 2000;

async function logIn(
  master: Master,
  log: LoginLog,
  socketPath: string,
  progress: Progress,
  time: PausableTime,
  prompts: boolean,
): Promise<Outcome<{ channels: Channels }>> {
  const cut = await Promise.race([
    log.ready.then(() => 'ready' as const),
    master.ended.then(() => null),
    time.over,
  ]);
  if (cut !== 'ready') {
    // it says nothing of the keys that it did not try
    progress.passedOver.push(...(await keysPassedOver(progress.way, prompts, agentMs)));
    return nameOpensshFailure(progress, log, cut);
  }
  const attached = await attach(socketPath, time.signal);
  return typeof attached === 'string'
    ? failure('no-session', `the ssh that has logged in carries nothing for us: ${attached}`)
    : { ok: true, channels: attached.channels };
}

function nameOpensshFailure(progress: Progress, log: LoginLog, cut: Failure | null): Failure {
  const unreached = log.unreached();
  if (cut === null && unreached !== null && !progress.proxy) {
    return failure(proxyFailure(unreached), unreached);
  }
  return nameFailure(progress, cut);
}

function overMaster(
  channels: Channels,
  progress: Progress,
  master: Master | null,
  log: LoginLog,
): SshConnection {
  const trace = traceOf(progress, 'openssh');
  let lost: Failure | null = null;
  const gone = channels.closed.then(async () => {
    await master?.stop();
    const why = log.said().split('\n').at(-1);
    lost ??= failure('no-session', `the SSH connection to ${trace.address} ended${why ? `: ${why}` : ''}`);
    return lost;
  });
  return {
    trace,
    gone,
    shell: (script, onOutput) => shellOver(channels, script, onOutput),
    dial: dialOver(
      async (address, port) => {
        const forwarded = await forwardOver(channels, address, port);
        // no answer at all: the connection ended, and why is known in a moment
        if ('refused' in forwarded && forwarded.refused.reason === null) await gone;
        return forwarded;
      },
      () => lost,
    ),
    async close() {
      lost ??= failure('no-session', 'the SSH connection was closed');
      channels.close();
      await gone;
    },
  };
}
