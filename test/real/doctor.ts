/** Runs the shipped program as a child process, and reads the report it prints. */
import { spawn } from 'node:child_process';
import { execPath, env as own } from 'node:process';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formatsModule from 'ajv-formats';
import { expect } from 'vitest';
import type { Cause, Report } from '../../src/report/report.ts';

/** Made by `npm test` before the tests run; DOCTOR names another one. */
export const program = own.DOCTOR ?? fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Manner {
  readonly cwd: string;
  /** Default: `cwd`. */
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What runs a program in other namespaces. */
  readonly enter?: readonly string[];
  /** Called once it runs, with its process id. */
  readonly meanwhile?: (pid: number) => void;
}

export function doctor(
  args: readonly string[],
  { cwd, home = cwd, env = {}, enter = [], meanwhile }: Manner,
): Promise<Ran> {
  const [first = '', ...rest] = [...enter, execPath, program, ...args];
  const child = spawn(first, rest, {
    cwd,
    env: { PATH: own.PATH ?? '', HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((settle, reject) => {
    child.once('error', reject);
    child.once('spawn', () => meanwhile?.(child.pid as number));
    child.once('close', (code) => settle({ code, stdout, stderr }));
  });
}

let validate: Promise<ValidateFunction> | undefined;

/** The schema is the one that the program itself prints. */
async function schemaOf(cwd: string): Promise<ValidateFunction> {
  const { stdout } = await doctor(['schema', 'report'], { cwd });
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true });
  formatsModule.default(ajv);
  return ajv.compile(JSON.parse(stdout));
}

/** Parses what `-f json` printed, and holds what every report must keep. */
export async function reportIn({ stdout, stderr }: Ran, cwd: string): Promise<Report> {
  expect(stdout, stderr).toMatch(/^\{/);
  const report = JSON.parse(stdout) as Report;
  validate ??= schemaOf(cwd);
  const valid = await validate;
  valid(report);
  expect(valid.errors ?? []).toEqual([]);
  expect(unexplained(report)).toEqual([]);
  expect(dangling(report)).toEqual([]);
  expect(unfilled(report)).toEqual([]);
  return report;
}

/** Ids of results with findings that no cause accounts for. */
function unexplained({ results, diagnosis }: Report): string[] {
  const accounted = new Set(diagnosis.causes.flatMap(({ because, explains }) => [...because, ...explains]));
  return results.filter(({ id, findings }) => findings.length > 0 && !accounted.has(id)).map(({ id }) => id);
}

/** Ids that something refers to, and that are no row. */
function dangling({ results, diagnosis }: Report): string[] {
  const ids = new Set(results.map(({ id }) => id));
  const named = [
    ...diagnosis.causes.flatMap(({ because, explains }) => [...because, ...explains]),
    ...results.flatMap(({ blockedBy }) => blockedBy ?? []),
  ];
  return named.filter((id) => !ids.has(id));
}

/** Titles in which the name of a value stands where the value should. */
const unfilled = ({ diagnosis }: Report): string[] =>
  diagnosis.causes
    .map(({ title }) => title)
    .filter((title) => /\b(?!P\d|TLS|SSH|HTTP)[A-Z]{3,}\b/.test(title));

/** id → `pass`, `fail tls.expired`, `fail tls.expired tls.wrong-name`, `skip endpoint.agent.dns`. */
export function rowsOf({ results }: Report): Record<string, string> {
  return Object.fromEntries(
    results.map(({ id, status, findings, blockedBy }) => [
      id,
      [status, ...findings.map(({ code }) => code), ...(blockedBy === null ? [] : [blockedBy])].join(' '),
    ]),
  );
}

/** `P0 tls.expired endpoint.agent`, the root cause first. */
export const causesOf = ({ diagnosis }: Report): string[] =>
  diagnosis.causes.map(({ priority, code, subject }: Cause) => `${priority} ${code} ${subject}`);
