/** SSH by the user's own ssh: a ControlMaster carries our channels, a running one of the user's or one of ours. */
import { rm } from 'node:fs/promises';
import type { Failure, LoginTrace, Outcome } from '../../check.ts';
import { failure } from '../source.ts';
import { answerQuestions } from './askpass.ts';
import { forwardOver, shellOver } from './channel-uses.ts';
import type { Channels } from './channels.ts';
import { channelsOfMaster } from './control-socket.ts';
import { dialOver } from './forwarding.ts';
import { loadHostKeys } from './host-key.ts';
import { nameFailure, type Progress, traceOf } from './login-failure.ts';
import { type Master, privateFolder, startMaster } from './master.ts';
import { masterArgv } from './openssh-argv.ts';
import { keysPassedOver } from './openssh-keys.ts';
import { type LoginLog, loginLog } from './openssh-log.ts';
import { overPassengers } from './passengers.ts';
import { type PausableTime, pausableTime } from './pausable-time.ts';
import type { SshEnvironment } from './sessions.ts';
import type { OpenConnection, SshConnection } from './transport.ts';
import { usersMaster } from './users-master.ts';
import { proxyFailure, saidBeforeOwnPipe } from './words.ts';

type Opened = Outcome<{ connection: SshConnection }>;

/** How long an agent may take to say what it has, in milliseconds. */
const agentMs = 2000;

export const openWithOpenssh: OpenConnection = async (way, environment, limits) => {
  const time = pausableTime(limits);
  try {
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
      leftOut: [],
      passedOver: [],
      authMethodsLeft: null,
      proxy: null,
      failedHop: null,
    };
    const found = await usersMaster(way, environment, hostKeys, time);
    if ('master' in found) {
      progress.notes.unshift(`through the ControlMaster that runs at ${found.path}`);
      const trace = traceOf(progress, 'openssh');
      return { ok: true, connection: overPassengers(found.passengers, trace, found.master) };
    }
    if (found.note !== '') progress.notes.push(found.note);
    return await openOwnMaster(progress, environment, time);
  } finally {
    time.end();
  }
};

async function openOwnMaster(
  progress: Progress,
  environment: SshEnvironment,
  time: PausableTime,
): Promise<Opened> {
  const { way } = progress;
  const folder = await privateFolder();
  const socketPath = `${folder}/master`;
  const log = loginLog(progress);
  if (way.proxy) progress.proxy = { said: () => saidBeforeOwnPipe(log.said()), ended: () => null };
  const asking = await answerQuestions(folder, environment, time).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const argv = masterArgv(way, environment, socketPath, {
    prompts: asking.prompts,
    timeoutMs: time.left(),
  });
  const master = startMaster(folder, argv, { ...environment.env, ...asking.env }, log.take);
  const outcome = await logIn(master, log, socketPath, progress, time);
  asking.stop();
  if (outcome.ok) {
    const farewell = async () => {
      await master.stop();
      return log.said().split('\n').at(-1) ?? '';
    };
    const trace = traceOf(progress, 'openssh');
    return { ok: true, connection: overMaster(outcome.channels, trace, farewell) };
  }
  await master.stop();
  // it says nothing of the keys that it did not try
  progress.passedOver.push(...(await keysPassedOver(way, asking.prompts, agentMs)));
  return {
    ...(outcome.why ?? nameOpensshFailure(progress, log, outcome.cut)),
    login: traceOf(progress, 'openssh'),
  };
}

type LoggedIn =
  | { readonly ok: true; readonly channels: Channels }
  | { readonly ok: false; readonly cut: Failure | null; readonly why: Failure | null };

/** `cut`: the deadline's or the run's end, when that is what ended it. */
async function logIn(
  master: Master,
  log: LoginLog,
  socketPath: string,
  progress: Progress,
  time: PausableTime,
): Promise<LoggedIn> {
  const end = await Promise.race([
    log.ready.then(() => 'ready' as const),
    master.ended.then(() => null),
    time.over,
  ]);
  if (end !== 'ready') return { ok: false, cut: end, why: null };
  const attached = await channelsOfMaster(socketPath, time.signal);
  if (typeof attached !== 'string') return { ok: true, channels: attached.channels };
  const words = `${progress.way.hostname}: the ssh that has logged in carries nothing for us: ${attached}`;
  return { ok: false, cut: null, why: failure('no-session', words) };
}

function nameOpensshFailure(progress: Progress, log: LoginLog, cut: Failure | null): Failure {
  const unreached = log.unreached();
  if (cut === null && unreached !== null && !progress.proxy) {
    return failure(proxyFailure(unreached), unreached);
  }
  return nameFailure(progress, cut);
}

/** `farewell` ends what has to end with the connection, and gives the last words of it. */
function overMaster(channels: Channels, trace: LoginTrace, farewell: () => Promise<string>): SshConnection {
  let lost: Failure | null = null;
  let dying = false;
  const gone = channels.closed.then(async () => {
    dying = true;
    const why = await farewell();
    lost ??= failure('no-session', `the SSH connection to ${trace.address} ended${why ? `: ${why}` : ''}`);
    return lost;
  });
  return {
    trace,
    gone,
    shell(script, onOutput) {
      const shell = shellOver(channels, script, onOutput);
      // whoever sees it end is to know by then that it was the connection
      const ended = shell.ended.then(async (end) => {
        if (dying) await gone;
        return end;
      });
      return { ...shell, ended };
    },
    dial: dialOver(
      async (address, port) => {
        const forwarded = await forwardOver(channels, address, port);
        if ('refused' in forwarded && dying) await gone;
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
