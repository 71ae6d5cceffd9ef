import { expect, it } from 'vitest';
import { process } from '../../checks/process.ts';
import type { Vantage } from '../../src/check.ts';

const option = (name: string) => process.options.safeParse({ process: name }).success;

it.each(['agent', '/opt/my app/agent', 'nginx', 'serve.py', 'a;id'])('takes the name %s', (name) => {
  expect(option(name)).toBe(true);
});
it.each(['', '-v', 'a\nb', 'a\0b', '\x1b[31m'])('refuses the name %j', (name) => {
  expect(option(name)).toBe(false);
});

/** What `ps` prints at each look, after PID 1. */
async function verdict(looks: readonly string[], chosen: { process: string; count?: number }) {
  const left = [...looks];
  const vantage: Pick<Vantage, 'execute'> = {
    execute: async ({ argv }) => {
      const stdout = argv[0] === 'ps' ? `1 0 root S init\n${left.shift() ?? ''}` : '';
      return { ok: true, exitCode: 0, stdout, stderr: '', truncated: false };
    },
  };
  const options = process.options.parse(chosen);
  const facts = await process.look(vantage as Vantage, options, {});
  const { findings, observed } = process.judge(facts, options);
  return {
    codes: findings.map(({ code }) => code),
    observed,
    facts,
    pids: process.provides?.process?.(facts, options),
  };
}

it.each<[string, string[], number | undefined, string[]]>([
  ['runs', ['7 1 root S agent\n'], undefined, []],
  ['is stopped', ['7 1 root T agent\n'], undefined, ['process.stuck']],
  ['is one of two stopped', ['7 1 root T agent\n8 1 root S agent\n'], undefined, []],
  ['waits for a disk twice', ['7 1 root D agent\n', '7 1 root Ds agent\n'], undefined, ['process.stuck']],
  ['waits for a disk once', ['7 1 root D agent\n', '7 1 root S agent\n'], undefined, []],
  ['waits, then ends', ['7 1 root D agent\n', ''], undefined, ['process.missing']],
  ['is a zombie', ['7 1 root Z [agent] <defunct>\n'], undefined, ['process.stuck']],
  ['is a zombie beside a living one', ['7 1 root Z [agent] <defunct>\n8 1 root S agent\n'], 1, []],
  ['is too many', ['7 1 root S agent\n8 1 root S agent\n'], 1, ['process.count']],
  ['is stopped, and too few', ['7 1 root T agent\n'], 2, ['process.stuck', 'process.count']],
  ['is not there', [''], undefined, ['process.missing']],
])('%s', async (_, looks, count, codes) => {
  expect((await verdict(looks, { process: 'agent', ...(count ? { count } : {}) })).codes).toEqual(codes);
});

it('hands on the living, and shows no more than the start of a command line', async () => {
  const looks = [`7 1 root Z [agent] <defunct>\n8 1 root S agent ${'x'.repeat(5000)}\n`];
  const { pids, facts } = await verdict(looks, { process: 'agent' });
  expect(pids).toEqual([8]);
  expect(facts.matches.at(-1)?.args).toHaveLength(513);
});

it('keeps nothing of other processes', async () => {
  const { facts } = await verdict(['7 1 root S agent\n9 1 root S other --password=hunter2\n'], {
    process: 'agent',
  });
  expect(JSON.stringify(facts)).not.toContain('hunter2');
});

const containerd = '20 1 root Sl /usr/bin/containerd-shim-runc-v2 -namespace moby -id 4711\n';
const podman = '20 1 root Ss /usr/bin/conmon --api-version 1 -c 4711\n';

it.each([
  ['Docker', `${containerd}21 20 root S agent\n22 21 root S agent\n`],
  ['Podman', `${podman}21 20 root S agent\n22 21 root S agent\n`],
])('counts no processes of containers of %s for a bare service', async (_, inside) => {
  const own = '7 1 root S agent\n';
  expect(await verdict([own + inside], { process: 'agent', count: 1 })).toMatchObject({
    codes: [],
    pids: [7],
  });
  const alone = await verdict([inside], { process: 'agent' });
  expect(alone).toMatchObject({
    codes: ['process.missing'],
    facts: { contained: [21, 22] },
    pids: undefined,
  });
  expect(alone.observed).toMatch(/^no such process but in a container \(pid 21, 22\)/);
});

it('says nothing is missing where it may be hidden, and gives those above nothing to stand on', async () => {
  const execute = async ({ argv }: { readonly argv: readonly string[] }) => {
    const stdout = argv[0] === 'ps' ? '70 1 ada S ps -ww -eo pid=,ppid=,user:32=,stat=,args=\n' : '';
    return { ok: true, exitCode: 0, stdout, stderr: '', truncated: false } as const;
  };
  const options = process.options.parse({ process: 'agent' });
  const facts = await process.look({ execute } as unknown as Vantage, options, {});
  expect(facts.hidden).toBe(true);
  expect(process.judge(facts, options).findings.map(({ code }) => code)).toEqual(['doctor.no-permission']);
  expect(process.provides?.process?.(facts, options)).toEqual([]);
});
