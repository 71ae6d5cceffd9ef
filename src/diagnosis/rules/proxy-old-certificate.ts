/** A certificate that has expired, or will: a newer one is on the proxy's disk, written after its workers started. */
import type { Result } from '../../report/report.ts';
import { refsOf } from '../candidate.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { ofSubject } from '../view.ts';

const outOfDate = ['tls.expired', 'tls.expiring'];

export const proxyOldCertificate: Rule = (view) =>
  view.results.flatMap((route) => {
    const [, proxy, endpoint] = /^proxy\.([a-z0-9-]+)\.route\.(.+)$/.exec(route.id) ?? [];
    const { certificates: onDisk = [], workersStartedAt: started } = factsOf(route, 'nginx');
    if (!proxy || !endpoint || !started || onDisk.length === 0) return [];
    const rows = ofSubject(view, `endpoint.${endpoint}`).filter(
      (row) => row.kind === 'tls' && refsOf(row, outOfDate).length > 0,
    );
    const served = rows.map(servedBy);
    const newer = onDisk.find(
      ({ writtenAt, notAfter }) =>
        writtenAt !== null &&
        Date.parse(writtenAt) - Date.parse(started) > 2000 &&
        served.every((one) => one !== null && Date.parse(one.notAfter) < Date.parse(notAfter)),
    );
    // One that is served as it is on the disk is loaded.
    const isLoaded = served.some((one) => onDisk.some((disk) => disk.fingerprint256 === one?.fingerprint256));
    if (rows.length === 0 || !newer || isLoaded) return [];
    return [
      {
        code: 'proxy.not-reloaded',
        subject: `proxy.${proxy}`,
        port: null,
        endpoint: null,
        because: [route.id, ...rows.map(({ id }) => id)],
        findings: rows.flatMap((row) => refsOf(row, outOfDate)),
        vantages: rows.map(({ vantage }) => vantage),
        confidence: 'certain',
        values: { observed: `${newer.hostFile} was renewed after its workers started` },
        evidence: [`On the disk there is one that is valid until ${newer.notAfter.slice(0, 10)}`],
        isFault: rows.some(({ status }) => status === 'fail'),
      },
    ];
  });

function servedBy(row: Result) {
  const { attempts = [] } = factsOf(row, 'tls');
  return attempts.find(({ session }) => session)?.session?.chain[0] ?? null;
}
