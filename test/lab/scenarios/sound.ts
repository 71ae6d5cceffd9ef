/** Sound paths, most of which look odd: nothing is named. */
import { addresses, usualNames } from '../network.ts';
import * as programs from '../programs.ts';
import type { Scenario } from '../scenario.ts';
import { siteFile, siteText, upgradeHeaders } from '../site.ts';
import { clientUnit, serverUnit, type World } from '../world.ts';

const agent = 'agent.example.com';
const site = (text: Parameters<World['serveSite']>[0]) => async (world: World) => {
  await world.serveSite(text);
  await connected(world);
};

async function connected(world: World): Promise<void> {
  await world.restartGateway();
  await world.gatewaySays('established');
}

/** Between the two a relay that holds every byte back for 150 ms, either way. */
const relay = `const net = require('node:net');
net.createServer((near) => {
  const far = net.connect(443, '${addresses.backend.v4}');
  const later = (from, to) => {
    from.on('data', (bytes) => setTimeout(() => to.destroyed || to.write(bytes), 150));
    from.on('end', () => setTimeout(() => to.end(), 150));
    from.on('error', () => to.destroy());
  };
  later(near, far);
  later(far, near);
}).listen(443, '${addresses.names.v4}', () => console.log('up'));`;

const misleading = `# proxy_pass http://127.0.0.1:8080; server { location /ws/agent { return 404; } }
map $http_user_agent $note {
    default "} location /ws/agent { proxy_pass http://127.0.0.1:8080; # ";
    '~*"bot"' 'a } brace; and a # in quotes';
}
`;

const each: readonly Omit<Scenario, 'causes' | 'exit'>[] = [
  { name: 'sound', about: 'nothing' },
  {
    name: 'sound-literal-upgrade',
    about: 'Connection "upgrade" without a map',
    inject: site({ location: upgradeHeaders.replace('$connection_upgrade', '"upgrade"') }),
  },
  {
    name: 'sound-two-servers',
    about: 'an upstream with two servers that both lead to the agent',
    inject: site({
      pass: 'http://agents',
      before: `upstream agents {\n    server 127.0.0.1:8081;\n    server ${addresses.backend.v4}:8081;\n    keepalive 4;\n}\n`,
    }),
  },
  {
    name: 'sound-backup-server',
    about: 'an upstream with a backup where nobody listens',
    inject: site({
      pass: 'http://agents',
      before: 'upstream agents {\n    server 127.0.0.1:8081;\n    server 127.0.0.1:9999 backup;\n}\n',
    }),
  },
  {
    name: 'sound-ipv6-too',
    about: 'the name has an AAAA record too, and nginx listens there',
    told: { resolvesTo: `"backend", "${addresses.backend.v6}"` },
    inject: ({ names }) =>
      names.serve({ ...usualNames, [agent]: [addresses.backend.v4, addresses.backend.v6] }),
  },
  {
    name: 'sound-far-away',
    about: 'the endpoint is 300 ms away (a relay that holds bytes back)',
    told: { resolvesTo: `"${addresses.names.v4}"` },
    inject: async (world) => {
      world.nameserver.write('/run/relay.cjs', relay);
      world.nameserver.sh(
        `setsid ${process.execPath} /run/relay.cjs >/run/relay.log 2>&1 </dev/null & echo $! >/run/relay.pid; sleep 0.5`,
      );
      await world.names.serve({ ...usualNames, [agent]: [addresses.names.v4] });
      await connected(world);
    },
    repair: ({ nameserver }) => void nameserver.sh('kill $(cat /run/relay.pid)'),
  },
  {
    name: 'sound-misleading-comments',
    about: 'comments and quotes in nginx.conf that look like a wrong route',
    inject: site({
      before: misleading,
      beside:
        '\n    location = /robots.txt {\n        # location /ws/agent { proxy_pass http://127.0.0.1:8080; }\n        return 200 "location /ws/agent { proxy_pass http://127.0.0.1:8080; }";\n    }\n',
    }),
  },
  {
    name: 'sound-regular-expression',
    about: 'a regular expression takes the path, case aside',
    inject: site({ path: '~* ^/WS/(?<which>agent)$', pass: 'http://127.0.0.1:8081/ws/$which$is_args$args' }),
  },
  {
    name: 'sound-drop-in',
    about: 'a drop-in of the unit has another ExecStart',
    inject: async (world) => {
      world.backend.sh(`mkdir -p /etc/systemd/system/${serverUnit}.d
printf '[Service]\\nExecStart=\\nExecStart=/usr/local/bin/node ${programs.backendProgram} --from-a-drop-in\\n' >/etc/systemd/system/${serverUnit}.d/lab.conf
systemctl daemon-reload`);
      await world.behave({});
      await connected(world);
    },
  },
  {
    name: 'sound-unix-socket',
    about: 'the agent is behind a Unix socket',
    told: { listens: '{ port = 8080, health = "/health" }', to: 'agent-server:8080' },
    inject: async (world) => {
      await world.behave({ manager: { bind: '/run/viworks-agent.sock' } });
      world.backend.run('chmod', '666', '/run/viworks-agent.sock');
      await site({ pass: 'http://unix:/run/viworks-agent.sock' })(world);
    },
  },
  {
    name: 'sound-http-2',
    about: 'nginx speaks HTTP/2 too',
    inject: site({ listen: ['443 ssl http2', '[::]:443 ssl http2'] }),
  },
  {
    name: 'sound-upgrade-over-http-1.0',
    about: 'nginx passes on over HTTP/1.0, and the agent upgrades all the same',
    inject: site({ location: upgradeHeaders.replace('        proxy_http_version 1.1;\n', '') }),
  },
  {
    name: 'sound-refusal-expected',
    about: 'the agent wants a token, and 401 is what is expected',
    told: {
      endpoint: 'expect = { upgrade = [101, 401] }',
      client: '',
      journal: '',
      connectsTo: '',
      listens: '{ port = 8080, health = "/health" }, { port = 8081, health = "/health" }',
    },
    inject: (world) => world.behave({ manager: { upgradeStatus: 401 } }),
  },
  {
    name: 'sound-restarted-just-now',
    about: 'everything was restarted a moment ago',
    inject: async (world) => {
      await world.behave({});
      world.backend.sh('systemctl kill -s KILL nginx; systemctl restart nginx');
      await connected(world);
    },
  },
  {
    name: 'sound-talkative',
    about: 'the gateway agent has written megabytes since it connected',
    inject: async (world) => {
      world.gateway.sh(
        `sed -i "s/heartbeat = setInterval/console.log('WebSocket connection established'); for (let n = 0; n < 6000; n += 1) console.log('telemetry ' + n + ' '.repeat(200) + '.'); heartbeat = setInterval/" ${programs.gatewayProgram}; systemctl restart ${clientUnit}`,
      );
      await world.gatewaySays('telemetry 5999');
    },
  },
  {
    name: 'sound-written-not-changed',
    about: 'nginx was reloaded after its file was written anew, unchanged',
    inject: async (world) => {
      world.backend.write(siteFile, siteText());
      await world.reloadNginx();
      await connected(world);
    },
  },
];

export const sound: readonly Scenario[] = each.map((scenario) => ({ ...scenario, causes: [], exit: 0 }));
