/** Causes about HTTP answers: each is the deepest only when nothing behind it was seen. */
import { type Entry, type Fix, gatewayCodes, same } from '../entry.ts';

const undo = 'Revert the change, and reload what was changed.';
const looks = 'None in looking. What you change then has its own.';
/** A plain question, or an upgrade where that is what was asked: a WebSocket's path says 101 to nothing else. */
const asked = '{asking}';

const look = (summary: string, steps: Fix['steps'], commands: Fix['steps'] = ['{seenfrom}', asked]): Fix => ({
  summary,
  steps,
  commands,
  risk: looks,
  rollback: undo,
});

const answers = [`${asked}  → {expected|the expected answer}{from|}`];

interface Gateway {
  readonly title: string;
  readonly ofItsOwn: string;
  readonly means: string;
  readonly shows: Entry['shows'];
  readonly why: Entry['why'];
}

const gateway = ({ title, ofItsOwn, ...more }: Gateway): Entry => ({
  priority: 'P0',
  title,
  ...more,
  produces: [
    { over: 'self', codes: [...gatewayCodes, 'websocket.timeout', 'websocket.closed'] },
    ...same(...gatewayCodes),
  ],
  stops: true,
  fix: look(
    'make the server behind the proxy answer, or send the request where it does',
    [
      'Read the proxy’s error log for this request: it names the upstream, and why it failed ({log|/var/log/nginx/error.log}).',
      'On the host of the upstream: does it listen (ss -tlnp), and does it answer there (curl)?',
      'If it answers there, the proxy sends the request to another place: compare proxy_pass.',
    ],
    ['{servedthere}', '{log}', asked],
  ),
  verify: answers,
  instead: [
    {
      when: { subjectKind: 'service' },
      title: ofItsOwn,
      fix: look(
        'mend what {name} itself depends on',
        [
          'The request went straight to its port, so it is {name} that says so: read its log for this request ({log|where it keeps it}).',
          'On {host|its host}: does what it calls (a database, a queue, another service) answer?',
        ],
        ['{onhost}', '{log}', `{inside|}${asked}`],
      ),
      verify: [`{inside|}${asked}  → {expected|the expected answer}{on|}`],
    },
  ],
});

