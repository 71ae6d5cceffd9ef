/** Makes the fixtures of kind `nginx`, with a real one: `RECORD=1 npx vitest run test/checks/nginx.record.ts`, as root. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nginx } from '../../checks/nginx.ts';
import { failure, type Source } from '../../src/vantage/source.ts';
import { recordFixture } from '../support/fixture.ts';
import { type Namespace, openNamespace } from '../support/namespace.ts';

const limits = { timeoutMs: 10_000 };
const folder = '/opt/viworks/digital ocean docker/nginx';
const main = `${folder}/nginx.conf`;

let place: Namespace;
beforeAll(async () => {
  place = await openNamespace();
});
afterAll(() => place.end());

const upgrade = `proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";`;

const location = (inside: string, path = '/ws/agent') => `    location ${path} {
      ${inside}
    }
`;
const to = (url: string, more = '') => location(`proxy_pass ${url};\n      ${upgrade}${more}`);

/** One server block, and what stands beside it. */
const configuration = (server: string, http = '', top = '') => `daemon off;
worker_processes 1;
user root;
pid /opt/nginx.pid;
${top}
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path /opt/body; proxy_temp_path /opt/proxy; fastcgi_temp_path /opt/fastcgi;
  uwsgi_temp_path /opt/uwsgi; scgi_temp_path /opt/scgi;
  ${http}
  server {
    listen 8443;
    server_name agent.example.com;
${server}
  }
}
`;

const route = (more: Record<string, unknown> = {}, target: Record<string, unknown> | null = {}) => ({
  route: {
    url: 'ws://agent.example.com:8443/ws/agent',
    port: 8443,
    target: target && {
      service: 'agent-server',
      port: 8081,
      otherPorts: [8080],
      sameHost: true,
      address: '192.0.2.10',
      path: '/ws/agent',
      ...target,
    },
    ...more,
  },
});

const started = 'nginx -p /opt -c "$1" -e /opt/error.log & pid=$!; sleep 1; echo started; wait $pid';

async function running<T>(text: string, during: () => Promise<T>): Promise<T> {
  place.write(main, text);
  await place.start('sh', '-c', started, 'sh', main);
  try {
    return await during();
  } finally {
    place.run('sh', '-c', 'kill "$(cat /opt/nginx.pid)"; while test -e /opt/nginx.pid; do sleep 0.1; done');
  }
}

/** Nothing of the machine outside answers for the place inside. */
const apart = (source: Source, tls: boolean | null = null): Source => ({
  ...source,
  resolve: async () => failure('nxdomain', 'no such name'),
  handshake: async () =>
    failure(tls === false ? 'not-tls' : 'refused', tls === false ? 'no TLS' : 'connection refused'),
});

async function record(
  name: string,
  options: Record<string, unknown> = {},
  more: { source?: Source; played?: string; works?: true } = {},
): Promise<void> {
  const { source = apart(place.source), played, works } = more;
  const ground = works ? { works } : {};
  const why = played === undefined ? {} : { played };
  const { verdict } = await recordFixture(nginx, name, source, options, { ...limits, ground, ...why });
  const codes = verdict.findings.map(({ code }) => code);
  if (name.startsWith('pass-')) expect(codes, name).toEqual([]);
  else
    expect(
      codes.some((code) => name.startsWith(`${code}-`)),
      `${name}: ${codes}`,
    ).toBe(true);
}

const right = to('http://127.0.0.1:8081');

it('configurations', async () => {
  place.write(`${folder}/sites/10 agent.conf`, `server { listen 8444; }\n`);
  const withSites = configuration(right, 'include "sites/*.conf"; include /opt/viworks/none/*.conf;');
  await running(withSites, async () => {
    await record('pass-beside-a-master');
    const nobody = apart(place.sourceAs(65534));
    await record('pass-files-alone', {}, { source: nobody });
    place.run('chmod', '600', `${folder}/sites/10 agent.conf`);
    const denied: Source = {
      ...nobody,
      readFile: async (args, bounds) =>
        args.path.includes('/sites/')
          ? failure('denied', 'not allowed (EACCES)')
          : nobody.readFile(args, bounds),
    };
    await record('doctor.no-permission-include', {}, { source: denied, played: 'root reads all files here' });
    await record('pass-another-file-named', { config: `${folder}/sites/10 agent.conf` });
    await record('doctor.no-answer-no-such-file', { config: '/opt/none/nginx.conf' });
    place.run('touch', '-d', '10 seconds', main);
    await record('proxy.not-reloaded-main-file');
    place.write(`${folder}/sites/10 agent.conf`, 'server {\n  listen 8444;\n  prox_pass x;\n}\n');
    await record('proxy.config-invalid-beside-a-master');
    place.write(
      `${folder}/sites/10 agent.conf`,
      'server {\n  listen 8444;\n  access_log "/opt/new log";\n}\n',
    );
    await record('proxy.not-reloaded-nothing-created');
    expect(() => place.run('ls', '/opt/new log')).toThrow();
  });
  await record('pass-does-not-run', { config: main });
  const noEngine: Source = {
    ...place.source,
    execute: async ({ argv }) => failure('missing', `no program ${argv[0]}`),
  };
  await record(
    'doctor.tool-missing-no-engine',
    { container: 'nginx' },
    {
      source: noEngine,
      played: 'no program can be run there',
    },
  );
});

