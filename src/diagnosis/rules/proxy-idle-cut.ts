/** An idle WebSocket was cut after just the time that the proxy waits: its time-out is why. */
import { type Candidate, fault, refsOf, valuesOf } from '../candidate.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { routeRow, rowAt } from '../view.ts';

const short = ['proxy.short-timeout'];
/** In milliseconds: nginx's timers and ours, and the way between them. */
const slackMs = 2000;

export const proxyIdleCut: Rule = (view) =>
  Object.entries(view.topology.endpoints).flatMap(([endpoint, { via }]): Candidate[] => {
    const row = via ? routeRow(view, via, endpoint) : undefined;
    const idle = rowAt(view, `endpoint.${endpoint}.idle`);
    const timeoutMs = factsOf(row, 'nginx').route?.outcome.readTimeout?.ms;
    const dropped = idle?.findings.find(({ code }) => code === 'websocket.idle-dropped');
    if (!via || !row || !idle || !dropped || timeoutMs === undefined) return [];
    const { heldMs, by } = dropped.values;
    const isItsTime = typeof heldMs === 'number' && Math.abs(heldMs - timeoutMs) <= slackMs;
    // A close frame is the server's own word; and silence is no end.
    if (refsOf(row, short).length === 0 || !isItsTime || by === 'close frame' || by === 'silence') return [];
    const finding = row.findings.find(({ code }) => code === 'proxy.short-timeout');
    return [
      fault('proxy.short-timeout', `proxy.${via}`, [row], {
        endpoint,
        findings: refsOf(row, short),
        values: valuesOf(row, finding),
        evidence: [
          `An idle connection was cut after ${Math.round(heldMs / 1000)} s, which is just that time`,
        ],
      }),
    ];
  });
