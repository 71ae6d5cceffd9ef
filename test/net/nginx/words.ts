/** Pieces of configurations: places, names, texts with variables, and statements that get in one another's way. */
import fc from 'fast-check';

export interface Ports {
  /** Two servers behind that say what reaches them. */
  readonly echo: readonly [number, number];
}

export const pick = <Item>(...items: readonly Item[]) => fc.constantFrom(...items);
export const rarely = (arbitrary: fc.Arbitrary<string>, weight = 3) =>
  fc.oneof({ weight, arbitrary: fc.constant('') }, { weight: 1, arbitrary });

export const prefixes = [
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
export const expressions = [
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
export const hosts = [
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
export const names = [
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
export const simple = fc.oneof(
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
export const ifs = (ports: Ports) =>
  fc
    .tuple(condition, fc.array(simple, { maxLength: 2 }), rarely(pass(ports), 5))
    .map(([test, inside, to]) => `if (${test}) { ${inside.join(' ')} ${to && `proxy_pass ${to};`} }`);
export const serverIf = fc
  .tuple(condition, fc.array(simple, { maxLength: 2 }))
  .map(([test, inside]) => `if (${test}) { ${inside.join(' ')} }`);

export const headers = pick(
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
export const version = pick('', '', 'proxy_http_version 1.1;', 'proxy_http_version 1.0;');
export const errorPage = rarely(
  pick(
    'error_page 418 @n0;',
    'error_page 418 405 =200 /a/b;',
    'error_page 405 /b?e=1;',
    'recursive_error_pages on;',
  ),
);
export const misleading = rarely(
  pick(
    '# location /a { return 200 "not this"; }',
    '# } server {',
    "set $unused '}{;#';",
    'set $unused "a\n  # b {";',
    '## "',
    'set $unused a#b\\;c\\{;',
  ),
);

export const content = (ports: Ports, uri: boolean) =>
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
