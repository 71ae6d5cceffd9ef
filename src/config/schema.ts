/** The configuration's shape: what TOML may hold, key by key, with the words that editors show. */
import { z } from 'zod';
import {
  duration,
  faultOf,
  file,
  fine,
  header,
  name,
  named,
  noControls,
  oneOrMore,
  path,
  port,
  regularExpression,
  text,
  whole,
} from './fields.ts';
import { proxy, service } from './service-schema.ts';
import { type Fault, readUrl } from './url.ts';
import {
  headerFault,
  hostFault,
  readLogin,
  readResolver,
  readTo,
  tokenPattern,
  userFault,
} from './values.ts';
import { quoted } from './words.ts';

const status = z.union([
  whole('a status', 100, 599, 200),
  text(
    'a class of statuses, or a bound',
    (value) =>
      /^(?:[1-5]xx|<?[1-5]\d\d)$/.test(value)
        ? null
        : { message: `is no status: ${quoted(value)}`, hint: 'write 200, [200, 204] or "2xx"' },
    { example: '2xx', pattern: '^(?:[1-5]xx|<?[1-5][0-9][0-9])$' },
  ),
]);

export const expectSchema = z
  .strictObject({
    status: oneOrMore('the status that the answer should have: 200, [200, 204] or "2xx"', status).optional(),
    body: regularExpression('a regular expression over the start of the body', 'ready').optional(),
    json: z
      .record(z.string(), z.unknown())
      .meta({ description: 'what the JSON body should hold: dotted path = value' })
      .optional(),
    header: header(
      'headers that the answer should have: name = regular expression',
      regularExpression('a regular expression', '^nginx'),
    ).optional(),
    upgrade: oneOrMore(
      'statuses that are a good answer to the upgrade',
      whole('a status', 100, 599, 101),
    ).optional(),
    subprotocol: text(
      'the WebSocket subprotocol to ask for, and to be given',
      (value) =>
        tokenPattern.test(value)
          ? null
          : { message: `is no subprotocol: ${quoted(value)}`, hint: 'it is one word (RFC 6455 section 4.1)' },
      { example: 'agent.v1' },
    ).optional(),
    close: oneOrMore(
      'close codes that are a good end of the WebSocket',
      whole('a close code', 1000, 4999, 1008),
    ).optional(),
  })
  .meta({ description: 'what a good answer is' });

export const tlsSchema = z
  .strictObject({
    ca: file('file (PEM) with roots to trust besides the system’s own', 'private-ca.pem').optional(),
    cert: file('file (PEM) with the client certificate', 'client.pem').optional(),
    key: file('file (PEM) with the client certificate’s key', 'client-key.pem').optional(),
    servername: text('the name to ask for (SNI) and to verify, instead of the URL’s host', hostFault, {
      example: 'agent.example.com',
    }).optional(),
  })
  .meta({ description: 'TLS settings' });

const host = z
  .strictObject({
    address: text('name or address of the machine', hostFault, { example: 'backend.example.com' }).optional(),
    local: z.boolean().meta({ description: 'true: the machine that doctor runs on' }).optional(),
    ssh: z
      .union([
        z.literal(true),
        text('user@host:port', faultOf(readLogin), { example: 'root@backend.example.com:22' }),
        z.strictObject({
          user: text('the user to log in as', userFault, { example: 'root' }).optional(),
          port: port('the port of the SSH server', 22).optional(),
          identity_file: file('file of the private key', '~/.ssh/id_ed25519').optional(),
          known_hosts: file('file of known host keys', '~/.ssh/known_hosts').optional(),
          jump: z
            .array(text('a host in between: user@host:port', faultOf(readLogin), { example: 'bastion' }))
            .min(1)
            .meta({
              description: 'hosts in between, the nearest first',
              examples: [['ops@bastion.example.com']],
            })
            .optional(),
          sudo: z
            .boolean()
            .meta({
              description: 'whether what needs root runs as sudo -n (commands of your own checks never do)',
            })
            .optional(),
          transport: z
            .enum(['auto', 'ssh2', 'openssh'])
            .meta({
              description:
                'what speaks SSH: ssh2, in this process; openssh, your own ssh; auto, which takes ssh2 where that can do it',
              default: 'auto',
            })
            .optional(),
        }),
      ])
      .meta({
        description: 'the way in: true, "user@host:port", or a table',
        examples: ['root@backend.example.com:22'],
      })
      .optional(),
  })
  .meta({ description: 'a machine' });

