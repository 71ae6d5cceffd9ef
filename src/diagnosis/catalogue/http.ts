/** Causes about HTTP and WebSocket answers: each is the deepest only when nothing behind it was seen. */
import { type Consequence, type Entry, type Fix, gatewayCodes, lostConnection } from '../entry.ts';

const same = (...codes: string[]): readonly Consequence[] => [
  { over: 'endpoint', codes },
  { over: 'client', codes: lostConnection },
];

const look = (summary: string, ...steps: string[]): Fix => ({
  summary,
  steps,
  rollback: 'Revert the change and reload what was changed.',
});

const gateway = (title: string, means: string, ofItsOwn: string): Entry => ({
  priority: 'P0',
  title,
  means,
  produces: [
    { over: 'self', codes: [...gatewayCodes, 'websocket.timeout', 'websocket.closed'] },
    ...same(...gatewayCodes),
  ],
  stops: true,
  fix: look(
    'make the server behind the proxy answer, or send the request where it does',
    'Read the proxy’s error log for this request: it names the upstream and why it failed.',
    'On the upstream’s host: does it listen (ss -tlnp), and does it answer there (curl)?',
    'If it answers there, the proxy sends the request to another place: compare proxy_pass.',
  ),
  ofService: {
    title: ofItsOwn,
    fix: look(
      'mend what {name} itself depends on',
      'The request went straight to its port, so it is {name} that says so: read its log for this request.',
      'On {host|its host}: does what it calls (a database, a queue, another service) answer?',
    ),
  },
});

export const http: Readonly<Record<string, Entry>> = {
  'http.status': {
    priority: 'P0',
    title: '{target} answers {observed|another status} instead of {expected|the expected one}',
    means: 'An answer with another status than expected.',
    produces: same('http.status'),
    fix: look(
      'make {target} answer {expected|as expected}',
      'Read the server’s log for this request.',
      'If the status is right after all, say so: `expect = { status = … }`.',
    ),
  },
  'http.bad-gateway': gateway(
    '{target}: the proxy cannot reach the server behind it (502)',
    '502 Bad Gateway: what answered is a proxy, and the server behind it refused the connection or broke it off.',
    '{target} cannot reach what it depends on (502)',
  ),
  'http.unavailable': gateway(
    '{target}: the service is unavailable (503)',
    '503 Service Unavailable: the server, or a proxy without a live server behind it, refuses work.',
    '{target} says that it is unavailable (503)',
  ),
  'http.gateway-timeout': gateway(
    '{target}: the server behind the proxy does not answer in time (504)',
    '504 Gateway Timeout: what answered is a proxy, and the server behind it gave it no answer in time.',
    '{target} gets no answer in time from what it depends on (504)',
  ),
  'http.body': {
    priority: 'P1',
    title: '{target} answers, with other content than expected',
    means: 'The status is right, the body or a header is not.',
    produces: same('http.body'),
    fix: look(
      'make {target} answer with {expected|what is expected}',
      'Is it the right server that answers? Compare the Server header and the body.',
      'If the content is right after all, correct `expect`.',
    ),
  },
  'http.timeout': {
    priority: 'P0',
    title: '{target} {begins|accepts the connection and gives no answer in time}',
    means: 'Connected, and no complete answer before the time was up.',
    produces: [
      { over: 'self', codes: ['websocket.timeout'] },
      ...same('http.timeout', 'websocket.timeout', ...gatewayCodes),
    ],
    stops: true,
    fix: look(
      'find out what the server waits for',
      'On its host: is its accept queue filling (ss -tlnp, Recv-Q)? Does its process use the processor, or wait?',
      'Read its log; take a stack of the process (gdb -p, jstack, py-spy dump).',
      'If it is only slow: a longer `timeout`.',
    ),
  },
  'http.closed': {
    priority: 'P0',
    title: '{target} {begins|closes the connection without an answer}',
    means: 'Connected, and closed or reset before an answer.',
    produces: [
      { over: 'self', codes: ['websocket.closed'] },
      ...same('http.closed', 'websocket.closed', ...gatewayCodes),
    ],
    stops: true,
    fix: look(
      'find out why the server hangs up',
      'Read its log for this request: a crash of a worker is usual.',
      'Check that nothing in between (a firewall, a balancer without a live target) resets the connection.',
    ),
  },
  'http.not-http': {
    priority: 'P0',
    title: 'what answers at {target} is {malformed|not HTTP}',
    means: 'The other side speaks another protocol on that port, or HTTP that no client can read.',
    produces: same('http.not-http', ...gatewayCodes),
    stops: true,
    fix: look(
      'ask the right port, or serve HTTP on this one',
      'See the first bytes in the evidence: SSH, TLS, a database? Or HTTP with a header that is too long or not valid?',
      'Correct the port in the URL, or start the right server on it.',
    ),
  },
  'http.redirect-loop': {
    priority: 'P1',
    title: '{target} redirects in a circle',
    means: 'More redirects than are followed, or a circle, or one that may not be followed (https to http).',
    produces: same('http.redirect-loop'),
    fix: look(
      'end the circle of redirects',
      'A proxy that ends TLS and does not say so to the application is usual: pass X-Forwarded-Proto.',
      'Or two rules send to each other: read them along the locations in the evidence.',
    ),
  },
};

