import { expect, it } from 'vitest';
import { parseBuild } from '../../../src/net/nginx-host/build.ts';
import { argumentsOf, mastersIn, ofEveryCall, parseSince } from '../../../src/net/nginx-host/masters.ts';
import type { Process } from '../../../src/net/processes.ts';

const process = (pid: number, ppid: number, args: string): Process => ({
  pid,
  ppid,
  user: 'root',
  state: 'Ss',
  args,
  argv: args.split(' '),
});

it('finds masters with what they were given, and the workers that take connections', () => {
  const [first, second, ...more] = mastersIn([
    process(
      7,
      1,
      'nginx: master process /usr/sbin/nginx -g daemon on; master_process on; -c /srv/digital ocean/a.conf',
    ),
    process(8, 7, 'nginx: worker process'),
    process(9, 7, 'nginx: worker process is shutting down'),
    process(10, 7, 'nginx: cache manager process'),
    process(20, 1, 'nginx: master process nginx -p/opt/x -e stderr'),
    process(30, 1, 'vim nginx: master process'),
  ]);
  expect(more).toEqual([]);
  expect(first).toMatchObject({ pid: 7, workers: [8], binary: '/usr/sbin/nginx', prefix: null });
  expect(first && argumentsOf(first)).toEqual([
    '-c',
    '/srv/digital ocean/a.conf',
    '-g',
    'daemon on; master_process on;',
  ]);
  expect(second).toMatchObject({ pid: 20, workers: [], prefix: '/opt/x', errorLog: 'stderr', config: null });
});

it('takes one without a master for both', () => {
  expect(mastersIn([process(7, 1, '/usr/sbin/nginx -c /a.conf')])).toMatchObject([
    { pid: 7, workers: [7], config: '/a.conf' },
  ]);
});

it.each([
  ['daemon on; master_process on;', null],
  ['daemon off; pid /run/other.pid;', 'pid /run/other.pid;'],
  ['daemon_x on;', 'daemon_x on;'],
  [null, null],
])('a person need not type how a new one would run: %s', (globals, kept) => {
  expect(ofEveryCall(globals)).toBe(kept);
});

it('reads since when processes run, and where', () => {
  const rest = Array.from({ length: 17 }, () => '0').join(' ');
  const stat = `8 (a) b) S 7 ${rest} 5000 1 2`;
  const seen = parseSince(
    `1000 100.50 100 pid:[1]\n8 pid:[1] h 8 ${stat}\n9 pid:[2] c 1 ${stat}\n10 - c - ${stat}\n11 - h - ${stat}\nnonsense\n`,
  );
  expect([...seen]).toEqual([
    [8, { startedMs: 949_500, elsewhere: false, ownPid: 8 }],
    [9, { startedMs: 949_500, elsewhere: true, ownPid: 1 }],
    [10, { startedMs: 949_500, elsewhere: true, ownPid: null }],
    [11, { startedMs: 949_500, elsewhere: null, ownPid: null }],
  ]);
});

it('reads how it was built', () => {
  const text =
    "nginx version: nginx/1.22.1\nconfigure arguments: --with-cc-opt='-g -O2' --prefix=/usr/share/nginx --conf-path='/etc/my nginx/nginx.conf' --pid-path=/run/nginx.pid\n";
  expect(parseBuild(text)).toEqual({
    version: '1.22.1',
    prefix: '/usr/share/nginx',
    config: '/etc/my nginx/nginx.conf',
    errorLog: null,
    pid: '/run/nginx.pid',
    accessLog: null,
  });
});
