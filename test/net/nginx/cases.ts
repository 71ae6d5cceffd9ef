/** Configurations and requests by the thousand: what nginx accepts, and as crooked as its users write it. */
import fc from 'fast-check';
import {
  content,
  errorPage,
  expressions,
  headers,
  hosts,
  ifs,
  misleading,
  names,
  type Ports,
  pick,
  prefixes,
  rarely,
  serverIf,
  simple,
  version,
} from './words.ts';

export type { Ports } from './words.ts';

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
