/** What `explain` prints: of every code, of a report's causes, and of words that it does not know. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { causePage, codePage, codesText } from '../../src/cli/explain-text.ts';
import { catalogue } from '../../src/diagnosis/catalogue.ts';
import type { Cause } from '../../src/report/report.ts';
import { doctor } from '../real/doctor.ts';
import { reportCases } from '../support/report-cases.ts';
import { incident } from '../support/report-incident.ts';
import { cause } from '../support/reports.ts';

const codes = Object.entries(catalogue);

/** All but what is to be copied, which is not broken. */
const prose = (page: string) => {
  const copied = /^(?:change|type|verify)\b/;
  let isCopied = false;
  return page.split('\n').filter((line) => {
    if (/^\S/.test(line)) isCopied = copied.test(line);
    return !isCopied;
  });
};

describe('a page', () => {
  it.each(codes)('%s fits 80 columns, says all there is, and leaves no template', (code, entry) => {
    const page = codePage(code, entry);
    expect(prose(page).filter((line) => line.length > 80)).toEqual([]);
    expect(page).not.toMatch(/(?<!\$)\{\w+(?:\.\d+)?(?:\|[^{}]*)?\}|undefined|\[object| $/m);
    expect(page.split('\n')[0]).toMatch(new RegExp(`^${code} +usual priority P[012]$`));
    const margins = ['means', 'shows', 'why', 'fix', 'risk', 'undo', 'verify'];
    expect(margins.filter((word) => !new RegExp(`^${word} +\\S`, 'm').test(page))).toEqual([]);
  });

  it('says what the code brings about, and what brings it about', () => {
    const page = codePage('netstat.not-listening', catalogue['netstat.not-listening'] as never);
    expect(page).toMatch(/^brings {4}.*port\.refused/ms);
    expect(page).toMatch(/^from {6}.*systemd\.inactive/ms);
  });
});

describe('the list', () => {
  it('has every code once, under a heading', () => {
    const listed = [...codesText(null).matchAll(/^ {2}([a-z]+\.[a-z-]+) +P[012] {2}\S/gm)].map(
      ([, code]) => code,
    );
    expect([...listed].sort()).toEqual(Object.keys(catalogue).sort());
  });

  it('is cut to the terminal, whole without one', () => {
    const widths = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
    expect(widths(codesText(100))).toBe(100);
    expect(widths(codesText(20))).toBe(80);
    expect(widths(codesText(null))).toBeGreaterThan(80);
  });
});

describe('a cause of a report', () => {
  it('is told with its evidence, its change and its commands', () => {
    const wrongPort = incident().diagnosis.causes.find(({ code }) => code === 'proxy.wrong-port') as Cause;
    const change = { file: '/etc/nginx/nginx.conf', line: 30, before: 'old;', after: 'new;\nnewer;' };
    const page = causePage({ ...wrongPort, fix: { ...wrongPort.fix, change, commands: ['nginx -t'] } });
    expect(page).toContain(wrongPort.title);
    for (const line of wrongPort.evidence) expect(page.replace(/\s+/g, ' ')).toContain(line);
    expect(page).toContain(
      'change    /etc/nginx/nginx.conf:30\n          - old;\n          + new;\n          + newer;\n',
    );
    expect(page).toMatch(/^type {6}nginx -t$/m);
  });

  it('of a plugin is told without a catalogue entry', () => {
    expect(causePage(cause('redis.slow', 'check.redis', 'Redis is slow'))).toMatch(
      /^redis\.slow +P0, check\.redis\nRedis/,
    );
  });
});

describe('the command', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'viworks-explain-'));
    for (const { name, report } of reportCases)
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(report));
    writeFileSync(join(folder, 'none.json'), '{');
    writeFileSync(join(folder, 'other.json'), '{"schema":"other"}');
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const explain = (...args: string[]) => doctor(['explain', ...args], { cwd: folder });

  it.each<[args: string[], code: number, stdout: RegExp, stderr: RegExp]>([
    [[], 0, /^Name\n {2}dns\.nxdomain/, /^$/],
    [['tls.expired'], 0, /^tls\.expired +usual priority P0\n/, /^$/],
    [['tls'], 0, /^tls: .*^Options:.*^TLS\n {2}tls\.expired/ms, /^$/],
    [['proxy'], 0, /^Proxy\n {2}proxy\.not-running/, /^$/],
    [['connection'], 0, /^connection: .*\n/, /^$/],
    [['dns.nxdmain'], 2, /^$/, /no code "dns\.nxdmain"; did you mean "dns\.nxdomain"\?/],
    [['quite-something-else'], 2, /^$/, /no code "quite-something-else"; there are "/],
    [['__proto__'], 2, /^$/, /no code "__proto__"/],
    [['\u001b[2J'], 2, /^$/, /no code "\\x1b\[2J"/],
    [['--report', 'incident.json'], 0, /^proxy\.wrong-port .*^service\.not-accepting /ms, /^$/],
    [['proxy.wrong-port', '--report', 'incident.json'], 0, /^proxy\.wrong-port +P0, proxy\.nginx\n/, /^$/],
    [['--report', 'healthy.json'], 0, /has no causes/, /^$/],
    [['--report', 'hostile.json'], 0, /^http\.body [^\u0007\u001b]*$/, /^$/],
    [['tls.expired', '--report', 'incident.json'], 2, /^$/, /has no cause tls\.expired; it has "proxy/],
    [['--report', 'missing.json'], 2, /^$/, /cannot read missing\.json: ENOENT/],
    [['--report', 'none.json'], 2, /^$/, /none\.json is no JSON/],
    [['--report', 'other.json'], 2, /^$/, /other\.json is no report of viworks-doctor at schema/],
  ])('%j ends with %i', async (args, code, stdout, stderr) => {
    const ran = await explain(...args);
    expect(ran.stdout).toMatch(stdout);
    expect(ran.stderr).toMatch(stderr);
    expect(ran.code).toBe(code);
  });
});
