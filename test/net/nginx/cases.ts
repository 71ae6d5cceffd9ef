/** Configurations and requests by the thousand: what nginx accepts, and as crooked as its users write it. */
import fc from 'fast-check';

export interface Ports {
  /** Two servers behind that say what reaches them. */
  readonly echo: readonly [number, number];
}

export interface Case {
  /** The server blocks, with PORT where the port of the case goes. */
  readonly servers: readonly string[];
  readonly asks: readonly {
    readonly address: string;
    readonly host: string;
    readonly path: string;
    readonly upgrade: boolean;
  }[];
}

const pick = <Item>(...items: readonly Item[]) => fc.constantFrom(...items);
const rarely = (arbitrary: fc.Arbitrary<string>, weight = 3) =>
  fc.oneof({ weight, arbitrary: fc.constant('') }, { weight: 1, arbitrary });

const prefixes = [
  '/',
  '/a',
  '/a/',
  '/a/b',
  '/a/b/',
  '/ab',
  '/A',
  '"/a b"',
  '/a.b',
  '/é',
  '/b/',
  '/api/',
  '/a/b/c',
];
const expressions = [
  '\\.b$',
  '^/a',
  '^/(a|b)/(.*)$',
  '"^/(?<seg>[^/]+)/(.*)"',
  'b+$',
  '^/a/(?P<rest>.*)$',
  '/A',
  '(?i)^/API',
  '"^/\\w{1}/"',
  '"^/a{1,2}$"',
  '^/[^/]+$',
  '.*',
  '(a)|(b)',
  '^/a(?!pi)',
  '[[:upper:]]',
  '^/é',
];
const hosts = [
  'a.example.com',
  'b.example.com',
  'example.com',
  'x.a.example.com',
  'www.example.org',
  'other',
  'A.Example.COM:81',
  'a.example.com.',
  '127.0.0.1',
];
const names = [
  'a.example.com',
  'b.example.com',
  '*.example.com',
  '.example.com',
  '*.a.example.com',
  'www.example.*',
  'www.*',
  '"~^(?<seg>[ab])\\.example\\.com$"',
  '~^(www|x)\\.',
  '~Example',
  '""',
  '_',
  'example.com',
  'B.example.com',
];
const texts = [
  '1',
  '0',
  '""',
  '$uri',
  'x$1',
  '${arg_x}y',
  '$host',
  '$mapped',
  '$named',
  '$seg-$rest',
  '"$1;{}#"',
  "'q\"q'",
  '$is_args$args',
];
// $mapped in front: it changes $1, and nginx measures a text from left to right before it fills it
const body =
  '"$mapped|$uri|$args|$1|$2|$v|$w|$named|$seg|$rest|$host|$server_name|$request_uri|$scheme|$arg_x|\\"quoted\\";{}#"';

const condition = fc.oneof(
  pick(
    '$arg_x',
    '$v',
    '$http_upgrade = websocket',
    '$host = a.example.com',
    '$host != a.example.com',
    '$uri ~ ^/(a)(b)?',
    '$args ~* X',
    '$request_uri !~ "^/a"',
    '$v = "1"',
    '$mapped = ""',
    '$request_method = POST',
    '$uri ~ "(?<seg>b+)$"',
    '$http_upgrade',
    '$uri !~* (A)',
  ),
);

const set = fc.tuple(pick('$v', '$w'), pick(...texts)).map(([name, text]) => `set ${name} ${text};`);
const rewrite = fc
  .tuple(
    pick(
      '^/a/(.*)$',
      '^/a',
      '^(/[ab])(.*)$',
      '/(?<rest>b.*)$',
      '.*',
      '^/zz',
      '^/api/(.*)',
      '^(.*)/$',
      '"^/a (.*)"',
    ),
    pick(
      '/a/$1',
      '/b',
      '/b?y=1',
      '/b?y=$1',
      '/c?',
      '/a/b/$2',
      '$1',
      '/$rest/x',
      '"/a b/$1"',
      '/é',
      '/b?$args&z=$1?',
      '/api/$v',
    ),
    pick('', '', 'last', 'break', 'last', 'break', 'redirect', 'permanent'),
  )
  .map(([pattern, to, flag]) => `rewrite ${pattern} ${to} ${flag};`);
const away = pick(
  'rewrite ^/a/(.*) http://other.example.com/$1;',
  'return 301 https://$host$request_uri;',
  'return 302 /b?$args;',
  'return https://example.com/$uri;',
  'return 405;',
  'return 418;',
  `return 404 ${body};`,
);
const simple = fc.oneof(
  { weight: 4, arbitrary: set },
  { weight: 4, arbitrary: rewrite },
  { weight: 1, arbitrary: away },
  { weight: 1, arbitrary: fc.constant('break;') },
);
const pass = (ports: Ports) =>
  pick(
    `http://127.0.0.1:${ports.echo[0]}`,
    `http://127.0.0.1:${ports.echo[1]}`,
    'http://up0',
    'http://UP1',
    `"http://127.0.0.1:${ports.echo[0]}$request_uri"`,
    `http://127.0.0.1:${ports.echo[0]}/z$uri?$args`,
    `http://127.0.0.1:${ports.echo[1]}$is_args$args`,
    'http://$backend',
    '$scheme://up0',
    'http://up$one$uri',
  );
