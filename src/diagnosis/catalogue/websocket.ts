/** Causes about WebSocket upgrades: each is the deepest only when nothing behind it was seen. */
import { type Entry, type Fix, gatewayCodes, type Instead, type Said, same } from '../entry.ts';
import { upgradeAsked } from '../places.ts';

const undo = 'Revert the change, and reload what was changed.';
const looks = 'None in looking. A reload or restart that follows ends open WebSockets.';

const asking = upgradeAsked('{curlurl}');

const upgraded = [`${asking}  → {expected|HTTP/1.1 101 Switching Protocols}{from|}`];
const upgradedThere = [`{inside|}${asking}  → {expected|HTTP/1.1 101 Switching Protocols}{on|}`];

const look = (
  summary: string,
  steps: readonly Said[],
  commands: readonly Said[] = ['{seenfrom}', asking],
): Fix => ({
  summary,
  steps,
  commands,
  risk: looks,
  rollback: undo,
});

const upgradeFix = (...steps: string[]) =>
  look('make the WebSocket server answer this path with {expected|101}', steps);

const straight = 'The request went straight to its port {port}, with no proxy between:';

/** At the service's own port, on its own host. */
const ofService = (step: string): readonly Instead[] => [
  {
    when: { subjectKind: 'service' },
    fix: { ...upgradeFix(`${straight} ${step}`), commands: ['{onhost}', `{inside|}${asking}`] },
    verify: upgradedThere,
  },
];