const endpoint = z
  .strictObject({
    url: text('http, https, ws, wss, tcp or tls URL that somebody must be able to use', urlFault, {
      example: 'wss://agent.example.com/ws/agent',
      pattern: '^(?:(?:[Hh][Tt][Tt][Pp]|[Ww][Ss])[Ss]?|[Tt][Cc][Pp]|[Tt][Ll][Ss])://',
    }),
    resolves_to: z
      .array(text('a declared host, or an address', fine, { example: 'backend' }))
      .min(1)
      .meta({ description: 'hosts or addresses: every answer of the DNS must be one of them' })
      .optional(),
    health: path('path of a health check, for the http row of a WebSocket endpoint', '/health').optional(),
    via: name('the proxy in front of it', 'nginx').optional(),
    to: text('service:port where a request must end up', faultOf(readTo), {
      example: 'agent-server:8081',
      pattern: '^[a-z0-9-]+:[0-9]+$',
    }).optional(),
    headers: header('headers to send', text('a header’s value', headerFault)).optional(),
    expect: expectSchema.optional(),
    tls: tlsSchema.optional(),
    idle: duration(
      'how long an open WebSocket must bear silence: it is held that long without a byte, then pinged',
      '1h',
      '70s',
    ).optional(),
  })
  .meta({ description: 'a URL that somebody must be able to use' });

function urlFault(value: string): Fault | null {
  const read = readUrl(value);
  if (!read.ok) return read.fault;
  return read.value.userinfo === null
    ? null
    : {
        message: 'has a user in it, and URLs are shown in reports',
        hint: `write headers = { Authorization = "Basic \${NAME}" }`,
      };
}

const check = z
  .looseObject({
    kind: name('what it looks at; "viworks-doctor checks" lists the kinds', 'http'),
    name: name('its row is check.NAME', 'admin-api'),
    from: name('where it looks from: "local" or a host', 'gateway').optional(),
  })
  .meta({ description: 'one check, with the options of its kind' });

export const documentSchema = z
  .strictObject({
    title: text('the title of reports', noControls, { example: 'Agent connectivity' }).optional(),
    defaults: z
      .strictObject({
        timeout: duration('the longest that one operation may take', '1h', '5s').optional(),
        cert_days: whole('a certificate valid for fewer days than this is a warning', 0, 3650, 21).optional(),
        resolver: text('host:port of the DNS server to ask instead of the system’s', faultOf(readResolver), {
          example: '192.0.2.53:53',
        }).optional(),
      })
      .meta({ description: 'what holds where nothing else is said' })
      .optional(),
    hosts: named('machines, by name', host),
    endpoints: named('URLs that somebody must be able to use, by name', endpoint),
    services: named('programs that should run, by name', service),
    proxies: named('what stands between endpoints and services, by name', proxy),
    checks: z.array(check).meta({ description: 'anything else, one by one' }).optional(),
  })
  .meta({ title: 'viworks-doctor configuration', description: 'viworks-doctor.toml' });

/** What a good file holds, names not yet resolved. */
export type Document = z.output<typeof documentSchema>;

/** For editors (draft 7, which all of them know). Strings with `${NAME}` pass wherever a variable may stand. */
export function configJsonSchema(): object {
  return z.toJSONSchema(documentSchema, { io: 'input', target: 'draft-7' });
}