const upgradeFix = (...steps: string[]) =>
  look('make the WebSocket server answer this path with 101', ...steps);

const upgrade = (title: string, means: string, code: string, ...steps: string[]): Entry => ({
  priority: 'P0',
  title,
  means,
  produces: same(code),
  stops: true,
  fix: upgradeFix(...steps),
});

const straight = 'The request went straight to its port {port}, with no proxy between:';

export const websocket: Readonly<Record<string, Entry>> = {
  'websocket.not-found': {
    ...upgrade(
      '{target}: no WebSocket endpoint at this path ({observed|404})',
      '404 or 410 to the upgrade: the request reached an HTTP server that has nothing at this path.',
      'websocket.not-found',
      'Is it the right server that answers? A proxy that sends the path to another port is usual.',
      'Check the path in the URL against the path that the WebSocket server serves.',
    ),
    ofService: { fix: upgradeFix(`${straight} compare the path with the one that {name} serves.`) },
  },
  'websocket.unauthorized': upgrade(
    '{target} refuses the credentials of the upgrade ({observed|401})',
    '401 or 403 to the upgrade.',
    'websocket.unauthorized',
    'Give the credentials: `headers = { Authorization = "Bearer ${TOKEN}" }`.',
    'Check that they are current, and that the proxy passes the header on.',
    'If a refusal is as it should be without credentials: `expect = { upgrade = [101, 401] }`.',
  ),
  'websocket.not-upgraded': {
    ...upgrade(
      '{target} answers the upgrade as a plain request ({observed})',
      'A proper upgrade request was answered as if it were a plain one: 2xx, 400 or 426.',
      'websocket.not-upgraded',
      'In nginx the location needs: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";',
      'If there is no proxy, this path is no WebSocket endpoint.',
    ),
    ofService: {
      fix: upgradeFix(`${straight} {name} serves no WebSocket at this path, or not on this port.`),
    },
  },
  'websocket.rejected': upgrade(
    '{target} rejects the upgrade ({observed})',
    'Any other status but 101, 502, 503 or 504.',
    'websocket.rejected',
    'Read the server’s log for this request.',
    'A redirect here means that the URL is not the final one: WebSocket clients don’t follow it.',
  ),
  'websocket.bad-accept': {
    ...upgrade(
      '{target} answers 101, but not as a WebSocket server',
      '101 with a wrong or missing Sec-WebSocket-Accept, Upgrade or Connection (RFC 6455 section 4.1).',
      'websocket.bad-accept',
      'A proxy or cache that rewrites or drops hop-by-hop headers is usual: ask the server itself, and compare.',
      'Else the server’s WebSocket library is broken.',
    ),
    ofService: { fix: upgradeFix(`${straight} the WebSocket library of {name} is at fault.`) },
  },
  'websocket.timeout': {
    priority: 'P0',
    title: '{target} gives no answer to the upgrade',
    means: 'Connected, and no answer to the upgrade in time.',
    produces: same('websocket.timeout', ...gatewayCodes),
    stops: true,
    fix: look(
      'find out what the WebSocket server waits for',
      'On its host: is its accept queue filling (ss -tlnp, Recv-Q)?',
      'Does the server run its accept loop? A listener that was bound and never served looks like this.',
    ),
  },
  'websocket.closed': {
    priority: 'P0',
    title: '{target} closes the connection at the upgrade ({observed})',
    means: 'Closed or reset before or right after 101.',
    produces: same('websocket.closed', ...gatewayCodes),
    stops: true,
    fix: look(
      'find out why the server hangs up',
      'The close code says who: 1008 policy, 1011 an error in the server, none: the connection was cut.',
      'Read the server’s log at that moment.',
    ),
  },
  'websocket.no-pong': {
    priority: 'P1',
    title: '{target} opens, and answers no ping',
    means: 'The WebSocket is open, and a ping gets no pong in time (RFC 6455 section 5.5.2).',
    produces: same('websocket.no-pong'),
    fix: look(
      'make the server answer pings',
      'A server whose read loop is stuck looks like this: look at what it does after the upgrade.',
      'A proxy that answered 101 by itself, without a server behind it, does too.',
    ),
  },
  'websocket.idle-dropped': {
    priority: 'P1',
    title: '{target} does not bear silence: {observed}',
    means:
      'The WebSocket opened and answered a ping; then it was cut, or went dead, before the silence it must bear (`idle`) was over.',
    produces: same('websocket.idle-dropped'),
    fix: look(
      'let what stands on the way wait longer than the longest silence',
      'Who cut it? A close code is the server’s own (1001, 1008); a FIN or a reset after a round number of seconds is a proxy’s or a balancer’s; silence is a firewall that forgot the connection.',
      'In nginx: proxy_read_timeout (and proxy_send_timeout) of the location, longer than the longest silence. At a balancer: its idle timeout.',
      'Or let server or client send a ping more often than the shortest of these.',
    ),
  },
  'websocket.subprotocol': {
    priority: 'P1',
    title: '{target} does not choose the subprotocol {expected}',
    means: 'The expected subprotocol was not chosen (RFC 6455 section 1.9).',
    produces: same('websocket.subprotocol'),
    fix: look(
      'make server and client agree on the subprotocol',
      'Check that the proxy passes Sec-WebSocket-Protocol on, and that the server supports {expected}.',
    ),
  },
};
