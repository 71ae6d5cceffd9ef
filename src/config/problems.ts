import { type Path, printable } from './words.ts';

/** One thing that is wrong, before it is known on which line. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
  /** What would be right. */
  readonly hint: string | null;
}

/** One thing that is wrong with the configuration, or with a target on the command line. */
export interface ConfigError {
  /** Empty: the command line. */
  readonly file: string;
  /** From 1; 0: the command line. */
  readonly line: number;
  /** From 1, in UTF-16 code units; 0: the command line. */
  readonly column: number;
  /** The key, dotted; a target as it was written; empty: the file as a whole. */
  readonly key: string;
  readonly message: string;
  readonly hint: string | null;
}

export function problem(path: Path, message: string, hint: string | null = null): Problem {
  return { path, message, hint };
}

/** One line an error: `viworks-doctor.toml:12:3: hosts.backend.addres: unknown key; did you mean "address"?` */
export function formatErrors(errors: readonly ConfigError[]): string {
  return errors.map((error) => `${formatError(error)}\n`).join('');
}

function formatError({ file, line, column, key, message, hint }: ConfigError): string {
  const place = line > 0 ? `${printable(file)}:${line}:${column}: ` : '';
  return `${place}${key ? `${key}: ` : ''}${message}${hint ? `; ${hint}` : ''}`;
}
