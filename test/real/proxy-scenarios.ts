/** Configurations of nginx: each with a fault, and odd ones that are sound. */
import {
  type Ports,
  type ProxyFiles,
  type ProxyWorld,
  passing,
  server,
  type TopologyMore,
  upgrade,
} from './proxy-world.ts';

export interface Scenario {
  readonly fault: string;
  readonly files: (ports: Ports) => ProxyFiles;
  /** Once nginx runs. */
  readonly afterwards?: (world: ProxyWorld) => void;
  readonly topology?: (ports: Ports) => TopologyMore;
  /** Default: none. */
  readonly causes?: readonly string[];
  /** Of each cause; left out: certain. */
  readonly confidence?: 'certain' | 'likely';
  /** Default: 1 with causes, else 0. */
  readonly code?: number;
  /** Of the finding of the first cause: its file below the configuration's folder, and what is in that line. */
  readonly at?: readonly [file: string, text: string];
}

export const local = (port: number) => `http://127.0.0.1:${port}`;
export const inServer =
  (inside: (ports: Ports) => string, http?: (ports: Ports) => string) =>
  (ports: Ports): ProxyFiles => ({
    server: server(ports.front, inside(ports)),
    ...(http ? { http: http(ports) } : {}),
  });
export const right = inServer(({ websocket }) => passing(local(websocket)));
const wrongPort = ['P0 proxy.wrong-port proxy.nginx'];

