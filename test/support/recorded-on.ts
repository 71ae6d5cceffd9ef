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

/** What a program belongs to, and how it tells its version; what says most of a look comes first. */
const tools = [
  ['ss', 'iproute2', '-V'],
  ['netstat', 'net-tools', '-V'],
  ['journalctl', 'systemd', '--version'],
  ['systemctl', 'systemd', '--version'],
  ['podman', 'podman', '--version'],
  ['docker', 'docker', '--version'],
  ['nginx', 'nginx', '-v'],
  ['ps', 'procps', '-V'],
] as const;

const versionIn = (text: string) => /(\d+(?:\.\d+){0,2})/.exec(text)?.[1] ?? null;

/** Asked of the same source, once the looks are over. */
export async function recordedOn(source: Source, looks: readonly Look[], limits: Limits): Promise<Recorded> {
  const said = async (...argv: string[]) => {
    const answer = await source.execute({ argv }, limits);
    return answer.ok ? `${answer.stdout}${answer.stderr}`.trim() : '';
  };
  const busybox = `BusyBox ${versionIn(await said('busybox'))}`;
  const debian = /^VERSION_ID="?(\d+)"?$/m.exec(await said('cat', '/etc/os-release'))?.[1];
  const toolOf = async () => {
    const servers = looks.map(({ outcome }) =>
      /"server":"SSH-2.0-(OpenSSH_[\d.]+)/.exec(JSON.stringify(outcome)),
    );
    const server = servers.find((found) => found !== null)?.[1];
    if (server) return server.replace('_', ' ');
    if (debian === undefined) return busybox;
    const words = looks.flatMap(({ args, outcome }) =>
      'argv' in args && outcome.ok
        ? args.argv.slice(0, 5).map((word) => word.slice(word.lastIndexOf('/') + 1))
        : [],
    );
    const tool = tools.find(([program]) => words.includes(program));
    if (tool) return `${tool[1]} ${versionIn((await said(tool[0], tool[2])).replace('iproute2-', ''))}`;
    const programs = looks.every(({ operation }) => operation === 'execute' || operation === 'readFile');
    return programs ? 'the shell' : `Node ${versionIn(version)}`;
  };
  return {
    system: debian === undefined ? busybox : `Debian ${debian}`,
    tool: await toolOf(),
    user: await said('id', '-un'),
  };
}