const passWithUri = (ports: Ports) =>
  pick(
    `http://127.0.0.1:${ports.echo[0]}/`,
    `http://127.0.0.1:${ports.echo[0]}/x`,
    `http://127.0.0.1:${ports.echo[1]}/x/`,
    'http://up0/',
    'http://up1/y',
    'http://up1/é%20/',
    'http://up0/?k=1',
  );
const ifs = (ports: Ports) =>
  fc
    .tuple(condition, fc.array(simple, { maxLength: 2 }), rarely(pass(ports), 5))
    .map(([test, inside, to]) => `if (${test}) { ${inside.join(' ')} ${to && `proxy_pass ${to};`} }`);
const serverIf = fc
  .tuple(condition, fc.array(simple, { maxLength: 2 }))
  .map(([test, inside]) => `if (${test}) { ${inside.join(' ')} }`);

const headers = pick(
  '',
  '',
  'proxy_set_header Host $host;',
  'proxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection "upgrade";',
  'proxy_set_header upgrade $http_upgrade; proxy_set_header CONNECTION $connection_upgrade;',
  'proxy_set_header Connection $http_connection;',
  'proxy_set_header Upgrade ""; proxy_set_header Connection "";',
  'proxy_set_header X-Other 1;',
  'proxy_set_header Host "$proxy_host|$http_host";',
);
const version = pick('', '', 'proxy_http_version 1.1;', 'proxy_http_version 1.0;');
const errorPage = rarely(
  pick(
    'error_page 418 @n0;',
    'error_page 418 405 =200 /a/b;',
    'error_page 405 /b?e=1;',
    'recursive_error_pages on;',
  ),
);
const misleading = rarely(
  pick(
    '# location /a { return 200 "not this"; }',
    '# } server {',
    "set $unused '}{;#';",
    'set $unused "a\n  # b {";',
    '## "',
    'set $unused a#b\\;c\\{;',
  ),
);

const content = (ports: Ports, uri: boolean) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(`return 200 ${body};`) },
    { weight: 4, arbitrary: pass(ports).map((to) => `proxy_pass ${to};`) },
    { weight: uri ? 4 : 0, arbitrary: passWithUri(ports).map((to) => `proxy_pass ${to};`) },
    {
      weight: 1,
      arbitrary: pick(
        'try_files /none @n0;',
        'try_files /none /none/ /a/b?x=1;',
        'try_files /none$uri =404;',
        'try_files /none$uri /b$is_args$args;',
      ),
    },
    { weight: 1, arbitrary: pick('', 'deny all;', 'allow 192.0.2.1; deny 192.0.2.2;') },
  );

interface Place {
  readonly kind: '' | '=' | '^~' | '~' | '~*';
  readonly path: string;
  readonly inside: string;
  readonly nested: readonly Place[];
  readonly spaced: boolean;
}

function location(ports: Ports, depth: number): fc.Arbitrary<Place> {
  const kinds = pick<Place['kind']>('', '', '', '=', '^~', '~', '~', '~*');
  return kinds.chain((kind) => {
    const isExpression = kind === '~' || kind === '~*';
    const inside = fc
      .tuple(
        misleading,
        headers,
        version,
        errorPage,
        rarely(fc.constant('internal;'), 12),
        fc.array(fc.oneof({ weight: 3, arbitrary: simple }, { weight: 2, arbitrary: ifs(ports) }), {
          maxLength: 3,
        }),
        content(ports, !isExpression),
      )
      .map(([noise, set, http, page, internal, statements, end]) =>
        [noise, set, http, page, internal, ...statements, end].filter(Boolean).join('\n'),
      );
    return fc.record({
      kind: fc.constant(kind),
      path: isExpression ? pick(...expressions) : pick(...prefixes),
      inside,
      nested:
        depth > 0 && kind !== '=' ? fc.array(location(ports, depth - 1), { maxLength: 2 }) : fc.constant([]),
      spaced: fc.boolean(),
    });
  });
}

/** Without what nginx refuses: the same place twice, a nested one outside of the one around it. */
function written(
  places: readonly Place[],
  around: Place | null,
  mark: string,
  counter: { next: number },
): string {
  const seen = new Set<string>();
  const bare = (text: string) => text.replaceAll('"', '');
  return places
    .filter(({ kind, path }) => {
      const isExpression = kind === '~' || kind === '~*';
      const key = isExpression ? `${kind}${path}` : `${kind === '=' ? '=' : ''}${bare(path)}`;
      const isOutside = around !== null && !isExpression && !bare(path).startsWith(bare(around.path));
      if (seen.has(key) || isOutside) return false;
      seen.add(key);
      return true;
    })
    .map((place) => {
      const number = counter.next++;
      const isQuoted = place.path.startsWith('"');
      const name =
        isQuoted && !place.spaced
          ? `"${place.kind}${bare(place.path)}"`
          : `${place.kind}${place.spaced || isQuoted ? ' ' : ''}${place.path}`;
      const inner = written(place.nested, place, mark, counter);
      return `location ${name} {\nadd_header X-At ${mark}/${number} always;\n${inner}\n${place.inside}\n}`;
    })
    .join('\n');
}