export const faults: readonly Scenario[] = [
  {
    fault: 'the wrong port, in proxy_pass itself',
    files: inServer(({ health }) => passing(local(health))),
    causes: wrongPort,
    at: ['nginx.conf', 'proxy_pass http://127.0.0.1:HEALTH;'],
  },
  {
    fault: 'the wrong port, in an upstream',
    files: inServer(
      () => passing('http://agent'),
      ({ health }) => `upstream agent {\nkeepalive 4;\nserver localhost:${health};\n}`,
    ),
    causes: wrongPort,
    at: ['nginx.conf', 'server localhost:HEALTH;'],
  },
  {
    fault: 'the wrong port, in an included file with a blank in its path',
    files: ({ front, health }) => ({
      server: 'include "sites enabled/*.conf";',
      files: { 'sites enabled/10 agent.conf': server(front, passing(local(health))) },
    }),
    causes: wrongPort,
    at: ['sites enabled/10 agent.conf', 'proxy_pass http://127.0.0.1:HEALTH;'],
  },
  {
    fault: 'the wrong port, in a variable that is set',
    files: inServer(({ health }) => `set $backend 127.0.0.1:${health};\n${passing('http://$backend')}`),
    causes: wrongPort,
    at: ['nginx.conf', 'set $backend 127.0.0.1:HEALTH;'],
  },
  {
    fault: 'the wrong port, in a map',
    files: inServer(
      () => passing('http://$backend'),
      ({ health, free }) =>
        `map $host $backend {\ndefault 127.0.0.1:${free};\nlocalhost 127.0.0.1:${health};\n}`,
    ),
    causes: wrongPort,
    at: ['nginx.conf', 'localhost 127.0.0.1:HEALTH;'],
  },
  {
    fault: 'the wrong port, beside comments and quotes that say otherwise',
    files: inServer(
      ({ health, websocket }) => `# location /ws/agent { proxy_pass ${local(websocket)}; }
add_header X-Note "location /ws/agent { proxy_pass ${local(websocket)}; }";
location /ws/ { # proxy_pass ${local(websocket)};
return 404; }
location = /ws/agent { proxy_pass
  ${local(health)} ; # ${local(websocket)}
${upgrade} }`,
    ),
    causes: wrongPort,
    at: ['nginx.conf', '  http://127.0.0.1:HEALTH ; # http://127.0.0.1:WEBSOCKET'],
  },
  {
    fault: 'one server of two is wrong',
    files: inServer(
      () => passing('http://agent'),
      ({ health, websocket }) =>
        `upstream agent {\nserver 127.0.0.1:${websocket} weight=100;\nserver 127.0.0.1:${health};\n}`,
    ),
    causes: ['P1 proxy.wrong-port proxy.nginx'],
    at: ['nginx.conf', 'server 127.0.0.1:HEALTH;'],
    code: 0,
  },
  {
    fault: 'another path, by a URI in proxy_pass',
    files: inServer(({ websocket }) => passing(`${local(websocket)}/`)),
    causes: ['P0 proxy.wrong-path proxy.nginx'],
    at: ['nginx.conf', 'proxy_pass http://127.0.0.1:WEBSOCKET/;'],
  },
  {
    fault: 'another path, by a rewrite',
    files: inServer(({ websocket }) =>
      passing(local(websocket)).replace('{', '{\nrewrite ^/ws/(.*)$ /$1 break;'),
    ),
    causes: ['P0 proxy.wrong-path proxy.nginx'],
  },
  {
    fault: 'TLS to a server that speaks none',
    files: inServer(({ websocket }) => passing(`https://127.0.0.1:${websocket}`)),
    causes: ['P0 proxy.wrong-scheme proxy.nginx'],
    at: ['nginx.conf', 'proxy_pass https://127.0.0.1:WEBSOCKET;'],
  },
  {
    fault: 'no headers of the upgrade',
    files: inServer(({ websocket }) => `location /ws/agent {\nproxy_pass ${local(websocket)};\n}`),
    causes: ['P0 proxy.no-upgrade proxy.nginx'],
    at: ['nginx.conf', 'proxy_pass http://127.0.0.1:WEBSOCKET;'],
  },
  {
    fault: 'headers of the upgrade that a location with its own does not inherit',
    files: inServer(
      ({ websocket }) =>
        `${upgrade}\nlocation /ws/agent {\nproxy_pass ${local(websocket)};\nproxy_set_header X-Real-IP $remote_addr;\n}`,
    ),
    causes: ['P0 proxy.no-upgrade proxy.nginx'],
  },
  {
    fault: 'the wrong port and no upgrade at once',
    files: inServer(({ health }) => `location /ws/agent {\nproxy_pass ${local(health)};\n}`),
    causes: ['P0 proxy.no-upgrade proxy.nginx', 'P0 proxy.wrong-port proxy.nginx'],
  },
  {
    fault: 'an answer of its own instead of a backend',
    files: inServer(() => 'location /ws/ {\nreturn 404;\n}'),
    causes: ['P0 proxy.no-route proxy.nginx'],
    at: ['nginx.conf', 'return 404;'],
  },
  {
    fault: 'files instead of a backend',
    files: inServer(({ websocket }) => `root /nonexistent;\n${passing(local(websocket), '/websocket')}`),
    causes: ['P0 proxy.no-route proxy.nginx'],
  },
  {
    fault: 'a redirect, which WebSocket clients do not follow',
    files: inServer(
      ({ websocket }) =>
        `location = /ws/agent { return 301 /ws/agent/; }\n${passing(local(websocket), '/ws/agent/')}`,
    ),
    causes: ['P0 proxy.no-route proxy.nginx'],
  },
  {
    fault: 'a read timeout that is shorter than the heartbeat',
    files: inServer(({ websocket }) => `proxy_read_timeout 20s;\n${passing(local(websocket))}`),
    topology: () => ({ heartbeat: '20s' }),
    causes: ['P2 proxy.short-timeout proxy.nginx'],
    code: 0,
    at: ['nginx.conf', 'proxy_read_timeout 20s;'],
  },
  {
    fault: 'a read timeout that is shorter than usual',
    files: inServer(({ websocket }) => `proxy_read_timeout 20s;\n${passing(local(websocket))}`),
    causes: ['P2 proxy.short-timeout proxy.nginx'],
    code: 0,
  },
  {
    fault: 'the right place, at an address where it does not listen',
    files: inServer(({ websocket }) => passing(`http://127.0.0.2:${websocket}`)),
    causes: ['P0 proxy.backend-unreachable proxy.nginx'],
  },
  {
    fault: 'a change for the better that was not loaded',
    files: inServer(({ health }) => passing(local(health))),
    afterwards: (world) => world.write(right(world.ports), 60),
    causes: ['P0 proxy.not-reloaded proxy.nginx'],
  },
  {
    fault: 'a change that was not loaded, and does not matter',
    files: right,
    afterwards: (world) => world.write(right(world.ports), 60),
    causes: ['P2 proxy.not-reloaded proxy.nginx'],
    code: 0,
  },
  {
    fault: 'a change for the worse that was not loaded yet',
    files: right,
    afterwards: (world) => world.write(inServer(({ health }) => passing(local(health)))(world.ports), 60),
    causes: ['P2 proxy.not-reloaded proxy.nginx'],
    confidence: 'likely',
    code: 0,
  },
  {
    fault: 'a change that nginx rejects, beside one that runs',
    files: right,
    afterwards: (world) =>
      world.write(
        inServer(({ websocket }) => passing(local(websocket)).replace('proxy_pass', 'prox_pass'))(
          world.ports,
        ),
        60,
      ),
    causes: ['P1 proxy.config-invalid proxy.nginx'],
    at: ['nginx.conf', 'prox_pass http://127.0.0.1:WEBSOCKET;'],
  },
  {
    fault: 'a declaration that is out of date',
    files: right,
    topology: ({ health }) => ({ to: health }),
    causes: ['P2 proxy.wrong-port proxy.nginx'],
    code: 0,
  },
];

