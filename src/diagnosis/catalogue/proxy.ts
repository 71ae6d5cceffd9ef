/** Causes in the proxy: what it does with a request before the service gets to see it. */
import { anyAnswer, type Consequence, type Entry, lostConnection } from '../entry.ts';

/** What comes through it is not what the service says. */
const misled: readonly Consequence[] = [
  { over: 'endpoint', codes: anyAnswer },
  { over: 'client', codes: lostConnection },
];

/** Nobody answers in front. */
const noProxy: readonly Consequence[] = [
  { over: 'self', codes: ['process.missing', 'netstat.not-listening'] },
  { over: 'endpoint', codes: ['port.refused', 'port.timeout', 'port.partial', ...anyAnswer] },
  { over: 'client', codes: lostConnection },
];

const reload = 'Test and reload: {test|nginx -t} && {reload|nginx -s reload}';

export const proxy: Readonly<Record<string, Entry>> = {
  'proxy.not-running': {
    priority: 'P0',
    title: '{name} does not run on {host}',
    means: 'Nothing listens on the endpoint’s port on the proxy’s host, and nginx does not run there.',
    // Where it was never installed there is no configuration to read.
    produces: [...noProxy, { over: 'self', codes: ['doctor.no-answer'] }],
    stops: true,
    fix: {
      summary: 'start {name} on {host}',
      steps: [
        'Read why it ended: {log|journalctl -u nginx -n 50}',
        'Test the configuration (nginx -t), then start it: {start|systemctl start nginx}',
      ],
      rollback: 'Stop it again.',
    },
    verify: ['{inside|}ss -tlnp | grep nginx  → LISTEN'],
  },
  'proxy.config-invalid': {
    priority: 'P0',
    title: '{name} rejects its configuration: {observed}',
    means:
      'nginx finds an error in its configuration: a new start fails, and a reload leaves the old one in force.',
    produces: [{ over: 'self', codes: ['proxy.not-running', 'proxy.not-reloaded'] }, ...noProxy],
    fix: {
      summary: 'mend {place|the configuration}',
      steps: ['Mend what is said: {observed}', reload],
      rollback: 'Put the former file back.',
    },
    verify: ['{test|nginx -t}  → syntax is ok, test is successful'],
  },
  'proxy.no-route': {
    priority: 'P0',
    title: '{name} sends {address}{path} to no backend: {observed}',
    means: 'No server block or location takes the endpoint’s name and path to a backend.',
    // Where no server block listens, nobody does.
    produces: [
      ...misled,
      { over: 'self', codes: ['netstat.not-listening'] },
      { over: 'endpoint', codes: ['port.refused', 'port.partial'] },
    ],
    stops: true,
    fix: {
      summary: 'add a location for {path} that forwards to {wanted|the service}',
      steps: [
        'In the server block for {address} (place: {place|see the row}): location {path} { proxy_pass http://{wanted|SERVICE:PORT}; … }',
        reload,
      ],
      rollback: 'Remove the location again, and reload.',
    },
  },
  'proxy.wrong-port': {
    priority: 'P0',
    title: '{name} forwards {address} to {forwarded}; {service} serves it on {wanted}',
    means: 'The proxy forwards to a host or port that is not where the service serves it.',
    produces: misled,
    stops: true,
    fix: {
      summary: 'forward {path} to port {wanted} instead of {actual}',
      steps: [
        'In {place|the location of the proxy that takes the path}: proxy_pass must go to {wanted} instead of {actual}.{change|}',
        reload,
      ],
      rollback: 'Change it back to {actual}, and reload: under a minute.',
    },
  },
  'proxy.wrong-path': {
    priority: 'P0',
    title: '{name} forwards {address}{path} as {actual}; {service} serves {wanted}',
    means:
      'The right port, with another path than the service serves: a proxy_pass with a URI, or a rewrite.',
    produces: misled,
    stops: true,
    fix: {
      summary: 'send the path on as {wanted}',
      steps: [
        'At {place|the location}: a proxy_pass with a URI replaces what the location matched; leave the URI out, or make it fit.',
        reload,
      ],
      rollback: 'Put the former line back, and reload.',
    },
  },
  'proxy.backend-unreachable': {
    priority: 'P0',
    title: '{name} forwards to the right place and does not reach it: {observed}',
    means: 'From the proxy, the place that it rightly forwards to can’t be resolved or reached.',
    produces: misled,
    stops: true,
    fix: {
      summary: 'make {target|the backend} reachable from {name}',
      steps: [
        'Read the proxy’s error log for this upstream: it says refused, timed out or not found.',
        'Refused: the service listens on another address than the proxy uses. Timed out: a firewall, or another network. Not found: the name is unknown where the proxy runs.',
      ],
      rollback: 'Revert the change.',
    },
  },
  'proxy.stale-address': {
    priority: 'P0',
    title: '{name} still uses an address that {target|the backend} had when it started',
    means:
      'nginx resolves the names in its configuration once, at its start; the container was made anew since and has another address.',
    produces: misled,
    stops: true,
    fix: {
      summary: 'reload {name}, so that it resolves the name again',
      steps: [
        'Reload: {reload|nginx -s reload}',
        'To have it resolve by itself: a resolver (in Docker 127.0.0.11) and a variable in proxy_pass.',
      ],
      rollback: 'None needed.',
    },
  },
  'proxy.wrong-scheme': {
    priority: 'P0',
    title: '{name} speaks {actual} to {target|the backend}, which speaks {wanted}',
    means: 'https:// to a plain server, or the reverse.',
    produces: misled,
    stops: true,
    fix: {
      summary: 'use {wanted}:// in proxy_pass',
      steps: ['At {place|the location}: proxy_pass {wanted}://…', reload],
      rollback: 'Put the former line back, and reload.',
    },
  },
  'proxy.no-upgrade': {
    priority: 'P0',
    title: '{name} does not pass the upgrade of {address}{path} on: {observed}',
    means:
      'The location that takes the endpoint does not pass Upgrade and Connection on, or not over HTTP/1.1.',
    produces: misled,
    stops: true,
    fix: {
      summary: 'pass the upgrade on at {place|the location}',
      steps: [
        'Add: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";',
        'A level with a proxy_set_header of its own inherits none from above: repeat Host and the others there.',
        reload,
      ],
      rollback: 'Remove the lines again, and reload.',
    },
  },
  'proxy.short-timeout': {
    priority: 'P2',
    title: '{name} cuts a silent connection after {observed}',
    means:
      'proxy_read_timeout (60s where unset) is not longer than the longest silence that the path must bear.',
    fix: {
      summary: 'set proxy_read_timeout above {expected|the longest silence}',
      steps: ['At {place|the location}: proxy_read_timeout 3600s;', reload],
      rollback: 'Put the former value back, and reload.',
    },
  },
  'proxy.not-reloaded': {
    priority: 'P2',
    title: '{name} still runs with a configuration from before the last change: {observed}',
    means: 'What is served is not what is on disk: files changed after nginx’s workers started.',
    produces: misled,
    fix: {
      summary: 'reload {name}',
      steps: [reload],
      rollback: 'Put the former files back, and reload.',
    },
  },
};

export const firewall: Readonly<Record<string, Entry>> = {
  'firewall.blocked': {
    priority: 'P0',
    title:
      'port {port} of {name} is blocked on the way: it listens there, and nobody gets through from outside',
    means:
      'On the host the port listens on an outside address with room in its queue; from outside there is no connection.',
    produces: [
      { over: 'host', codes: ['port.timeout', 'port.refused', 'port.unreachable', 'port.partial'] },
      { over: 'client', codes: lostConnection },
    ],
    stops: true,
    fix: {
      summary: 'open port {port} to its clients',
      steps: [
        'On {name}: nft list ruleset (or iptables -S, ufw status) and look for port {port}.',
        'Then the provider’s firewall or security group, and the network in between.',
      ],
      rollback: 'Remove the rule again.',
    },
    verify: ['nc -vz {address} {port}  → succeeded (from outside)'],
  },
};
