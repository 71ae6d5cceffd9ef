/** Where a fixture was recorded: which system, which tool in which version, who looked. */
import { version } from 'node:process';
import type { Look } from '../../src/vantage/observe.ts';
import type { Limits, Source } from '../../src/vantage/source.ts';

export interface Recorded {
  /** `Debian 12`; `BusyBox 1.35` where there is nothing but that. */
  readonly system: string;
  /** What answered: `iproute2 6.1`, `systemd 252`. */
  readonly tool: string;
  readonly user: string;
}

/** What a program belongs to, and how it tells its version. */
const tools: Readonly<Record<string, { readonly name: string; readonly argv: readonly string[] }>> = {
  ss: { name: 'iproute2', argv: ['ss', '-V'] },
  netstat: { name: 'net-tools', argv: ['netstat', '-V'] },
  ps: { name: 'procps', argv: ['ps', '-V'] },
  systemctl: { name: 'systemd', argv: ['systemctl', '--version'] },
  journalctl: { name: 'systemd', argv: ['journalctl', '--version'] },
  docker: { name: 'docker', argv: ['docker', '--version'] },
  podman: { name: 'podman', argv: ['podman', '--version'] },
  nginx: { name: 'nginx', argv: ['nginx', '-v'] },
};

const versionIn = (text: string) => /(\d+(?:\.\d+){0,2})/.exec(text)?.[1] ?? null;

/** Asked of the same source, once the looks are over. The first program with an answer names the tool. */
export async function recordedOn(source: Source, looks: readonly Look[], limits: Limits): Promise<Recorded> {
  const said = async (...argv: string[]) => {
    const answer = await source.execute({ argv }, limits);
    return answer.ok ? `${answer.stdout}${answer.stderr}`.trim() : '';
  };
  const busybox = `BusyBox ${versionIn(await said('busybox'))}`;
  const debian = /^VERSION_ID="?(\d+)"?$/m.exec(await said('cat', '/etc/os-release'))?.[1];
  const system = debian === undefined ? busybox : `Debian ${debian}`;
  const answered = looks.flatMap(({ operation, args, outcome }) =>
    operation === 'execute' && outcome.ok && 'exitCode' in outcome && outcome.exitCode === 0 && 'argv' in args
      ? args.argv.map((word) => tools[word]).slice(0, 5)
      : [],
  );
  const tool = answered.find((found) => found !== undefined);
  const number = tool && versionIn((await said(...tool.argv)).replace(/iproute2-/, ''));
  const node = looks.some(({ operation }) => operation !== 'execute' && operation !== 'readFile');
  const name = tool ? `${tool.name} ${number}` : debian === undefined ? busybox : 'the kernel';
  return { system, tool: node && !tool ? `Node ${versionIn(version)}` : name, user: await said('id', '-un') };
}
