import { X509Certificate } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import type { Certificate, TlsSession } from '../../src/check.ts';
import {
  certificateFaults,
  certificateFindings,
  commonName,
  describeCertificate,
  matchesName,
  tlsFailureFinding,
} from '../../src/net/certificates.ts';
import { protocolOf } from '../../src/net/protocols.ts';
import { failure } from '../../src/vantage/source.ts';
import { certificateMaker } from '../support/certificates.ts';
import { needs } from '../support/tools.ts';

const lacks = needs('openssl', '/usr/bin/openssl');

const maker = certificateMaker();
afterAll(() => maker.remove());

const certificate = (more: Partial<Certificate> = {}): Certificate => ({
  subject: 'CN=agent.example.com',
  issuer: 'CN=Between',
  names: ['DNS:agent.example.com'],
  notBefore: '2026-01-01T00:00:00Z',
  notAfter: '2027-01-01T00:00:00Z',
  fingerprint256: 'AA',
  selfSigned: false,
  isAuthority: false,
  issuerUri: null,
  ...more,
});
const between = certificate({ subject: 'CN=Between', issuer: 'CN=Root', names: [], isAuthority: true });

const session = (more: Partial<TlsSession> = {}): TlsSession => ({
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  alpn: 'http/1.1',
  servername: 'agent.example.com',
  chain: [certificate(), between],
  trust: 'trusted',
  verifyError: null,
  trustStore: 'test roots',
  ...more,
});

const now = Date.parse('2026-06-01T00:00:00Z');
const faultsOf = (more: Partial<TlsSession>, name = 'agent.example.com', certDays = 21) =>
  certificateFaults(session(more), name, now, certDays);

describe('faults', () => {
  test('none', () => {
    expect(faultsOf({})).toEqual([]);
  });

  test('all of them at once', () => {
    const leaf = certificate({
      notAfter: '2026-05-01T00:00:00Z',
      names: ['DNS:*.example.org', 'IP:192.0.2.1'],
    });
    const soon = { ...between, notAfter: '2026-06-10T00:00:00Z' };
    const faults = faultsOf({ chain: [leaf, soon], trust: 'unknown-issuer' });
    expect(faults).toMatchObject([
      { code: 'tls.unknown-issuer', expected: 'an issuer in test roots', values: { issuer: 'Root' } },
      { code: 'tls.expired', observed: 'valid until 2026-05-01T00:00:00Z', values: { days: 31 } },
      { code: 'tls.expiring', values: { which: 'issuer certificate', certificate: 'Between', days: 9 } },
      { code: 'tls.wrong-name', observed: 'for *.example.org, 192.0.2.1', expected: 'for agent.example.com' },
    ]);
    expect(faults.map((fault) => certificateFindings[fault.code].says(fault))).toEqual([
      "the certificate's issuer is not trusted: Root",
      'the certificate expired on 2026-05-01',
      'the issuer certificate Between expires in 9 days, on 2026-06-10',
      'the certificate is for *.example.org, 192.0.2.1, not for agent.example.com',
    ]);
  });

  test('the path that was verified counts, not what was sent beside it', () => {
    const old = { ...between, notAfter: '2026-05-01T00:00:00Z' };
    expect(faultsOf({ chain: [certificate(), old], path: [certificate(), between] })).toEqual([]);
    const stranger = { ...old, subject: 'CN=Stranger' };
    expect(faultsOf({ chain: [certificate(), stranger, between] })).toEqual([]);
    expect(faultsOf({ chain: [certificate(), old] })).toMatchObject([{ code: 'tls.expired' }]);
  });

  test('certificates that issue one another end', () => {
    const [a, b] = [
      certificate({ subject: 'CN=a', issuer: 'CN=b' }),
      certificate({ subject: 'CN=b', issuer: 'CN=a' }),
    ];
    expect(faultsOf({ chain: [a, b], trust: 'unknown-issuer' })).toMatchObject([
      { code: 'tls.unknown-issuer' },
    ]);
  });

  test.each([
    ['self-signed', 'tls.self-signed'],
    ['incomplete-chain', 'tls.incomplete-chain'],
    ['unknown-issuer', 'tls.unknown-issuer'],
    ['invalid', 'tls.handshake-failed'],
  ] as const)('%s: %s', (trust, code) => {
    const [fault] = faultsOf({ trust, verifyError: 'INVALID_PURPOSE' });
    expect(fault?.code).toBe(code);
    expect(fault && certificateFindings[fault.code].says(fault)).not.toMatch(/undefined|null|\bthe \w+ $/);
  });

  test('without days nothing is expiring', () => {
    const chain = [certificate({ notAfter: '2026-06-02T00:00:00Z' })];
    expect(certificateFaults(session({ chain }), 'agent.example.com', now)).toEqual([]);
    expect(faultsOf({ chain })).toMatchObject([{ code: 'tls.expiring' }]);
  });
});

