/**
 * A host that is unreachable, or silent on two or more of its ports or from two vantages (SSH included), while others
 * answer. One silent SSH port alone is `ssh.unreachable`.
 */
import type { Result } from '../../report/report.ts';
import { fault, refsOf } from '../candidate.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { resolvesToHost, rowAt, subjectOf, type View, wasSeen } from '../view.ts';

interface Sign {
  readonly result: Result;
  readonly port: string;
  readonly unreachable: boolean;
}

export const hostDown: Rule = (view) =>
  Object.keys(view.topology.hosts).flatMap((host) => {
    const signs = view.results.flatMap((result) => signOf(view, host, result));
    const places = new Set(signs.map(({ result, port }) => `${result.vantage} ${port}`));
    const unreachable = signs.some((sign) => sign.unreachable);
    if (signs.length === 0 || !(unreachable || places.size > 1)) return [];
    if (answers(view, host) || !allSeen(view, host) || !othersAnswer(view, host)) return [];
    return [
      fault(
        'host.down',
        `host.${host}`,
        signs.map(({ result }) => result),
        {
          findings: signs.flatMap(({ result }) => refsOf(result)),
          confidence: unreachable ? 'certain' : 'likely',
          evidence: ['Others answer from here'],
        },
      ),
    ];
  });

function signOf(view: View, host: string, result: Result): Sign[] {
  const { kind, name } = subjectOf(result.subject);
  if (result.subject === `host.${host}` && result.code === 'ssh.unreachable') {
    const { failure } = factsOf(result, 'ssh');
    if (failure !== 'timeout' && failure !== 'unreachable') return [];
    return [{ result, port: 'ssh', unreachable: failure === 'unreachable' }];
  }
  if (kind !== 'endpoint' || !resolvesToHost(view, name, host)) return [];
  const silent = result.code === 'port.timeout' || result.code === 'port.unreachable';
  if (result.kind !== 'port' || !silent) return [];
  const port = String(view.topology.endpoints[name]?.port);
  return [{ result, port, unreachable: result.code === 'port.unreachable' }];
}

const wire = ['port', 'tls', 'http', 'websocket', 'ssh'];

function isAbout(view: View, host: string, result: Result): boolean {
  const { kind, name } = subjectOf(result.subject);
  return result.subject === `host.${host}` || (kind === 'endpoint' && resolvesToHost(view, name, host));
}

/** What was not looked at may answer: its SSH port, and every port that it is reached at from here. */
function allSeen(view: View, host: string): boolean {
  const { local, wayIn } = view.topology.hosts[host] ?? {};
  const ssh = view.results.some(
    ({ subject, code }) => subject === `host.${host}` && code === 'ssh.unreachable',
  );
  const ports = Object.keys(view.topology.endpoints)
    .filter((endpoint) => resolvesToHost(view, endpoint, host))
    .map((endpoint) => rowAt(view, `endpoint.${endpoint}.port`));
  const isSettled = (row: Result | undefined) => wasSeen(row) || (row?.blockedBy ?? null) !== null;
  return (local || !wayIn || ssh) && ports.every(isSettled);
}

const silent = ['port.timeout', 'port.unreachable', 'doctor.deadline', 'doctor.no-answer'];

/** A packet that came back proves it up, whatever was in it: a refusal, an expired certificate, a key that is not known. */
const answers = (view: View, host: string): boolean =>
  view.results.some((result) => {
    if (!isAbout(view, host, result) || !wire.includes(result.kind) || result.status === 'skip') return false;
    if (result.code === 'ssh.unreachable')
      return !['timeout', 'unreachable'].includes(String(factsOf(result, 'ssh').failure));
    return result.code === null || !silent.includes(result.code);
  });

const othersAnswer = (view: View, host: string): boolean =>
  view.results.some((result) => {
    if (result.status !== 'pass' || result.vantage !== 'local') return false;
    if (result.kind === 'dns') return true;
    return wire.includes(result.kind) && !isAbout(view, host, result);
  });
