/** Whether a container runs steadily, how it ended, and what of it can be reached from outside. Pure. */
import { isLoopback } from './addresses.ts';
import type { Container } from './inspect.ts';
import { listed } from './reach.ts';

/** A look at it, as far as its steadiness goes. */
export interface Sight {
  readonly status: string;
  readonly restarts: number;
  readonly startedAt: string;
  readonly upSeconds: number | null;
}

const settledSeconds = 60;

/** How long it has run, by the clock of its host; null when it does not run, or that is not known. */
export function upSeconds(
  { status, startedAt }: Pick<Container, 'status' | 'startedAt'>,
  nowMs: number,
): number | null {
  const started = Date.parse(startedAt);
  return status === 'running' && Number.isFinite(started) ? (nowMs - started) / 1000 : null;
}

const justRestarted = ({ status, restarts }: Pick<Sight, 'status' | 'restarts'>, up: number | null) =>
  status === 'running' && restarts > 0 && up !== null && up < settledSeconds;

/** One look does not tell whether it is at an end of its restarts. */
export function isUnsettled(seen: Pick<Sight, 'status' | 'restarts'>, up: number | null): boolean {
  return seen.status === 'restarting' || justRestarted(seen, up);
}

/** It waits to be started again, or was restarted less than a minute ago in both looks, or in between. */
export function isRestarting(
  seen: Pick<Sight, 'status' | 'restarts'>,
  up: number | null,
  earlier: Sight | null,
): boolean {
  if (seen.status === 'restarting') return true;
  if (!earlier || seen.status !== 'running') return false;
  return seen.restarts > earlier.restarts || justRestarted(seen, up);
}

/** `exited with code 3`, `killed: out of memory, exit code 137`, `created and never started: …`. */
export function endingWords({
  status,
  exitCode,
  oomKilled,
  error,
  restarts,
}: Pick<Container, 'status' | 'exitCode' | 'oomKilled' | 'error' | 'restarts'>): string {
  const why = error === '' ? '' : `: ${error.split('\n', 1)[0]}`;
  if (status === 'created' || status === 'configured' || status === 'initialized') {
    return `${status} and never started${why}`;
  }
  const after = restarts > 0 ? `, after ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}` : '';
  if (oomKilled) return `killed: out of memory, exit code ${exitCode}${after}${why}`;
  const signal = exitCode > 128 && exitCode <= 128 + 64 ? ` (signal ${exitCode - 128})` : '';
  const ended = status === 'exited' || status === 'stopped' || status === 'restarting';
  return `${ended ? 'exited' : status} with code ${exitCode}${signal}${after}${why}`;
}

export function networkWords({
  hostNetwork,
  networkMode,
  networks,
}: Pick<Container, 'hostNetwork' | 'networkMode' | 'networks'>): string {
  if (hostNetwork) return 'host network';
  if (networkMode.startsWith('container:')) return 'network of another container';
  return networks.length > 0 ? listed(networks, 2) : 'no network';
}

/** Needed ports that nobody outside of the host reaches through it, with the loopback addresses they do have. */
export function notPublished(
  { hostNetwork, published }: Pick<Container, 'hostNetwork' | 'published'>,
  needed: readonly number[],
): { port: number; only: Container['published'] }[] {
  if (hostNetwork) return [];
  return needed
    .map((port) => ({ port, only: published.filter(({ containerPort }) => containerPort === port) }))
    .filter(({ only }) => only.every(({ hostAddress }) => isLoopback(hostAddress)));
}

/** Ports of a container that its host publishes where others reach them. */
export function publishedPorts({
  published,
}: {
  readonly published: readonly Readonly<Container['published'][number]>[];
}): number[] {
  const open = published.filter(({ hostAddress }) => !isLoopback(hostAddress));
  return [...new Set(open.map(({ containerPort }) => containerPort))];
}
