/** The service speaks TLS on its port, and the proxy plain HTTP to it: so did our own look, which got no answer either. */
import { fault, refsOf, valuesOf } from '../candidate.ts';
import { silence } from '../entry.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { portRows, routeRow } from '../view.ts';

const unanswered = [
  ...silence,
  'http.not-http',
  'http.status',
  'websocket.rejected',
  'websocket.not-upgraded',
];

export const proxyWrongScheme: Rule = (view) =>
  Object.entries(view.topology.endpoints).flatMap(([endpoint, { via, to }]) => {
    const route = via ? routeRow(view, via, endpoint) : undefined;
    const finding = route?.findings.find(({ code }) => code === 'proxy.wrong-scheme');
    if (!via || !to || !route || !finding || factsOf(route, 'nginx').target?.speaksTls !== true) return [];
    const asked = portRows(view, to).filter((row) => refsOf(row, unanswered).length > 0);
    return [
      fault('proxy.wrong-scheme', `proxy.${via}`, [route, ...asked], {
        endpoint,
        findings: [
          ...refsOf(route, ['proxy.wrong-scheme']),
          ...asked.flatMap((row) => refsOf(row, unanswered)),
        ],
        values: valuesOf(route, finding),
      }),
    ];
  });