export const http: Readonly<Record<string, Entry>> = {
  'http.status': {
    priority: 'P0',
    title:
      '{target|the endpoint} answers {observed|with another status} instead of {expected|the expected one}',
    means: 'An answer came, with another status than expected, and none of 502, 503 and 504.',
    shows: ['People see an error page, a login page, or are sent elsewhere; programs report the status.'],
    why: [
      '404: the path is wrong, or another server block or service answers. 401, 403: credentials are missing or out of date.',
      '500: the service fails at this request; its log says why.',
      '301, 302: the server sends to another address, and what was asked is not the final one.',
      'What is expected (`expect`) is out of date.',
    ],
    produces: same('http.status'),
    fix: look('make {target|the endpoint} answer {expected|as expected}', [
      'Is it the right server that answers? Compare the Server header and the body.',
      'Read the server’s log for this request ({log|its access and error log}).',
      'If the status is right after all, say so: `expect = { status = … }`.',
    ]),
    verify: answers,
  },
  'http.bad-gateway': gateway({
    title: '{target|the endpoint}: the proxy cannot reach the server behind it (502)',
    ofItsOwn: '{target} cannot reach what it depends on (502)',
    means:
      '502 Bad Gateway: what answered is a proxy, and the server behind it refused the connection, broke it off or sent no HTTP.',
    shows: [
      '"502 Bad Gateway", at once. In the proxy’s error log: connect() failed (111: Connection refused).',
    ],
    why: [
      'The service behind does not run, or restarts.',
      'It listens on another port or on 127.0.0.1, or its name leads to an old address.',
      'It ended while it answered (a crash, out of memory): upstream prematurely closed connection.',
      'http:// where it speaks TLS, or the reverse.',
    ],
  }),
  'http.unavailable': gateway({
    title: '{target|the endpoint}: the service is unavailable (503)',
    ofItsOwn: '{target} says that it is unavailable (503)',
    means:
      '503 Service Unavailable: the server, or a proxy without a live server behind it, refuses work for now.',
    shows: ['"503 Service Unavailable", at once, often with a Retry-After header.'],
    why: [
      'The service says so itself: it starts, is in maintenance, or has used up a pool.',
      'The balancer has no live server left: their health checks fail.',
      'A limit of the proxy (limit_req, limit_conn), whose status is 503 by default.',
    ],
  }),
  'http.gateway-timeout': gateway({
    title: '{target|the endpoint}: the server behind the proxy does not answer in time (504)',
    ofItsOwn: '{target} gets no answer in time from what it depends on (504)',
    means:
      '504 Gateway Timeout: what answered is a proxy, and the server behind it gave it no answer in time.',
    shows: [
      '"504 Gateway Time-out" after a wait, 60 seconds where nginx has its defaults. In its error log: upstream timed out (110).',
    ],
    why: [
      'The service behind hangs: a lock, a database that does not answer, a pool that is used up.',
      'A firewall between proxy and service drops packets.',
      'It only needs longer than proxy_read_timeout for this request.',
      'The name of the upstream leads to an address where nobody answers any more.',
    ],
  }),
  'http.body': {
    priority: 'P1',
    title: '{target|the endpoint} answers, with other content than expected: {observed|see the row}',
    means: 'The status is right, the body or a header is not.',
    shows: [
      'The address "works" for a monitor that looks at the status alone, and people see something else.',
    ],
    why: [
      'A part of the service is not well, and its health page says so.',
      'Another server, version or site answers: a default page, a maintenance page, a cache.',
      'What is expected (`expect`) is out of date.',
    ],
    produces: same('http.body'),
    fix: look('make {target|the endpoint} answer with {expected|what is expected}', [
      'Seen: {observed|see the row}. Is it the right server that answers? Compare the Server header and the body.',
      'A health page that names a part (a database, a queue): mend that part.',
      'If the content is right after all, correct `expect`.',
    ]),
    verify: answers,
  },
  'http.timeout': {
    priority: 'P0',
    title: '{target|the endpoint} {begins|accepts the connection and gives no answer in time}',
    means: 'Connected, and no complete answer before the time was up.',
    shows: [
      'It hangs. curl: (28) Operation timed out with 0 bytes received. Browsers spin; a proxy in front says 504.',
    ],
    why: [
      'The program hangs: a lock, a database that does not answer, all workers busy.',
      'It listens, and never accepts (its accept queue fills).',
      'The answer only takes longer than `timeout`.',
      'Large packets get lost on the way (MTU), so that small answers come and long ones do not.',
    ],
    produces: [
      { over: 'self', codes: ['websocket.timeout'] },
      ...same('http.timeout', 'websocket.timeout', ...gatewayCodes),
    ],
    stops: true,
    fix: look(
      'find out what the server waits for',
      [
        'On its host: is its accept queue filling (ss -tlnp, Recv-Q)? Does its process use the processor, or wait (top)?',
        'Read its log; take a stack of the process (py-spy dump --pid, jstack, gdb -p).',
        'If it is only slow: a longer `timeout`.',
      ],
      ['{servedthere}', '{inside|}ss -tlnp', '{log}'],
    ),
    verify: answers,
  },
  'http.closed': {
    priority: 'P0',
    title: '{target|the endpoint} {begins|closes the connection without an answer}',
    means: 'Connected, and closed or reset before a complete answer.',
    shows: [
      'curl: (52) Empty reply from server, or (56) Connection reset by peer. Browsers: ERR_EMPTY_RESPONSE.',
    ],
    why: [
      'The program crashes at this request; its log or the kernel’s (out of memory) says so.',
      'A balancer or the engine’s proxy takes connections, and nothing behind it does.',
      'nginx ends it on purpose (return 444).',
      'A firewall in between resets it.',
    ],
    produces: [
      { over: 'self', codes: ['websocket.closed'] },
      ...same('http.closed', 'websocket.closed', ...gatewayCodes),
    ],
    stops: true,
    fix: look(
      'find out why the server hangs up',
      [
        'Read its log at that moment ({log|journalctl -n 50}): a crash of a worker is usual. dmesg | grep -i oom',
        'Ask it on its own host: if it answers there, something in between resets the connection.',
      ],
      ['{servedthere}', '{log}', 'dmesg | grep -i oom'],
    ),
    verify: answers,
  },
  'http.not-http': {
    priority: 'P0',
    title: 'what answers at {target|the endpoint} is {malformed|not HTTP}',
    means: 'The other side speaks another protocol on that port, or HTTP that no client can read.',
    shows: [
      'curl: (1) Received HTTP/0.9 when not allowed, or (8) weird server reply. Browsers: ERR_INVALID_HTTP_RESPONSE.',
    ],
    why: [
      'Another program has the port (SSH, a database), or the URL has the wrong one.',
      'http:// to a port that speaks TLS.',
      'A header that is not valid, or longer than clients take.',
    ],
    produces: same('http.not-http', ...gatewayCodes),
    stops: true,
    fix: look(
      'ask the right port, or serve HTTP on this one',
      [
        'What answered: {observed|see the row}. Which program is it? ss -tlnp, on its host.',
        'Correct the port or the scheme in the URL, or start the right server on it.',
      ],
      ['{servedthere}', '{inside|}ss -tlnp sport = :{port}'],
    ),
    verify: answers,
  },
  'http.redirect-loop': {
    priority: 'P1',
    title: '{target|the endpoint} redirects without an end: {observed|a circle}',
    means: 'More redirects than are followed, or a circle.',
    shows: ['Browsers: ERR_TOO_MANY_REDIRECTS. curl -L: (47) Maximum (50) redirects followed.'],
    why: [
      'A proxy ends TLS and does not tell the application, which sends to https:// for ever.',
      'Two rules send to each other: with and without www, with and without a slash at the end.',
      'A login page that itself needs a login.',
    ],
    produces: same('http.redirect-loop'),
    fix: look(
      'end the circle of redirects',
      [
        'Follow it: curl -sIL --max-redirs 5 {curlurl|URL}. The Location lines show which two send to each other.',
        'To https:// for ever: pass the scheme on, proxy_set_header X-Forwarded-Proto $scheme, and have the application trust it.',
      ],
      ['{seenfrom}', 'curl -sIL --max-redirs 5 {curlurl}'],
    ),
    verify: answers,
  },
};
