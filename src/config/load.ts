/** TOML → `Config`, or everything that is wrong with it at once. Pure: the file was read by the caller. */
import { parse, TomlError } from 'smol-toml';
import { placeholder, shortestHidden } from '../net/placeholder.ts';
import { findPlaces } from '../net/toml-places.ts';
import type { Secret } from '../vantage/redact.ts';
import type { Config } from './config.ts';
import { type Environment, fillIn } from './environment.ts';
import { checkFiles } from './files.ts';
import { checkOptions, type Kinds } from './options.ts';
import type { ConfigError, Problem } from './problems.ts';
import { checkReferences, checkTls } from './references.ts';
import { resolveDocument } from './resolve.ts';
import { documentSchema } from './schema.ts';
import { validate, valueAt } from './validate.ts';
import { keyText, type Path, printable } from './words.ts';

export { type ConfigError, formatErrors } from './problems.ts';

export type LoadedConfig =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly secrets: readonly Secret[];
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

export interface LoadInput {
  readonly text: string;
  /** As messages name it. */
  readonly file: string;
  readonly env: Environment;
  /** Where the file lies: what relative paths in it are relative to. */
  readonly folder: string;
  readonly home: string;
  /** null: it can be read; else why not. */
  readonly readable: (path: string) => string | null;
  /** The schema of each kind's options, for `[[checks]]`. */
  readonly kinds: Kinds;
}

const largestBytes = 1024 * 1024;

export function loadConfig(input: LoadInput): LoadedConfig {
  const { file, env, kinds } = input;
  const text = input.text.replace(/^\ufeff/, '');
  if (Buffer.byteLength(text) > largestBytes) {
    return failed({
      file,
      line: 1,
      column: 1,
      key: '',
      message: 'the file is larger than 1 MiB',
      hint: null,
    });
  }
  let data: unknown;
  try {
    data = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return failed(syntaxError(error, file));
  }
  const filled = fillIn(data, env);
  const problems = [
    ...validate(documentSchema, filled.data),
    ...checkOptions(filled.data, kinds),
    ...checkReferences(filled.data),
    ...tlsOfChecks(filled.data),
    ...checkFiles(filled.data, input, input.readable),
  ];
  const all = withoutEchoes(filled.problems, problems);
  if (all.length > 0) return { ok: false, errors: placed(all, text, file) };
  const config = resolveDocument(documentSchema.parse(filled.data), file, input, kinds);
  return { ok: true, config, secrets: filled.secrets, warnings: shortSecrets(filled.secrets) };
}

function failed(error: ConfigError): LoadedConfig {
  return { ok: false, errors: [error] };
}

function syntaxError({ message, line, column }: TomlError, file: string): ConfigError {
  const [first = ''] = message.split('\n');
  const words = printable(first.replace(/^Invalid TOML document: /, '').replace(/\.$/, ''));
  return { file, line, column, key: '', message: `this is no TOML: ${words}`, hint: null };
}

function tlsOfChecks(data: unknown): Problem[] {
  const checks = valueAt(data, ['checks']);
  return Array.isArray(checks) ? checks.flatMap((check, index) => checkTls(['checks', index], check)) : [];
}

/** A value whose variable is missing is wrong in other ways too, and an unknown key's value does not matter. */
function withoutEchoes(ofVariables: readonly Problem[], others: readonly Problem[]): Problem[] {
  const unknown = others.filter(({ message }) => message === 'unknown key').map(({ path }) => path);
  const variables = ofVariables.filter(({ path }) => !unknown.some((outer) => startsWith(path, outer)));
  const missing = variables.map(({ path }) => path);
  return [...variables, ...others.filter(({ path }) => !missing.some((outer) => startsWith(path, outer)))];
}

function startsWith(path: Path, start: Path): boolean {
  return start.length <= path.length && start.every((part, index) => path[index] === part);
}

function placed(problems: readonly Problem[], text: string, file: string): ConfigError[] {
  const placeOf = findPlaces(text);
  return problems
    .map(({ path, message, hint }) => ({ file, ...placeOf(path), key: keyText(path), message, hint }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

export function shortSecrets(secrets: readonly Secret[]): string[] {
  return secrets
    .filter(({ value }) => value.length < shortestHidden)
    .map(
      ({ name }) =>
        `${placeholder(name)} is shorter than ${shortestHidden} characters: it is hidden only where it stands alone`,
    );
}
