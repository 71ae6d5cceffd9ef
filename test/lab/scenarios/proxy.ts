/** Faults of nginx and its configuration. */
import type { Scenario } from '../scenario.ts';
import { siteFile, siteText, upgradeHeaders } from '../site.ts';
import type { World } from '../world.ts';

const wrong = ['P0 proxy.wrong-port proxy.nginx'];
const site = (text: Parameters<World['serveSite']>[0]) => async (world: World) => {
  await world.serveSite(text);
  await world.restartGateway();
};

export const proxy: readonly Scenario[] = [
  {
    name: 'proxy-wrong-port',
    about: 'proxy_pass says 8080',
    causes: wrong,
    exit: 1,
    inject: site({ pass: 'http://127.0.0.1:8080' }),
  },
  {
    name: 'proxy-wrong-port-upstream',
    about: 'the upstream block says 8080',
    causes: wrong,
    exit: 1,
    inject: site({
      pass: 'http://agents',
      before: 'upstream agents {\n    server 127.0.0.1:8080;\n    keepalive 8;\n}\n',
    }),
  },
  {
    name: 'proxy-wrong-port-included',
    about: 'an included file says 8080',
    causes: wrong,
    exit: 1,
    inject: async (world) => {
      world.backend.write(
        '/etc/nginx/agent.d/pass.conf',
        `proxy_pass http://127.0.0.1:8080;\n${upgradeHeaders}\nproxy_read_timeout 1h;\n`,
      );
      await site(
        siteText().replace(
          /location \/ws\/agent \{[^}]*\}/,
          'location /ws/agent {\n        include agent.d/*.conf;\n    }',
        ),
      )(world);
    },
  },
  {
    name: 'proxy-wrong-port-variable',
    about: 'a variable says 8080',
    causes: wrong,
    exit: 1,
    inject: site({
      pass: 'http://127.0.0.1:$agent_port',
      before: 'map $host $agent_port {\n    default 8080;\n    other.example.com 8081;\n}\n',
    }),
  },
  {
    name: 'proxy-wrong-port-nobody',
    about: 'proxy_pass says 9081, where nobody listens',
    causes: wrong,
    exit: 1,
    inject: site({ pass: 'http://127.0.0.1:9081' }),
  },
  {
    name: 'proxy-wrong-port-one-of-two',
    about: 'one of two servers of the upstream has a wrong port',
    causes: ['P1 proxy.wrong-port proxy.nginx'],
    exit: 1,
    inject: site({
      pass: 'http://agents',
      before: 'upstream agents {\n    server 127.0.0.1:8081;\n    server 127.0.0.1:8080;\n}\n',
    }),
  },
  {
    name: 'proxy-wrong-host',
    about: 'proxy_pass leads to the gateway',
    causes: wrong,
    exit: 1,
    inject: site({ pass: 'http://gateway.example.com:8081' }),
  },
  {
    name: 'proxy-wrong-path-slash',
    about: 'proxy_pass ends in a slash',
    causes: ['P0 proxy.wrong-path proxy.nginx'],
    exit: 1,
    inject: site({ pass: 'http://127.0.0.1:8081/' }),
  },
  {
    name: 'proxy-wrong-path-rewrite',
    about: 'a rewrite cuts the path',
    causes: ['P0 proxy.wrong-path proxy.nginx'],
    exit: 1,
    inject: site({ location: `        rewrite ^/ws/(.*)$ /$1 break;\n${upgradeHeaders}` }),
  },
  {
    name: 'proxy-no-upgrade-headers',
    about: 'the location passes no Upgrade on',
    causes: ['P0 proxy.no-upgrade proxy.nginx'],
    exit: 1,
    inject: site({ location: '        proxy_http_version 1.1;\n        proxy_set_header Host $host;' }),
  },
  {
    name: 'proxy-no-upgrade-inherited',
    about: "one proxy_set_header in the location takes the server's away",
    causes: ['P0 proxy.no-upgrade proxy.nginx'],
    exit: 1,
    inject: site(
      siteText({ location: '        proxy_set_header X-Real-IP $remote_addr;' }).replace(
        '    location /health',
        `${upgradeHeaders.replaceAll('        ', '    ')}\n\n    location /health`,
      ),
    ),
  },
  {
    name: 'proxy-no-route',
    about: 'no location takes the path',
    causes: ['P0 proxy.no-route proxy.nginx'],
    exit: 1,
    inject: site({ path: '/agents' }),
  },
  {
    name: 'proxy-no-route-shadowed',
    about: 'a location with a regular expression takes the path first',
    causes: ['P0 proxy.no-route proxy.nginx'],
    exit: 1,
    inject: site({ beside: '\n    location ~ ^/ws/ {\n        return 404;\n    }\n' }),
  },
  {
    name: 'proxy-no-route-other-name',
    about: 'the server block has another name; the first server answers',
    causes: ['P0 proxy.no-route proxy.nginx'],
    exit: 1,
    inject: site(
      `server {\n    listen 443 ssl default_server;\n    listen [::]:443 ssl default_server;\n    server_name example.com;\n    return 404;\n}\n${siteText({ names: 'agents.example.com' })}`,
    ),
  },
  {
    name: 'proxy-backend-unreachable',
    about: 'proxy_pass leads over an address of the host that a firewall shuts',
    causes: ['P0 proxy.backend-unreachable proxy.nginx'],
    exit: 1,
    inject: async (world) => {
      world.backend.sh('iptables -A OUTPUT -o lo -d 10.88.0.1 -p tcp --dport 8081 -j REJECT');
      await site({ pass: 'http://10.88.0.1:8081' })(world);
    },
  },
  {
    name: 'proxy-wrong-scheme-https',
    about: 'https:// to an agent that speaks HTTP',
    causes: ['P0 proxy.wrong-scheme proxy.nginx'],
    exit: 1,
    inject: site({ pass: 'https://127.0.0.1:8081' }),
  },
  {
    name: 'proxy-wrong-scheme-http',
    about: 'http:// to an agent that speaks TLS',
    causes: ['P0 proxy.wrong-scheme proxy.nginx'],
    exit: 1,
    inject: async (world) => {
      await world.behave({ manager: { tls: true } });
      await world.restartGateway();
    },
  },
  {
    name: 'proxy-short-timeout-heartbeat',
    about: 'proxy_read_timeout 20s, and a heartbeat of 30 s',
    causes: ['P2 proxy.short-timeout proxy.nginx'],
    exit: 0,
    told: { server: 'heartbeat = "30s"' },
    inject: site({ location: `${upgradeHeaders}\n        proxy_read_timeout 20s;` }),
  },
  {
    name: 'proxy-short-timeout-unset',
    about: 'no proxy_read_timeout, and a heartbeat of two minutes',
    causes: ['P2 proxy.short-timeout proxy.nginx'],
    exit: 0,
    told: { server: 'heartbeat = "2m"' },
    inject: site({ location: upgradeHeaders }),
  },
  {
    name: 'proxy-not-reloaded',
    about: 'the right port was written to the file, and nginx still runs the wrong one',
    causes: ['P0 proxy.not-reloaded proxy.nginx'],
    exit: 1,
    inject: async (world) => {
      await site({ pass: 'http://127.0.0.1:8080' })(world);
      await world.later();
      world.backend.write(siteFile, siteText());
    },
  },
  {
    name: 'proxy-not-reloaded-harmless',
    about: 'a comment was added to the file, and nginx was not reloaded',
    causes: ['P2 proxy.not-reloaded proxy.nginx'],
    exit: 0,
    inject: async (world) => {
      await world.later();
      world.backend.write(siteFile, `${siteText()}# reviewed\n`);
    },
  },
  {
    name: 'proxy-not-reloaded-and-wrong-now',
    about: 'a wrong port was written to the file, and nginx still runs the right one',
    causes: ['P2 proxy.not-reloaded proxy.nginx'],
    confidence: 'likely',
    exit: 0,
    inject: async (world) => {
      await world.later();
      world.backend.write(siteFile, siteText({ pass: 'http://127.0.0.1:8080' }));
    },
  },
  {
    name: 'proxy-config-invalid',
    about: 'a semicolon is missing, and nginx was restarted',
    causes: ['P0 proxy.config-invalid proxy.nginx'],
    exit: 1,
    inject: ({ backend }) => {
      backend.write(siteFile, siteText().replace('ssl;', 'ssl'));
      backend.sh('systemctl kill -s KILL nginx; systemctl restart nginx || true');
    },
  },
  {
    name: 'proxy-config-invalid-running',
    about: 'a directive is misspelt in the file, and nginx still runs the good one',
    causes: ['P1 proxy.config-invalid proxy.nginx'],
    exit: 1,
    inject: async (world) => {
      await world.later();
      world.backend.write(siteFile, siteText().replace('proxy_pass', 'proxy_past'));
    },
  },
  {
    name: 'proxy-stopped',
    about: 'systemctl stop nginx',
    causes: ['P0 proxy.not-running proxy.nginx'],
    exit: 1,
    inject: async ({ backend, restartGateway }) => {
      backend.sh('systemctl kill -s KILL nginx; systemctl stop nginx');
      await restartGateway();
    },
  },
  {
    name: 'proxy-stopped-long-after-a-failure',
    about: 'a start failed once, the file was mended; later nginx was stopped',
    causes: ['P0 proxy.not-running proxy.nginx'],
    exit: 1,
    inject: async ({ backend, restartGateway }) => {
      backend.write(siteFile, siteText().replace('proxy_pass', 'proxy_past'));
      backend.sh('systemctl kill -s KILL nginx; systemctl restart nginx || true');
      backend.write(siteFile, siteText());
      backend.sh(
        'systemctl restart nginx; sleep 0.3; systemctl kill -s KILL nginx; systemctl stop nginx; systemctl reset-failed',
      );
      await restartGateway();
    },
  },
  {
    name: 'proxy-masked',
    about: 'nginx was masked and does not run',
    causes: ['P0 proxy.not-running proxy.nginx'],
    exit: 1,
    inject: async ({ backend, restartGateway }) => {
      backend.sh('systemctl kill -s KILL nginx; systemctl stop nginx; systemctl -q mask nginx');
      await restartGateway();
    },
  },
  {
    name: 'proxy-killed',
    about: 'kill -9 of nginx',
    causes: ['P0 proxy.not-running proxy.nginx'],
    exit: 1,
    inject: async ({ backend, restartGateway }) => {
      backend.sh('kill -9 $(cat /run/nginx.pid) $(pgrep -f "nginx: worke[r]")');
      await restartGateway();
    },
  },
  {
    name: 'proxy-wrong-listen',
    about: 'nginx listens on 8443 instead of 443',
    causes: ['P0 proxy.no-route proxy.nginx'],
    exit: 1,
    inject: site({ listen: ['8443 ssl'] }),
  },
  {
    name: 'proxy-stale-declaration',
    about: 'doctor is told that the endpoint ends at 8080; the path works through 8081',
    causes: ['P2 proxy.wrong-port proxy.nginx'],
    exit: 0,
    told: { to: 'agent-server:8080' },
  },
];
