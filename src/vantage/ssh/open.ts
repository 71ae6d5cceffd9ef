/** Opens the connection with the transport that is set, or that fits the way, and says which and why. */
import { platform } from 'node:os';
import type { SshTransport } from '../../config/config.ts';
import { failure } from '../source.ts';
import { chooseTransport } from './choose.ts';
import { openWithOpenssh } from './openssh.ts';
import { openWithSsh2 } from './ssh2.ts';
import { surroundingsOf } from './surroundings.ts';
import type { OpenConnection } from './transport.ts';
import type { Way } from './way.ts';

const openWith: Readonly<Record<Exclude<SshTransport, 'auto'>, OpenConnection>> = {
  ssh2: openWithSsh2,
  openssh: openWithOpenssh,
};

export const openConnection: OpenConnection = async (way, environment, limits) => {
  const { transport } = way.settings;
  const hindrance = opensshHindrance(way);
  if (transport === 'ssh2' || (transport === 'auto' && hindrance !== null)) {
    return openWithSsh2(noted(way, `transport ssh2: ${hindrance ?? 'as is set'}`), environment, limits);
  }
  if (transport === 'openssh') {
    if (hindrance !== null) return failure('unsupported', `transport = "openssh" can not be: ${hindrance}`);
    return openWithOpenssh(noted(way, 'transport openssh: as is set'), environment, limits);
  }
  const started = performance.now();
  const rest = () => ({
    ...limits,
    timeoutMs: Math.max(1, Math.ceil(limits.timeoutMs - (performance.now() - started))),
  });
  const choice = chooseTransport(way.options, await surroundingsOf(way, environment, limits));
  const because = choice.why.join('; ').replaceAll('this transport', 'ssh2');
  const chosen = noted(way, `transport ${choice.transport}: ${because || 'nothing here asks for more'}`);
  const outcome = await openWith[choice.transport](chosen, environment, rest());
  if (outcome.ok || choice.transport !== 'ssh2' || outcome.failure !== 'no-common-algorithm') return outcome;
  const second = noted(way, `transport openssh: with ssh2 there was no way: ${outcome.detail}`);
  return openWithOpenssh(second, environment, rest());
};

/** Why the user's own ssh can't be driven; null: it can. */
function opensshHindrance(way: Way): string | null {
  if (way.options.size === 0) return 'there is no program ssh in PATH on this machine';
  return platform() === 'win32' ? 'the ssh of this system has no ControlMaster' : null;
}

function noted(way: Way, note: string): Way {
  return { ...way, notes: [note, ...way.notes] };
}
