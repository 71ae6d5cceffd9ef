/** What a route through nginx's configuration means for the endpoint that takes it. Pure. */
import { posix } from 'node:path';
import type { Finding, Verdict } from '../../check.ts';
import { hostPort } from '../addresses.ts';
import { durationWords } from '../duration.ts';
import type { Outcome, Place, Proxied } from '../nginx/route.ts';
import { pathMended, schemeMended, timeoutFor, timeoutMended, upgradeMended } from './mend.ts';
import { plainOutcome, type RouteAsked, type RouteLook, type Target } from './route-look.ts';
import { forwardedWords, type ServicePlace } from './target.ts';

export interface Judging extends RouteAsked {
  /** In ms; null: none is declared. */
  readonly longestSilenceMs: number | null;
  /** The endpoint can be used, whatever is written down. */
  readonly works: boolean;
  /** As a fix names a file. */
  readonly named: (file: string) => string;
}

type Located = (code: string, at: Place, finding: Partial<Finding>) => Finding;

/** What is usual where nothing is declared (nginx's own default), in ms. */
const usualTimeoutMs = 60_000;

const isWebSocket = (url: string) => /^wss?:/.test(url);

export function judgeRoute(look: RouteLook, asked: Judging): Verdict {
  const { route, stream } = look;
  const { target } = asked;
  const expected = target ? `${target.service} on port ${target.port}` : 'a backend';
  const short = ({ file, line }: Place) => `${posix.basename(file)}:${line}`;
  const pass = (observed: string): Verdict => ({ findings: [], expected, observed });
  if (stream) return pass(`not verified: a stream server has the port (${short(stream)})`);
  if (!/^(?:http|ws)s?:/.test(asked.url)) return pass('not verified: no HTTP');
  const outcome = plainOutcome(route.outcome);
  const doubt = route.outcome.kind === 'undecided' ? route.outcome.why : null;
  if (!outcome) return pass(`not verified: ${doubt}`);
  const located: Located = (code, { file, line }, finding) => ({
    code,
    expected,
    observed: null,
    ...finding,
    file: asked.named(file),
    line,
    values: {
      ...about(asked),
      place: `${asked.named(file)}:${line}`,
      ...finding.values,
      ...(doubt === null ? {} : { likely: true, doubt }),
    },
  });
  if (outcome.kind !== 'proxy') {
    const says = outcomeWords(outcome, short);
    const isFine = outcome.kind === 'other-backend' || (target === null && !isWebSocket(asked.url));
    if (isFine) return pass(outcome.kind === 'other-backend' ? `not verified: ${says}` : says);
    const at = 'file' in outcome ? outcome : (route.server ?? null);
    // the default server shows its own certificate as well
    const values = {
      ...(route.server?.isDefault ? { about: 'name' } : {}),
      ...(outcome.kind === 'no-server' ? { taken: 'nothing' } : {}),
      ...(route.location?.modifier.startsWith('~') ? { taken: 'expression' } : {}),
    };
    const finding = at
      ? located('proxy.no-route', at, { observed: says, values })
      : { code: 'proxy.no-route', expected, observed: says, values: { ...about(asked), ...values } };
    return verdictOf([finding], asked, doubt, expected, says);
  }
  const findings = [
    ...wrongTargets(look, outcome, asked, located),
    ...pathFindings(look, outcome, asked, located),
    ...schemeFindings(look, outcome, located),
    ...upgradeFindings(look, outcome, asked, located),
    ...timeoutFindings(look, outcome, asked, located),
  ];
  return verdictOf(findings, asked, doubt, expected, passWords(look, outcome, short, doubt));
}

function about({ url, target }: Judging): NonNullable<Finding['values']> {
  const { hostname, pathname } = new URL(url);
  return {
    address: hostname,
    path: pathname,
    service: target?.service ?? null,
    wanted: target && hostPort(nameOf(target), target.port),
  };
}

/** By which a proxy there may reach it. */
const nameOf = ({ container, sameHost, address, service }: ServicePlace): string =>
  container ?? (sameHost ? '127.0.0.1' : (address ?? service));

/**
 * What works is not broken: what contradicts it was declared long ago, or is not loaded yet. What can't be told is held
 * against nobody who gets through.
 */
function verdictOf(
  findings: readonly Finding[],
  { works }: Judging,
  doubt: string | null,
  expected: string,
  observed: string,
): Verdict {
  if (!works) return { findings, expected, observed: findings[0]?.observed ?? observed };
  const kept = findings.flatMap((finding): Finding[] => {
    if (finding.code === 'proxy.short-timeout') return [finding];
    if (finding.values?.partly === true && doubt === null) {
      return [{ ...finding, status: 'warn' }];
    }
    const contradicts = ['proxy.wrong-port', 'proxy.wrong-path', 'proxy.no-route'].includes(finding.code);
    if (!contradicts || doubt !== null) return [];
    return [{ ...finding, status: 'warn', values: { ...finding.values, works: true } }];
  });
  return { findings: kept, expected, observed: kept[0]?.observed ?? observed };
}

// ── Where it goes ────────────────────────────────────────────────────────────────────────────────────────