export const sound: readonly Scenario[] = [
  { fault: 'the plain case', files: right },
  {
    fault: 'the upgrade over HTTP/1.0, to a server that takes it',
    files: inServer(({ websocket }) =>
      passing(local(websocket)).replace('proxy_http_version 1.1;', 'proxy_http_version 1.0;'),
    ),
  },
  {
    fault: 'a regular expression, and a prefix that it beats',
    files: inServer(
      ({ health, websocket }) =>
        `${passing(local(health), '/ws/')}\n${passing(local(websocket), '~ "^/ws/[a-z]{5}$"')}`,
    ),
  },
  {
    fault: 'a named location behind try_files',
    files: inServer(
      ({ websocket }) =>
        `location / { root /nonexistent; try_files $uri @agent; }\n${passing(local(websocket), '@agent')}`,
    ),
  },
  {
    fault: 'a rewrite to another location, with the path that the service serves',
    files: inServer(
      ({ websocket }) =>
        `location /agent { rewrite ^ /internal/ws/agent last; }\n${passing(`${local(websocket)}/ws/`, '/internal/ws/')}`,
    ),
    topology: () => ({ path: '/agent' }),
  },
  {
    fault: 'nested locations, and headers that are inherited',
    files: inServer(
      ({ websocket }) =>
        `${upgrade}\nlocation /ws { location /ws/agent { proxy_pass ${local(websocket)}; } return 403; }`,
    ),
  },
  {
    fault: 'a default server, a name with a wildcard, and another server on the port',
    files: ({ front, websocket }) => ({
      server: `${server(front, 'return 444;').replace('localhost', 'other.example.com')}
${server(front, passing(local(websocket))).replace('server_name localhost;', 'server_name .example.com ~^local;')}`,
    }),
  },
  {
    fault: 'a name in an upstream with a backup and a server that is down',
    files: inServer(
      () => passing('http://Agent'),
      ({ health, websocket }) =>
        `upstream agent { zone agent 64k; server localhost:${websocket}; server 127.0.0.1:${websocket} backup; server 127.0.0.1:${health} down; }`,
    ),
  },
  {
    fault: 'an if that sends what is no upgrade elsewhere',
    files: inServer(({ health, websocket }) =>
      passing(local(websocket)).replace('{', `{\nif ($http_upgrade = "") { proxy_pass ${local(health)}; }`),
    ),
  },
];
