/** Causes between the proxy and the place that it rightly forwards to. */
import { type Entry, misled } from '../entry.ts';

const reloadRisk =
  'Low: a reload that fails its test changes nothing; one that passes lets open connections run on with the old workers.';
const opens = ['{test}  → test is successful{on|}', '{asking}  → {opened|the answer of the service}'];

export const backend: Readonly<Record<string, Entry>> = {
  'proxy.backend-unreachable': {
    priority: 'P0',
    title: '{name|nginx} forwards to the right place and does not reach it: {observed|see the row}',
    means: 'From the proxy, the place that it rightly forwards to can’t be resolved or reached.',
    shows: [
      '502 at once (refused, not resolved), or 504 after a wait (no answer). On its own host the service answers.',
    ],
    why: [
      'The service listens on an address that the proxy does not use (127.0.0.1, IPv4 alone).',
      'A firewall between the two hosts, or between the container and the host.',
      'The name is unknown where the proxy runs: another resolver, another Docker network.',
      'The proxy’s container says localhost and means the host.',
    ],
    produces: misled,
    stops: true,
    fix: {
      summary: 'make {target|the backend} reachable from {name|the proxy}',
      steps: [
        'Read the proxy’s error log for this upstream: {errorlog|its error log} says refused, timed out or not resolved.',
        'Refused: the service listens on another address than the proxy uses. Timed out: a firewall, or another network. Not resolved: the name is unknown where the proxy runs ({place|see proxy_pass}).',
        'Try it from where the proxy is: {inside|}curl -si -m 5 http://{target|BACKEND}/',
      ],
      commands: ['{onhost}', '{errorlog}', '{inside|}curl -si -m 5 http://{target}/'],
      risk: 'None in looking. What you open then is open to others as well.',
      rollback: 'Revert the change.',
    },
    verify: ['{inside|}curl -si -m 5 http://{target}/  → any answer{on|}'],
    instead: [
      {
        when: { case: 'bound-elsewhere' },
        title: '{name|nginx} forwards to {used}; {service|the service} listens on {listens} alone',
        fix: {
          summary: 'forward to {listens}, or let {service|the service} listen on {used} too',
          steps: [
            'In {service|the service}: bind 127.0.0.1 as well as ::1 (or localhost, where that is both), and restart it.',
            'Or in the proxy ({place|proxy_pass of the location}): http://{listens}, then test and reload.',
          ],
          commands: ['{onhost}', '{test} && {reload}'],
        },
        verify: ['ss -tlnp  → {used}{on|}'],
      },
    ],
  },
  'proxy.stale-address': {
    priority: 'P0',
    title: '{name|nginx} still uses an address that {target|the backend} had when it started',
    means:
      'nginx resolves the names in its configuration once, at its start; the container was made anew since and has another address.',
    shows: [
      '502 or 504 since the last deployment of the service, and all is well after a restart of nginx. Its error log names an address that nobody has.',
    ],
    why: [
      'The container of the service was made anew (docker compose up), and nginx was not reloaded.',
      'The DNS record of the backend was changed.',
      'The engine gave the addresses in another order after a reboot.',
    ],
    produces: misled,
    stops: true,
    fix: {
      summary: 'reload {name|nginx}, so that it resolves the name again',
      steps: [
        'Reload: {reload|nginx -s reload}',
        'So that it does not come back: resolver 127.0.0.11 valid=10s; (Docker’s) and a variable in proxy_pass: set $backend http://{target|NAME:PORT}; proxy_pass $backend; or reload nginx with every deployment.',
      ],
      commands: ['{onhost}', '{test} && {reload}'],
      risk: reloadRisk,
      rollback: 'None needed.',
    },
    verify: opens,
  },
};