function wrongTargets(look: RouteLook, outcome: Proxied, asked: Judging, located: Located): Finding[] {
  const { targets, errorLog } = look;
  const findings: Finding[] = [];
  const wrong = targets.filter(({ verdict }) => verdict === 'wrong');
  const [first] = wrong;
  if (first && asked.target) {
    const partly = targets.some(({ verdict }) => verdict === 'right');
    const forwarded = wrong.map((one) => forwardedWords(one, one.onlyPort)).join(', ');
    const { change } = first;
    findings.push(
      located('proxy.wrong-port', change ?? first, {
        observed: partly ? `${forwarded}, one of several servers` : forwarded,
        expected: `port ${first.wanted}`,
        values: {
          forwarded,
          actual: wrong.map((one) => actualOf(one)).join(', '),
          wanted: String(first.wanted),
          why: first.why,
          ...(change?.after ? { before: change.before, after: change.after } : {}),
          ...(partly ? { partly } : {}),
        },
      }),
    );
  }
  const names = new Set([outcome.host, ...targets.map(({ host }) => host)]);
  const unresolved = [...names].find((name) =>
    errorLog.some((line) => line.includes(`${name} could not be resolved`)),
  );
  const unknown = targets.find(({ isUnknownName }) => isUnknownName && !outcome.resolvesAtRunTime);
  const name = unresolved ?? unknown?.host;
  if (name !== undefined) {
    findings.push(
      located('proxy.backend-unreachable', unknown ?? outcome, {
        observed: `${name} is not known where the proxy runs`,
        values: { target: name },
      }),
    );
  }
  return findings;
}

const actualOf = ({ host, port, onlyPort }: Target): string =>
  port === null ? `unix:${host}` : onlyPort ? String(port) : hostPort(host, port);

// ── How it gets there ────────────────────────────────────────────────────────────────────────────────────

function pathFindings(
  { written }: RouteLook,
  outcome: Proxied,
  { url, target }: Judging,
  located: Located,
): Finding[] {
  // What an HTTP service serves besides its health is not declared, and a prefix taken off on the way is usual.
  if (!isWebSocket(url) || !target || target.path === null || outcome.path === null) return [];
  const sent = outcome.path.split('?', 1)[0] ?? '';
  if (sent === target.path) return [];
  const mended = pathMended(written, outcome, new URL(url).pathname, target.path);
  const values = { actual: sent, wanted: target.path, ...mended };
  return [located('proxy.wrong-path', outcome, { observed: sent, expected: target.path, values })];
}

function schemeFindings(
  { speaksTls, targets, written }: RouteLook,
  outcome: Proxied,
  located: Located,
): Finding[] {
  const wanted = speaksTls === null ? outcome.scheme : speaksTls ? 'https' : 'http';
  if (wanted === outcome.scheme) return [];
  const right = targets.find(({ verdict, port }) => verdict === 'right' && port !== null);
  const target = right?.port ? hostPort(right.host, right.port) : outcome.host;
  const values = { actual: outcome.scheme, wanted, target, ...schemeMended(written, outcome, wanted) };
  return [located('proxy.wrong-scheme', outcome, { observed: outcome.scheme, expected: wanted, values })];
}

function upgradeFindings(
  { written }: RouteLook,
  outcome: Proxied,
  { url }: Judging,
  located: Located,
): Finding[] {
  const { websocket } = outcome;
  if (!isWebSocket(url) || websocket.passed !== false) return [];
  const expected = 'Upgrade and Connection passed on, over HTTP/1.1';
  const values = { ...upgradeMended(written, outcome) };
  return [located('proxy.no-upgrade', websocket.at, { observed: websocket.why, expected, values })];
}

function timeoutFindings(
  { written }: RouteLook,
  outcome: Proxied,
  asked: Judging,
  located: Located,
): Finding[] {
  if (!isWebSocket(asked.url)) return [];
  const { ms, at } = outcome.readTimeout;
  const { longestSilenceMs } = asked;
  const isShort = longestSilenceMs === null ? ms < usualTimeoutMs : ms <= longestSilenceMs;
  if (!isShort) return [];
  const expected = durationWords(longestSilenceMs ?? usualTimeoutMs);
  const suggested = timeoutFor(longestSilenceMs);
  const values = { suggested, ...timeoutMended(written, outcome, suggested) };
  return [located('proxy.short-timeout', at ?? outcome, { observed: durationWords(ms), expected, values })];
}

// ── Words ────────────────────────────────────────────────────────────────────────────────────────────────

function passWords(
  { targets }: RouteLook,
  outcome: Proxied,
  short: (place: Place) => string,
  doubt: string | null,
): string {
  const { scheme, upstream, unix } = outcome;
  const servers = targets.map(({ host, port }) => (port === null ? `unix:${host}` : hostPort(host, port)));
  const more = servers.length > 1 ? ` and ${servers.length - 1} more` : '';
  const name = upstream ? `${upstream.name}: ` : '';
  const to = unix === null ? `${name}${scheme}://${servers[0] ?? outcome.host}${more}` : `unix:${unix}`;
  const unsure = doubt ?? (targets.some(({ verdict }) => verdict === 'right') ? null : targets[0]?.why);
  return `${to} (${short(outcome)})${unsure ? `, not verified: ${unsure}` : ''}`;
}

function outcomeWords(outcome: Exclude<Outcome, Proxied>, short: (place: Place) => string): string {
  switch (outcome.kind) {
    case 'return':
      return `return ${outcome.status} (${short(outcome)})`;
    case 'redirect':
      return `redirect ${outcome.status} to ${outcome.location ?? 'somewhere'} (${short(outcome)})`;
    case 'static':
      return `files of ${outcome.root ?? 'the proxy'} (${short(outcome)})`;
    case 'other-backend':
      return `${outcome.protocol}${outcome.target === '' ? '' : ` ${outcome.target}`} (${short(outcome)})`;
    case 'refused':
      return `${outcome.status}: ${outcome.why} (${short(outcome)})`;
    case 'wrong-scheme':
      return `the port speaks ${outcome.listens === 'tls' ? 'TLS' : 'no TLS'} (${short(outcome)})`;
    case 'no-server':
      return outcome.why;
    case 'undecided':
      return outcome.why;
  }
}