describe('names', () => {
  test.each([
    [['DNS:agent.example.com'], 'agent.example.com', true],
    [['DNS:agent.example.com'], 'AGENT.example.com.', true],
    [['DNS:*.example.com'], 'agent.example.com', true],
    [['DNS:*.example.com'], 'a.b.example.com', false],
    [['DNS:*.example.com'], 'example.com', false],
    [['DNS:other.example.com', 'DNS:agent.example.com'], 'agent.example.com', true],
    [['IP:192.0.2.1'], '192.0.2.1', true],
    [['IP:2001:DB8:0:0:0:0:0:1'], '2001:db8::1', true],
    [['DNS:192.0.2.1'], '192.0.2.1', false],
    [[], 'agent.example.com', false],
    [['DNS:evil.example.com, DNS:agent.example.com'], 'agent.example.com', false],
    [['DNS:agent.example.com\u0000.evil.example.com'], 'agent.example.com', false],
  ])('%j for %s: %s', (names, name, covered) => {
    expect(matchesName(names, name)).toBe(covered);
  });

  test('of a subject', () => {
    expect(commonName('CN=agent.example.com, O=Example, C=XX')).toBe('agent.example.com');
    expect(commonName('CN=Example\\, Inc, O=x')).toBe('Example\\, Inc');
    expect(commonName('O=Example')).toBe('O=Example');
    expect(commonName('')).toBe('(no subject)');
  });
});

describe.skipIf(lacks)('a real certificate', () => {
  test('is described', () => {
    const root = maker.make({ cn: 'Root', authority: true });
    const leaf = maker.make({
      cn: 'agent.example.com',
      names: ['DNS:agent.example.com', 'IP:192.0.2.1', 'IP:2001:db8::1', 'email:a@example.com'],
      issuer: root,
      issuerUri: 'http://ca.example.com/root.crt',
    });
    expect(describeCertificate(new X509Certificate(leaf.cert))).toMatchObject({
      subject: 'CN=agent.example.com',
      issuer: 'CN=Root',
      names: ['DNS:agent.example.com', 'IP:192.0.2.1', 'IP:2001:DB8:0:0:0:0:0:1'],
      selfSigned: false,
      isAuthority: false,
      issuerUri: 'http://ca.example.com/root.crt',
    });
    const described = describeCertificate(new X509Certificate(root.cert).raw);
    expect(described).toMatchObject({ selfSigned: true, isAuthority: true, names: [], issuerUri: null });
    expect(Date.parse(described.notAfter) - Date.parse(described.notBefore)).toBe(366 * 86_400_000);
  });

  test('with no subject, a wild one, and ten thousand names', () => {
    const wild = maker.make({ cn: 'evil\u202e\u001b[31m', names: ['DNS:a.example.com'] });
    expect(describeCertificate(new X509Certificate(wild.cert)).subject).not.toContain('\u001b');
    const many = Array.from({ length: 10_000 }, (_, n) => `DNS:n${n}.example.com`);
    const large = maker.make({ cn: 'many', names: many });
    const described = describeCertificate(new X509Certificate(large.cert));
    expect(described.names).toHaveLength(10_000);
    expect(matchesName(described.names, 'n9999.example.com')).toBe(true);
  });

  test('that is none throws', () => {
    expect(() => describeCertificate(Buffer.from('no certificate'))).toThrow();
  });
});

test('a handshake that failed, as a finding', () => {
  const plain = failure('not-tls', 'HTTP answered', { received: 'HTTP/1.1 400 Bad Request\r\n' });
  expect(tlsFailureFinding(plain)).toMatchObject({ code: 'tls.not-tls', observed: 'HTTP' });
  const odd = failure('not-tls', 'what answered is not TLS', { received: 'hello' });
  expect(tlsFailureFinding(odd)).toMatchObject({ code: 'tls.not-tls', observed: 'what answered is not TLS' });
  const alert = failure('handshake', 'SSLV3_ALERT_HANDSHAKE_FAILURE');
  expect(tlsFailureFinding(alert)).toMatchObject({ code: 'tls.handshake-failed', observed: alert.detail });
});

test.each([
  ['HTTP/1.1 400 Bad Request\r\n', 'HTTP'],
  ['SSH-2.0-OpenSSH_9.2p1\r\n', 'SSH'],
  ['220 mail.example.com ESMTP Postfix\r\n', 'SMTP'],
  ['220 ready\r\n', 'SMTP or FTP'],
  ['* OK ready\r\n', 'IMAP'],
  ['+OK ready\r\n', 'POP3'],
  ['hello', null],
  ['', null],
])('%j is %s', (received, protocol) => {
  expect(protocolOf(received)).toBe(protocol);
});
