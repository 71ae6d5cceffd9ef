/** Everybody on a host can call a process nginx: whose program is run to ask it, and as whom. */
import { describe, expect, it } from 'vitest';
import type { Vantage } from '../../../src/check.ts';
import { readConfiguration } from '../../../src/net/nginx-host/configuration.ts';

/** Played: a host on which somebody runs a program that calls itself nginx. All else is missing there. */
async function ranFor(owner: string, login: string, sudo: boolean): Promise<string[]> {
  const ran: string[] = [];
  const answered = (stdout: string) => ({ ok: true, exitCode: 0, stdout, stderr: '', truncated: false });
  const vantage = {
    name: 'backend',
    execute: async ({ argv, asRoot }: { argv: readonly string[]; asRoot?: true }) => {
      const line = argv.join(' ');
      const used = sudo && asRoot ? { sudo: 'used' } : {};
      if (argv[0] === 'ps') {
        const rows = [
          '    1     0 root     Ss   init',
          ` 4242     1 ${owner}  Ss   nginx: master process /srv/nginx`,
          ` 4300     1 ${login}  R    ${line}`,
        ];
        return { ...answered(rows.join('\n')), ...used };
      }
      if (line.includes('/exe')) {
        return { ...answered('lrwxrwxrwx 1 x x 0 Nov 24 10:00 /proc/4242/exe -> /srv/nginx\n'), ...used };
      }
      if (line === 'id -u') return answered(login === 'root' ? '0\n' : '1000\n');
      if (line.startsWith('/srv/nginx')) ran.push(asRoot ? `as root: ${line}` : line);
      return { ok: false, failure: 'missing', detail: 'not there' };
    },
    readFile: async () => ({ ok: false, failure: 'missing', detail: 'not there' }),
  } as unknown as Vantage;
  await readConfiguration(vantage, { container: null, config: null, unit: null, ports: [443] });
  return ran;
}

describe('a program that calls itself nginx', () => {
  it.each([
    ['root', 'root', false, ['/srv/nginx -V', 'as root: /srv/nginx -T']],
    ['ada', 'ada', false, ['/srv/nginx -V']],
    ['root', 'ada', true, ['/srv/nginx -V', 'as root: /srv/nginx -T']],
    ['mallory', 'root', false, []],
    ['mallory', 'ada', false, []],
    ['mallory', 'ada', true, []],
  ])('of %s, seen by %s (sudo: %s), is run: %j', async (owner, login, sudo, expected) => {
    expect(await ranFor(owner, login, sudo)).toEqual(expected);
  });
});
