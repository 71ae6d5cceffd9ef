/** Who holds a port for whom, from what `ss` and `ps` print. */
import { describe, expect, it } from 'vitest';
import { netstat } from '../../checks/netstat.ts';
import type { Answer, Vantage } from '../../src/check.ts';

const printed = (stdout: string, truncated = false): Answer<'execute'> => ({
  ok: true,
  exitCode: 0,
  stdout,
  stderr: '',
  truncated,
});

/** Processes as `pid ppid args`; listening sockets as rows of `ss`. */
async function verdict(
  processes: readonly string[],
  sockets: string,
  more: { cut?: boolean; exe?: string } = {},
) {
  const rows = ['1 0 /sbin/init', ...processes].map((row) => {
    const [pid, ppid, ...args] = row.split(' ');
    return `${pid} ${ppid} root S ${args.join(' ')}\n`;
  });
  const vantage: Pick<Vantage, 'execute'> = {
    execute: async ({ argv }) => {
      if (argv[0] === 'ss') return printed(sockets, more.cut);
      return printed(argv[0] === 'ps' ? rows.join('') : (more.exe ?? ''));
    },
  };
  const options = netstat.options.parse({ port: 8081, process: 'agent', outside: true });
  const facts = await netstat.look(vantage as Vantage, options, {});
  const open = netstat.provides?.open?.(facts, options);
  return { facts, open, ...netstat.judge(facts, options) };
}

const row = (pids: readonly number[], address = '0.0.0.0') =>
  `LISTEN 0 128 ${address}:8081 0.0.0.0:* users:(${pids.map((pid) => `("x",pid=${pid},fd=3)`).join(',')})\n`;

describe('the program that has the port', () => {
  it.each<[string, string[], number[], string[]]>([
    ['is the named one', ['7 1 /opt/agent --listen'], [7], []],
    ['is its child', ['7 1 /opt/agent', '8 7 worker'], [8], []],
    ['is what started it', ['6 1 supervisor', '7 6 /opt/agent'], [6], []],
    ['is its script', ['7 1 python3 /opt/agent'], [7], []],
    ['is PID 1, for a socket unit', [], [1], []],
    ["is an engine's proxy", ['9 1 /usr/bin/docker-proxy -proto tcp -host-port 8081'], [9], []],
    ['is conmon', ['9 1 /usr/bin/conmon --api-version 1'], [9], []],
    ['is pasta', ['9 1 /usr/bin/pasta.avx2 --config-net'], [9], []],
    ['is rootlessport', ['9 1 rootlessport'], [9], []],
    ['shares it with others', ['7 1 /opt/agent', '9 1 other'], [9, 7], []],
    ['is not in the process list', [], [99], []],
    ['is another', ['7 1 /opt/agent', '9 1 other'], [9], ['netstat.wrong-process']],
    ['only begins with the name', ['9 1 agent-of-old'], [9], ['netstat.wrong-process']],
    ['is a sibling', ['6 2 supervisor', '7 6 /opt/agent', '9 6 other'], [9], ['netstat.wrong-process']],
  ])('%s', async (_, processes, owners, codes) => {
    const { findings } = await verdict(processes, row(owners));
    expect(findings.map(({ code }) => code)).toEqual(codes);
  });

  it('is known by its executable when its title says nothing', async () => {
    const exe = 'lrwxrwxrwx 1 root root 0 Nov 24 06:49 /proc/7/exe -> /opt/agent (deleted)\n';
    expect((await verdict(['7 1 busy'], row([7]), { exe })).findings).toEqual([]);
  });

  it('is not said to be another when one of the owners is not shown', async () => {
    const sockets = `${row([9], '127.0.0.1')}LISTEN 0 128 192.0.2.1:8081 0.0.0.0:*\n`;
    const { findings, observed } = await verdict(['9 1 other'], sockets);
    expect(findings).toEqual([]);
    expect(observed).toContain('192.0.2.1:8081');
  });

  it('is named with how many more there are', async () => {
    const { observed } = await verdict(['7 1 agent', '8 7 agent', '9 7 agent'], row([7, 8, 9]));
    expect(observed).toBe('0.0.0.0:8081, agent (pid 7 and 2 more)');
  });
});

describe('where it listens', () => {
  it.each<[string, string[], string[]]>([
    ['loopback alone', ['127.0.0.1'], ['netstat.loopback-only']],
    ['both loopbacks', ['127.0.0.1', '[::1]'], ['netstat.loopback-only']],
    ['the loopback device', ['0.0.0.0%lo'], ['netstat.loopback-only']],
    ['loopback and an outside address', ['127.0.0.1', '192.0.2.1'], []],
    ['everywhere', ['*'], []],
  ])('%s', async (_, addresses, codes) => {
    const sockets = addresses.map((address) => row([7], address)).join('');
    expect((await verdict(['7 1 agent'], sockets)).findings.map(({ code }) => code)).toEqual(codes);
  });

  it('is not said to be nowhere when the table was cut off', async () => {
    const { findings, open } = await verdict([], '', { cut: true });
    expect(findings.map(({ code }) => code)).toEqual(['doctor.no-answer']);
    expect(open).toEqual([]);
  });

  it('is nowhere, and the ports of the process are named', async () => {
    const sockets = row([7]).replace(':8081', ':8080') + row([8], '[::]').replace(':8081', ':9090');
    const { findings, open, facts, observed } = await verdict(
      ['7 1 agent', '8 7 worker', '9 1 other'],
      sockets,
    );
    expect(findings.map(({ code }) => code)).toEqual(['netstat.not-listening']);
    expect(facts.processPorts).toEqual([8080, 9090]);
    expect(observed).toBe('agent listens on 8080, 9090');
    expect(open).toBeUndefined();
  });
});
