/** An upstream with several servers: which of them count, and what some wrong ones are. */
import { expect, it } from 'vitest';
import { parseNginx } from '../../../src/net/nginx/route.ts';
import { followRoute } from '../../../src/net/nginx-host/follow.ts';
import { judgeRoute } from '../../../src/net/nginx-host/route-judge.ts';
import { plainOutcome } from '../../../src/net/nginx-host/route-look.ts';
import { forwardedTo, judgeTarget, type ServicePlace } from '../../../src/net/nginx-host/target.ts';

const place: ServicePlace = {
  service: 'agent-server',
  port: 8081,
  otherPorts: [8080],
  samePath: [],
  container: null,
  sameHost: true,
  address: '192.0.2.10',
  path: null,
};
const around = { own: ['127.0.0.1'], proxy: null, service: null, there: [] };
const url = 'http://agent.example.com/';

function judged(servers: string, works: boolean) {
  const text = `http { upstream agents { ${servers} } server { listen 80; location / { proxy_pass http://agents; } } }`;
  const parsed = parseNginx(new Map([['/nginx.conf', text]]), '/nginx.conf', '/');
  if (!parsed.ok) throw new Error(parsed.message);
  const { route, stream } = followRoute(parsed.root, url, 80, null);
  const outcome = plainOutcome(route.outcome);
  if (outcome?.kind !== 'proxy') throw new Error('it goes to no server');
  const forwarded = forwardedTo(outcome);
  const targets = forwarded.map((server) => ({
    ...server,
    ...judgeTarget(server, [server.host], place, around),
    addresses: [server.host],
    isUnknownName: false,
    change: null,
  }));
  const nothing = { speaksTls: null, block: null, written: [], errorLog: [], certificates: [] };
  const asked = {
    url,
    port: 80,
    target: place,
    longestSilenceMs: null,
    works,
    named: (file: string) => file,
  };
  const { findings } = judgeRoute({ route, stream, targets, ...nothing }, asked);
  return { ports: forwarded.map(({ port }) => port), findings };
}

const right = 'server 127.0.0.1:8081;';

it.each([
  ['a backup', `${right} server 127.0.0.1:9999 backup;`, [8081]],
  ['one that is down', `${right} server 127.0.0.1:9999 down;`, [8081]],
  ['several', `${right} server 127.0.0.1:8080;`, [8081, 8080]],
  ['backups alone', 'server 127.0.0.1:8081 backup;', [8081]],
])('%s', (_, servers, ports) => expect(judged(servers, false).ports).toEqual(ports));

it('a backup at another place accuses nobody', () => {
  expect(judged(`${right} server 127.0.0.1:9999 backup;`, false).findings).toEqual([]);
});

it('one wrong server of several is a part that is missing', () => {
  const [finding] = judged(`${right} server 127.0.0.1:8080;`, false).findings;
  expect(finding).toMatchObject({ code: 'proxy.wrong-port', values: { partly: true, actual: '8080' } });
});

it('where the endpoint works it is warned of, and the declaration is not doubted', () => {
  const [finding] = judged(`${right} server 127.0.0.1:8080;`, true).findings;
  expect(finding).toMatchObject({ code: 'proxy.wrong-port', status: 'warn', values: { partly: true } });
  expect(finding?.values).not.toHaveProperty('works');
});

it('all of them wrong, and it works: the declaration is out of date', () => {
  const [finding] = judged('server 127.0.0.1:8080;', true).findings;
  expect(finding).toMatchObject({ status: 'warn', observed: 'port 8080', values: { works: true } });
});