function server(ports: Ports): fc.Arbitrary<{ text: (mark: string) => string; listens: readonly string[] }> {
  return fc
    .record({
      listens: fc.uniqueArray(pick('127.0.0.1', '127.0.0.1', '127.0.0.2', '[::1]', 'localhost'), {
        minLength: 1,
        maxLength: 2,
      }),
      names: fc.uniqueArray(pick(...names), { maxLength: 3 }),
      merges: rarely(pick('merge_slashes off;', 'merge_slashes on;')),
      headers,
      errorPage,
      misleading,
      statements: fc.array(fc.oneof({ weight: 2, arbitrary: simple }, { weight: 1, arbitrary: serverIf }), {
        maxLength: 1,
      }),
      often: fc.integer({ min: 0, max: 2 }),
      places: fc.array(location(ports, 2), { minLength: 1, maxLength: 7 }),
      named: content(ports, false),
    })
    .map((parts) => ({
      listens: parts.listens.includes('localhost') ? ['localhost'] : parts.listens,
      text: (mark: string) =>
        [
          'server {',
          'LISTENS',
          parts.names.length > 0 ? `server_name ${parts.names.join(' ')};` : '',
          `add_header X-At ${mark} always;`,
          parts.merges,
          parts.headers,
          parts.errorPage,
          'set $backend up0; set $one 1;',
          parts.misleading,
          ...(parts.often === 0 ? parts.statements : []),
          written(parts.places, null, mark, { next: 0 }),
          `location @n0 {\nadd_header X-At ${mark}/named always;\n${parts.named}\n}`,
          '}',
        ]
          .filter(Boolean)
          .join('\n'),
    }));
}

const segment = pick(
  'a',
  'b',
  'ab',
  'A',
  'a.b',
  'a%20b',
  '%61',
  '%C3%A9',
  '.',
  '..',
  '',
  '%2e%2e',
  'api',
  '%2F',
  'c+d',
  '%3Fq',
  '%25',
  'API',
  '"<>',
);
const path = fc
  .tuple(
    fc.oneof(
      fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`),
      pick('/a', '/a/b', '/a/', '/', '/b', '/a/b/c', '/ab', '/api/x', '/a/b/', '/b/x'),
    ),
    pick('', '', '', '?x=1', '?X=2&x=3', '?', '?q=a%20b', '?x=0', '?a=/b/../c'),
  )
  .map(([target, query]) => target + query);

export function cases(ports: Ports): fc.Arbitrary<Case> {
  return fc
    .record({
      servers: fc.array(server(ports), { minLength: 1, maxLength: 4 }),
      defaults: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      asks: fc.array(
        fc.record({
          address: pick('127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.2', '::1'),
          host: pick(...hosts),
          path,
          upgrade: fc.boolean(),
        }),
        { minLength: 12, maxLength: 12 },
      ),
    })
    .map(({ servers, defaults, asks }) => {
      const given = new Set<string>();
      const addressesOf = (listen: string) => (listen === 'localhost' ? ['127.0.0.1', '[::1]'] : [listen]);
      const texts = servers.map(({ text, listens }, index) => {
        const lines = listens.map((listen) => {
          const addresses = addressesOf(listen);
          const isDefault = defaults[index] && addresses.every((address) => !given.has(address));
          if (isDefault) for (const address of addresses) given.add(address);
          return `listen ${listen}:PORT${isDefault ? ' default_server' : ''};`;
        });
        return text(`s${index}`).replace('LISTENS', () => lines.join('\n'));
      });
      // whether `localhost` is ::1 too is up to the machine
      const listening = new Set(servers.flatMap(({ listens }) => listens.map((one) => addressesOf(one)[0])));
      const reachable = asks.filter(({ address }) => listening.has(address === '::1' ? '[::1]' : address));
      return { servers: texts, asks: reachable };
    });
}

/** What the servers of all cases share. */
export function shared(ports: Ports): string {
  return [
    `upstream up0 { server 127.0.0.1:${ports.echo[0]}; }`,
    `upstream up1 { server 127.0.0.1:${ports.echo[1]} max_fails=0; keepalive 2; }`,
    'map $http_upgrade $connection_upgrade { default upgrade; "" close; }',
    'map $uri $mapped { /a m1; /A/b m2; "~^/a/(.+)$" "re:$1"; ~*^/API$ api; default ""; }',
    'map $host $named { hostnames; a.example.com exact; *.example.com wild; www.* tail; default none; }',
    // so that nginx knows the names wherever they are used
    'server { listen 127.0.0.1:READY; if ($uri ~ "(?<seg>x)(?<rest>y)") { set $v 1; set $w 1; set $unused 1; } return 200; }',
  ].join('\n');
}