it('routes', async () => {
  const cases: [
    name: string,
    text: string,
    options?: Record<string, unknown>,
    more?: Parameters<typeof record>[2],
  ][] = [
    ['pass-route', configuration(right)],
    [
      'pass-route-upstream',
      configuration(
        to('http://agent'),
        'upstream agent { server 127.0.0.1:8081; server 127.0.0.1:8080 down; }',
      ),
    ],
    ['pass-route-not-declared', configuration(to('http://127.0.0.1:8080')), route({}, null)],
    ['pass-route-unix-socket', configuration(to('http://unix:/opt/agent.sock'))],
    [
      'pass-route-of-a-page',
      configuration(location('return 200;', '/')),
      route({ url: 'http://agent.example.com:8443/' }, null),
    ],
    [
      'pass-route-redirect',
      configuration(
        `${location('return 301 /app/;', '= /')}${to('http://127.0.0.1:8081').replace('/ws/agent', '/app/')}`,
      ),
      route({ url: 'http://agent.example.com:8443/' }),
    ],
    ['proxy.wrong-port-line', configuration(to('http://127.0.0.1:8080'))],
    [
      'proxy.wrong-port-variable',
      configuration(to('http://$backend'), 'map $host $backend {\n    default 127.0.0.1:8080;\n  }'),
    ],
    [
      'proxy.wrong-port-one-of-two',
      configuration(
        to('http://agent'),
        'upstream agent {\n    server 127.0.0.1:8081;\n    server 127.0.0.1:8080;\n  }',
      ),
    ],
    ['proxy.wrong-port-other-host', configuration(to('http://192.0.2.77:8081'))],
    ['proxy.wrong-port-stale', configuration(to('http://127.0.0.1:8080')), route(), { works: true }],
    ['proxy.wrong-path-uri', configuration(to('http://127.0.0.1:8081/'))],
    [
      'proxy.wrong-scheme-tls',
      configuration(to('https://127.0.0.1:8081')),
      route(),
      {
        source: apart(place.source, false),
        played: 'the look would come from outside of the recording namespace',
      },
    ],
    [
      'proxy.no-upgrade-headers',
      configuration(
        location(
          'proxy_pass http://127.0.0.1:8081;\n      proxy_http_version 1.1;\n      proxy_set_header X-Token "hunter2-hunter2";',
        ),
        'proxy_set_header Upgrade $http_upgrade;\n  proxy_set_header Connection "upgrade";',
      ),
    ],
    ['pass-route-not-verified', configuration(to('http://$cookie_backend'))],
    ['proxy.no-route-in-the-plain-case', configuration(location('root /opt/none; try_files $uri =404;'))],
    [
      'proxy.no-upgrade-version',
      configuration(right.replace('proxy_http_version 1.1;', 'proxy_http_version 1.0;')),
    ],
    ['proxy.no-route-return', configuration(location('return 404;'))],
    ['proxy.no-route-nothing-listens', configuration(right), route({ port: 8445 })],
    [
      'proxy.short-timeout-heartbeat',
      configuration(to('http://127.0.0.1:8081', '\n      proxy_read_timeout 30s;')),
      route({ longestSilenceMs: 30_000 }),
    ],
    [
      'proxy.backend-unreachable-name',
      configuration(
        to('http://$backend:8081'),
        'map $host $backend { default nowhere.example.com; }\n  resolver 127.0.0.1:9 valid=1s ipv6=off;\n  resolver_timeout 1s;',
      ),
    ],
  ];
  for (const [name, text, options = route(), more = {}] of cases) {
    await running(text, async () => {
      if (name.includes('unreachable')) {
        const ask =
          'exec 3<>/dev/tcp/127.0.0.1/8443; printf "GET /ws/agent?token=hunter2 HTTP/1.0\\r\\nHost: agent.example.com\\r\\n\\r\\n" >&3; cat <&3 >/dev/null';
        place.run('bash', '-c', ask);
      }
      await record(name, options, more);
    });
  }
});