export const websocket: Readonly<Record<string, Entry>> = {
  'websocket.not-found': {
    priority: 'P0',
    title: '{target|the endpoint}: no WebSocket endpoint at this path ({observed|404})',
    means: '404 or 410 to the upgrade: the request reached an HTTP server that has nothing at this path.',
    shows: ['Clients: "Unexpected server response: 404", and connect again and again.'],
    why: [
      'The proxy sends the path to another port or service than the WebSocket server’s.',
      'The path in the URL is wrong, or the proxy changes it (a proxy_pass with a URI, a rewrite).',
      'Another server block takes the name, the default server say.',
      'The WebSocket part of the server is not enabled.',
    ],
    produces: same('websocket.not-found'),
    stops: true,
    fix: upgradeFix(
      'Is it the right server that answers? A proxy that sends the path to another port is usual: compare its proxy_pass.',
      'Compare the path in the URL with the path that the WebSocket server serves.',
    ),
    verify: upgraded,
    instead: ofService('compare the path with the one that {name} serves.'),
  },
  'websocket.unauthorized': {
    priority: 'P0',
    title: '{target|the endpoint} refuses the credentials of the upgrade ({observed|401 or 403})',
    means: '401 or 403 to the upgrade: the path is right, and who asks is not let in.',
    shows: ['Clients: "Unexpected server response: 401" (or 403). A browser shows no reason at all.'],
    why: [
      'No credentials, or old ones: the token has expired or was changed.',
      'The proxy does not pass Authorization or the cookie on.',
      'The server checks Origin, and this one is not on its list (403).',
      'A rule of the proxy or of a firewall for web requests (403).',
    ],
    produces: same('websocket.unauthorized'),
    stops: true,
    fix: upgradeFix(
      'Give doctor the credentials: `headers = { Authorization = "Bearer ${TOKEN}" }` of the endpoint.',
      'With credentials: are they current, and does the proxy pass the header on? The server’s log says what it saw.',
      'If a refusal is as it should be without credentials: `expect = { upgrade = [101, 401] }`.',
    ),
    verify: upgraded,
  },
  'websocket.not-upgraded': {
    priority: 'P0',
    title: '{target|the endpoint} answers the upgrade as a plain request ({observed|200, 400 or 426})',
    means: 'A proper upgrade request was answered as if it were a plain one: 2xx, 400 or 426.',
    shows: [
      'Clients: "Unexpected server response: 200" (or 400, 426). In the server’s log a plain GET without Upgrade.',
    ],
    why: [
      'The proxy does not pass Upgrade and Connection on, or speaks HTTP/1.0 to the server.',
      'A balancer or CDN in front has WebSockets switched off.',
      'The path is no WebSocket endpoint, or is one on another port.',
    ],
    produces: same('websocket.not-upgraded'),
    stops: true,
    fix: upgradeFix(
      'In nginx the location needs: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";',
      'Ask the server itself the same, on its own port: if that says 101, it is the proxy.',
      'If there is no proxy, this path is no WebSocket endpoint.',
    ),
    verify: upgraded,
    instead: ofService('{name} serves no WebSocket at this path, or not on this port.'),
  },
  'websocket.rejected': {
    priority: 'P0',
    title: '{target|the endpoint} rejects the upgrade ({observed|another status})',
    means:
      'Any other status than expected, and none of those with a code of their own (404, 401, 2xx, 502 to 504).',
    shows: ['Clients: "Unexpected server response" with the status.'],
    why: [
      '301, 302, 308: the URL is not the final one (http to https, a slash at the end). WebSocket clients follow no redirect.',
      '500: the server fails at the upgrade; its log says why. 429: too many connections or attempts.',
      '101 where a refusal was expected: the path is open to everybody.',
    ],
    produces: same('websocket.rejected'),
    stops: true,
    fix: upgradeFix(
      'A redirect: put the URL that it leads to where the clients have the old one ({location|see Location in the answer}).',
      'Else read the server’s log for this request ({log|its error log}).',
    ),
    verify: upgraded,
  },
  'websocket.bad-accept': {
    priority: 'P0',
    title: '{target|the endpoint} answers 101, but not as a WebSocket server: {observed|a header is wrong}',
    means: '101 with a wrong or missing Sec-WebSocket-Accept, Upgrade or Connection (RFC 6455 section 4.1).',
    shows: ['Clients: "Invalid Sec-WebSocket-Accept header", "Invalid Upgrade header".'],
    why: [
      'A proxy or cache that rewrites or drops hop-by-hop headers, or answers out of its cache.',
      'A proxy that answers 101 itself, with fixed headers.',
      'The WebSocket library of the server is broken, or home-made.',
    ],
    produces: same('websocket.bad-accept'),
    stops: true,
    fix: upgradeFix(
      'A proxy or cache on the way is usual: ask the server itself on its own port, and compare the headers.',
      'If the server says the same, its WebSocket library is at fault: bring it up to date.',
    ),
    verify: upgraded,
    instead: ofService('the WebSocket library of {name} is at fault.'),
  },
  'websocket.timeout': {
    priority: 'P0',
    title: '{target|the endpoint} gives no answer to the upgrade',
    means: 'Connected, and no answer to the upgrade in time.',
    shows: ['Clients hang while they connect ("opening handshake timed out"), and try again.'],
    why: [
      'The server was bound and never runs its accept loop, or is blocked.',
      'It accepts, and waits for something else before it answers: a lock, a database.',
      'The proxy waits for a server behind that does not answer, or that is not there any more.',
    ],
    produces: same('websocket.timeout', ...gatewayCodes),
    stops: true,
    fix: look(
      'find out what the WebSocket server waits for',
      [
        'On its host: is its accept queue filling (ss -tlnp, Recv-Q)? A listener that was bound and never served looks like this.',
        'It is not: take a stack of the process, and read its log ({log|its own}).',
      ],
      ['{servedthere}', '{inside|}ss -tlnp', '{log}'],
    ),
    verify: upgraded,
  },
  'websocket.closed': {
    priority: 'P0',
    title: '{target|the endpoint} closes the connection at the upgrade ({observed|closed})',
    means: 'Closed or reset before or right after 101.',
    shows: ['Clients connect and lose it at once: close code 1006 (cut), 1011, 1008; or "socket hang up".'],
    why: [
      '1008: a policy; the server does not like who asks. 1011: an error in the server; its log says which.',
      'No code: the connection was cut: a crash, a proxy, a firewall.',
      'It is as it should be without a login in the first message: then say so with `expect = { close = [1008] }`.',
    ],
    produces: same('websocket.closed', ...gatewayCodes),
    stops: true,
    fix: look(
      'find out why the server hangs up',
      [
        'Seen: {observed|see the row}. The close code says who: 1008 a policy, 1011 an error in the server, none: it was cut.',
        'Read the server’s log at that moment ({log|its own}).',
      ],
      ['{servedthere}', '{log}'],
    ),
    verify: upgraded,
  },
  'websocket.no-pong': {
    priority: 'P1',
    title: '{target|the endpoint} opens, and answers no ping',
    means: 'The WebSocket is open, and a ping gets no pong in time (RFC 6455 section 5.5.2).',
    shows: ['Clients connect, and lose the connection after their ping time-out, again and again.'],
    why: [
      'The read loop of the server is stuck after the upgrade.',
      'A proxy answered 101 without a server behind it.',
      'The server’s library leaves pings to the program, which does not answer them.',
    ],
    produces: same('websocket.no-pong'),
    fix: look('make the server answer pings', [
      'Look at what the server does after the upgrade: a read loop that waits for something else answers nothing.',
      'Ask the server itself on its own port: if that answers pings, the proxy keeps them.',
    ]),
  },
  'websocket.idle-dropped': {
    priority: 'P1',
    title: '{target|the endpoint} does not bear silence: {observed|it was cut}',
    means:
      'The WebSocket opened and answered a ping; then it was cut, or went dead, before the silence it must bear (`idle`) was over.',
    shows: [
      'Connections that are used a lot are fine; quiet ones end after a round number of seconds (60, 100, 350).',
    ],
    why: [
      'proxy_read_timeout of nginx, 60s where unset, is shorter than the longest silence.',
      'The idle time-out of a balancer or CDN in front (AWS ALB 60 s, Cloudflare 100 s).',
      'A firewall or NAT that forgets idle connections.',
      'The server closes idle clients itself (with a close code).',
    ],
    produces: same('websocket.idle-dropped'),
    fix: {
      summary: 'let what stands on the way wait longer than the longest silence, or break the silence',
      steps: [
        {
          when: { by: 'close frame' },
          say: 'With a close code it is the server itself: raise its own idle time-out.',
        },
        {
          when: { by: ['ended', 'reset'] },
          say: 'A FIN or a reset after a round number of seconds is a proxy’s or a balancer’s: in nginx set proxy_read_timeout and proxy_send_timeout of the location above the longest silence; at a balancer, its idle time-out.',
        },
        {
          when: { by: 'silence' },
          say: 'Silence is a firewall or NAT that forgot the connection: keep it alive.',
        },
        'Or let server or client send a ping more often than the shortest of these: that helps against all of them.',
      ],
      commands: [
        '{servedthere}',
        'grep -rn "proxy_read_timeout\\|proxy_send_timeout" {configword|/etc/nginx}',
        '{test} && {reload}',
      ],
      risk: 'Low: a longer time-out keeps dead connections longer. A reload lets open ones run on.',
      rollback: 'Put the former value back, and reload.',
    },
  },
  'websocket.subprotocol': {
    priority: 'P1',
    title: '{target|the endpoint} does not choose the subprotocol {expected|that is expected}',
    means: 'The WebSocket opened, and the expected subprotocol was not chosen (RFC 6455 section 1.9).',
    shows: [
      'Clients that insist close at once: "Server sent no subprotocol", "Sent non-empty Sec-WebSocket-Protocol".',
    ],
    why: [
      'The server does not know the subprotocol, or knows another version of it.',
      'The proxy drops Sec-WebSocket-Protocol.',
      'Another server answers.',
    ],
    produces: same('websocket.subprotocol'),
    fix: look('make server and client agree on the subprotocol', [
      'Seen: {observed|see the row}. Does the server know {expected|the subprotocol}? See its configuration and version.',
      'Does the proxy pass Sec-WebSocket-Protocol on? nginx does, unless a proxy_set_header empties it.',
    ]),
    verify: [
      `${upgradeAsked("-H 'Sec-WebSocket-Protocol: {expected}' {curlurl}")}  → Sec-WebSocket-Protocol: {expected}{from|}`,
    ],
  },
};
