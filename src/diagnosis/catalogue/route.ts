/** Causes in where the proxy sends a request, and how. */
import { type Entry, inCase, misled } from '../entry.ts';

const reload = 'Test and reload: {test|nginx -t} && {reload|nginx -s reload}';
const reloadRisk =
  'Low: a reload that fails its test changes nothing; one that passes lets open connections run on with the old workers.';
const commands = [
  '{onhost}',
  'cp -a {hostfile} {hostfile}.before',
  '# change line {line} of it, then:',
  '{test} && {reload}',
];
const change = { file: '{file}', line: '{line}', before: '{before}', after: '{after}' };
const putBack = 'Put the former line back, and reload: under a minute.';
const opens = ['{test}  → test is successful{on|}', '{asking}  → {opened|the answer of the service}'];
const location =
  'location {path|PATH} { proxy_pass http://{wanted|SERVICE:PORT}; }, for a WebSocket with proxy_http_version 1.1 and the headers Upgrade and Connection.';
const changed = inCase(
  { plain: true },
  'In {place|the location}: {before|proxy_pass} → {after|as it should be}',
);

export const route: Readonly<Record<string, Entry>> = {
  'proxy.no-route': {
    priority: 'P0',
    title: '{name|nginx} sends {address|the name}{path|} to no backend: {observed|see the row}',
    means: 'No server block or location takes the endpoint’s name and path to a backend.',
    shows: ['404, 403, a default page or a redirect of nginx’s own; nothing in the log of the service.'],
    why: [
      'The location is for another path (a slash at its end, /ws/ for /ws), or a regular expression takes it first.',
      'The name is in no server_name, so that the default server answers.',
      'The site’s file is not included (not linked into sites-enabled), or listens on another port.',
    ],
    // Where no server block listens, nobody does.
    produces: [
      ...misled,
      { over: 'self', codes: ['netstat.not-listening'] },
      { over: 'endpoint', codes: ['port.refused', 'port.partial'] },
      { over: 'endpoint', codes: ['tls.wrong-name', 'tls.handshake-failed'], about: 'name' },
    ],
    stops: true,
    fix: {
      summary: 'add a location for {path|the path} that forwards to {wanted|the service}',
      steps: [
        `In the server block for {address|the name} (it ends at {place|no block now}): ${location}`,
        reload,
      ],
      commands,
      risk: reloadRisk,
      rollback: 'Remove the location again, and reload.',
    },
    verify: opens,
    instead: [
      {
        when: { works: true },
        title: 'the declaration of {address|the endpoint} is out of date: {observed|see the row}',
        fix: {
          summary: 'correct `to` of the endpoint, or add the location that is meant',
          steps: ['It works as it is: say where it ends in `to`, or leave `to` out.'],
          commands: [],
          risk: 'None.',
          rollback: 'None needed.',
        },
      },
      {
        when: { about: 'name' },
        fix: {
          summary:
            'have a server block for {address|the name} that forwards {path|the path} to {wanted|the service}',
          steps: [
            'No server_name on that port is {address|the name}, so the default server answers ({place|see nginx -T}): where another server block is meant, write it into the server_name of that one.',
            `The one that takes it needs: ${location}`,
            reload,
          ],
        },
      },
      {
        when: { taken: 'nothing' },
        fix: {
          summary: 'have {name|nginx} listen where {address|the name} is asked for',
          steps: [
            'Into the server block for {address|the name}: listen for the port that is asked, with ssl where that is TLS ({observed|see the row}).',
            'No file has such a block: see that its site is included (linked into sites-enabled, its name as the include wants it).',
            reload,
          ],
        },
      },
      {
        when: { taken: 'expression' },
        fix: {
          summary:
            'have the location for {path|the path} taken before the regular expression at {place|its line}',
          steps: [
            'A location with a regular expression is taken before one with a plain prefix: write location ^~ {path|PATH}, which is taken first, or narrow the expression.',
            `Where there is none for the path yet, add one: ${location}`,
            reload,
          ],
        },
      },
    ],
  },
  'proxy.wrong-port': {
    priority: 'P0',
    title:
      '{name|nginx} forwards {address|the name} to {forwarded|another place}; {service|the service} serves it on {wanted|N}',
    means: 'The proxy forwards to a host or port that is not where the service serves it.',
    shows: [
      '404 or 400 of the program behind the other port, or 502 where nothing is there; the service itself sees no request.',
    ],
    why: [
      'The service has several ports, and the location has the one of another part.',
      'The port of the service was changed, and the proxy was not.',
      'A location or upstream was copied from another site.',
      'The declaration (`to`) is out of date.',
    ],
    produces: misled,
    stops: true,
    fix: {
      summary: 'forward {path|the path} to port {wanted|N} instead of {actual|the other one}',
      steps: [
        inCase(
          { plain: true },
          'In {place|the location that takes the path}: {before|proxy_pass} → {after|proxy_pass with the right port}',
        ),
        inCase(
          { plain: false },
          'In {place|the location of the proxy that takes the path}: proxy_pass must go to {wanted|N} instead of {actual|the other one}.',
        ),
        reload,
      ],
      change,
      commands,
      risk: reloadRisk,
      rollback: 'Change it back to {actual|what it was}, and reload: under a minute.',
    },
    verify: opens,
    instead: [
      {
        when: { works: true },
        title:
          'the declaration of {address|the endpoint} is out of date: it works through {forwarded|another port}, and `to` says {wanted|N}',
        fix: {
          summary: 'correct `to` of the endpoint: {forwarded|where it ends}',
          steps: [
            'It works as it is: write where it ends into `to` of the endpoint.',
            'If {wanted|the declared port} is meant after all: change {place|the location}, and reload.',
          ],
          change: null,
          commands: [],
          risk: 'None.',
          rollback: 'None needed.',
        },
      },
    ],
  },
  'proxy.wrong-path': {
    priority: 'P0',
    title:
      '{name|nginx} forwards {address|the name}{path|} as {actual|another path}; {service|the service} serves {wanted|its own}',
    means:
      'The right port, with another path than the service serves: a proxy_pass with a URI, or a rewrite.',
    shows: ['404 of the service itself; its log shows a path that nobody asked for (//ws, /agent, /).'],
    why: [
      'proxy_pass with a slash or path at its end: it replaces what the location matched.',
      'A rewrite that takes a part off, or puts one before.',
      'The path of the service was changed, and the proxy was not.',
    ],
    produces: misled,
    stops: true,
    fix: {
      summary: 'send the path on as {wanted|the service serves it}',
      steps: [
        changed,
        inCase(
          { plain: false },
          'At {place|the location}: a proxy_pass with a URI replaces what the location matched; leave the URI out (no slash behind the port), or make it fit.',
        ),
        inCase(
          { plain: false },
          'A rewrite of that location: take it out, or make it end at {wanted|the path of the service}.',
        ),
        reload,
      ],
      change,
      commands,
      risk: reloadRisk,
      rollback: putBack,
    },
    verify: opens,
    instead: [
      {
        when: { works: true },
        title:
          'the declaration of {service|the service} is out of date: it works as {actual|another path}, and `websocket` says {wanted|its own}',
        fix: {
          summary: 'correct `websocket` of the service: {actual|the path that it serves}',
          steps: ['It works as it is: write the path that it serves into `websocket` of that port.'],
          change: null,
          commands: [],
          risk: 'None.',
          rollback: 'None needed.',
        },
      },
    ],
  },
  'proxy.wrong-scheme': {
    priority: 'P0',
    title: '{name|nginx} speaks {actual|one scheme} to {target|the backend}, which speaks {wanted|the other}',
    means: 'proxy_pass says https:// to a plain server, or http:// to one that speaks TLS.',
    shows: [
      'https to a plain server: 502, in the error log "wrong version number". The reverse: 400, "The plain HTTP request was sent to HTTPS port".',
    ],
    why: [
      'TLS of the service was switched on or off, and the proxy was not told.',
      'It was copied from another site.',
      'The port is the one of the other scheme.',
    ],
    produces: misled,
    stops: true,
    fix: {
      summary: 'use {wanted|the other}:// in proxy_pass',
      steps: [
        changed,
        inCase({ plain: false }, 'At {place|the location}: proxy_pass {wanted|SCHEME}://…'),
        inCase(
          { wanted: 'https' },
          'With https the certificate is not verified unless proxy_ssl_verify is on; proxy_ssl_server_name on sends the name.',
        ),
        reload,
      ],
      change,
      commands,
      risk: reloadRisk,
      rollback: putBack,
    },
    verify: opens,
  },
  'proxy.no-upgrade': {
    priority: 'P0',
    title: '{name|nginx} does not pass the upgrade of {address|the name}{path|} on: {observed|see the row}',
    means:
      'The location that takes the endpoint does not pass Upgrade and Connection on, or not over HTTP/1.1.',
    shows: [
      'Clients: "Unexpected server response: 400" (or 426, 200). The service’s log shows a plain GET of HTTP/1.0 or without Upgrade.',
    ],
    why: [
      'Hop-by-hop headers are not passed on unless the configuration says so, and HTTP/1.0 is nginx’s default towards the server.',
      'A proxy_set_header in the location makes it inherit none from above.',
      'The headers are in another location than the one that takes the path.',
    ],
    produces: misled,
    stops: true,
    fix: {
      summary: 'pass the upgrade on at {place|the location}',
      steps: [
        'Add beside proxy_pass: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";',
        'A level with a proxy_set_header of its own inherits none from above: repeat Host and the others there.',
        reload,
      ],
      change,
      commands,
      risk: reloadRisk,
      rollback: 'Remove the lines again, and reload: under a minute.',
    },
    verify: opens,
  },
  'proxy.short-timeout': {
    priority: 'P2',
    title: '{name|nginx} cuts a silent connection after {observed|its time-out}',
    means:
      'proxy_read_timeout (60s where unset) is not longer than the longest silence that the path must bear.',
    shows: [
      'Quiet WebSockets end after exactly that time, and clients connect again: in the log every 60 seconds, say.',
    ],
    why: [
      'proxy_read_timeout is unset: 60s is nginx’s default.',
      'It was lowered for all requests, and WebSockets pass through the same location.',
      'The heartbeat of the service was made longer.',
    ],
    produces: [{ over: 'endpoint', codes: ['websocket.idle-dropped'] }],
    fix: {
      summary: 'set proxy_read_timeout above {expected|the longest silence}',
      steps: [
        'At {place|the location}: proxy_read_timeout {suggested|3600s}; (and proxy_send_timeout, where the client sends little).',
        'Or let server or client send a ping more often than every {observed|60s}.',
        reload,
      ],
      change,
      commands,
      risk: `${reloadRisk} A longer time-out keeps dead connections longer.`,
      rollback: putBack,
    },
    verify: opens,
  },
};
