/** The import rules of `src/README.md`, kept: who may know whom, and who may touch the world. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { registry } from '../src/registry.ts';

const root = new URL('..', import.meta.url).pathname;

const files = ['src', 'checks'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`),
);

interface Import {
  readonly file: string;
  /** A path from the root for files of ours, else the module's name. */
  readonly target: string;
  readonly typeOnly: boolean;
}

const statement =
  /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(statement)].map(([, type, from, bare, dynamic]) => {
    const named = from ?? bare ?? dynamic ?? '';
    const target = named.startsWith('.') ? normalize(join(dirname(file), named)) : named;
    return { file, target, typeOnly: type !== undefined };
  });
}

const imports = files.flatMap(importsOf);

const pureNode = ['node:path', 'node:crypto', 'node:net', 'node:tls', 'node:url', 'node:buffer'];

/** For each room: what it may import. A type costs nothing at run time, so `types` may be wider. */
const rooms: Record<string, { why: string; may: RegExp; types?: RegExp }> = {
  'checks/': {
    why: 'a check knows its contract and pure helpers, nothing of the engine',
    may: /^(src\/check\.ts|src\/net\/|zod$)/,
  },
  'src/check.ts': { why: 'the contract stands alone', may: /^(zod|src\/(operations|login-trace)\.ts)$/ },
  'src/operations.ts': { why: 'the contract stands alone', may: /^$/, types: /^src\/login-trace\.ts$/ },
  'src/login-trace.ts': { why: 'the contract stands alone', may: /^$/ },
  'src/registry.ts': { why: 'a map and nothing else', may: /^(checks\/|src\/check\.ts)/ },
  'src/net/': {
    why: 'pure helpers by subject, which know nothing of ours but the contract',
    may: new RegExp(
      `^(src/net/|src/check\\.ts|zod$|smol-toml$|toml-eslint-parser$|yaml$|${pureNode.join('$|')}$)`,
    ),
  },
  'src/vantage/': {
    why: 'all that touches the world, and nothing that judges it',
    may: /^(src\/vantage\/|src\/check\.ts|src\/net\/|node:|ssh2$|undici$|ws$|dns-packet$)/,
    types: /^src\/config\/config\.ts$/,
  },
  'src/config/': {
    why: 'text → Config, pure',
    may: new RegExp(
      `^(src/config/|src/net/|src/report/visible\\.ts$|zod$|smol-toml$|fastest-levenshtein$|${pureNode.join('$|')}$)`,
    ),
    types: /^src\/(check|vantage\/redact)\.ts$/,
  },
  'src/plan/': {
    why: 'Config → steps, pure; what an address or a word of a shell is, src/net/ says',
    may: /^(src\/plan\/|src\/net\/|picomatch$|node:net$)/,
    types: /^src\/(check|config\/config|report\/report)\.ts$/,
  },
  'src/run/': {
    why: 'walks the steps; vantages come as arguments',
    may: /^(src\/run\/|src\/net\/(shell-word|placeholder)\.ts$|src\/vantage\/(observe|replay|source)\.ts|p-limit$|zod$)/,
    types: /^src\/(check|plan\/step|report\/report|config\/config)\.ts$/,
  },
  'src/diagnosis/': {
    why: 'results and topology only',
    may: /^(src\/diagnosis\/|src\/net\/shell-word\.ts$|zod$)/,
    types: /^src\/(report\/report|net\/sockets)\.ts$/,
  },
  'src/report/': {
    why: 'report → text, pure',
    may: /^(src\/report\/|zod$|chalk$|string-width$)/,
    types: /^src\/check\.ts$/,
  },
};

describe.each(Object.entries(rooms))('%s', (room, { why, may, types }) => {
  it(why, () => {
    const wrong = imports
      .filter(({ file }) => file.startsWith(room))
      .filter(({ target, typeOnly }) => !may.test(target) && !(typeOnly && types?.test(target)))
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(wrong).toEqual([]);
  });
});

it('nobody imports the command line', () => {
  const wrong = imports.filter(
    ({ file, target }) => target.startsWith('src/cli/') && !file.startsWith('src/cli/'),
  );
  expect(wrong).toEqual([]);
});

it('only the command line touches the process and the console', () => {
  // The demo's parts and the vantages live in the world; what is pure must not reach for it.
  const pure = /^(checks|src\/(check|registry|config|plan|run|diagnosis|report|net))\b/;
  const wrong = files.filter(
    (file) =>
      pure.test(file) &&
      /(?<![\w.'"`])(process\.(env|exit|argv|stdout|stderr|platform|cwd)|console\.\w+\()/.test(
        readFileSync(join(root, file), 'utf8'),
      ),
  );
  expect(wrong).toEqual([]);
});

it('no imports go round in a circle', () => {
  const edges = new Map<string, string[]>();
  for (const { file, target, typeOnly } of imports) {
    if (!typeOnly && target.endsWith('.ts')) edges.set(file, [...(edges.get(file) ?? []), target]);
  }
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, path: string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    else if (!done.has(file)) for (const next of edges.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) walk(file, []);
  expect(circles).toEqual([]);
});

it('every file of checks/ is a kind of the same name, and the other way round', () => {
  const found = files.filter((file) => file.startsWith('checks/')).map((file) => relative('checks', file));
  expect(found.sort()).toEqual(
    Object.keys(registry)
      .map((kind) => `${kind}.ts`)
      .sort(),
  );
  for (const [kind, check] of Object.entries(registry)) expect(check.kind).toBe(kind);
});

it('no file is longer than 300 lines', () => {
  const long = files.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 301);
  expect(long).toEqual([]);
});
