import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAuthority } from '../../src/demo/authority.ts';
import { needs } from '../support/tools.ts';

const day = 86_400_000;
const now = new Date('2026-03-01T12:00:00.000Z');
const authority = createAuthority('Demo authority', now);
const issued = authority.issue(
  ['agent.example.com', 'www.example.com'],
  new Date(now.getTime() - day),
  new Date(now.getTime() + 60 * day),
);

describe('authority', () => {
  test('is its own issuer, and may sign certificates', () => {
    const root = new X509Certificate(authority.cert);
    expect(root.ca).toBe(true);
    expect(root.subject).toBe('CN=Demo authority');
    expect(root.verify(root.publicKey)).toBe(true);
  });

  test('issues server certificates that name it, its names and its dates', () => {
    const root = new X509Certificate(authority.cert);
    const leaf = new X509Certificate(issued.cert);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.subjectAltName).toBe('DNS:agent.example.com, DNS:www.example.com');
    expect(leaf.validFrom).toBe('Feb 28 12:00:00 2026 GMT');
    expect(leaf.validTo).toBe('Apr 30 12:00:00 2026 GMT');
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(leaf.serialNumber).toMatch(/^01[0-9A-F]{30}$/);
  });

  test('writes dates after 2049 as GeneralizedTime', () => {
    const leaf = new X509Certificate(
      authority.issue(['a.example.com'], now, new Date('2051-01-02T03:04:05Z')).cert,
    );
    expect(leaf.validTo).toBe('Jan  2 03:04:05 2051 GMT');
  });

  test.skipIf(needs('openssl', '/usr/bin/openssl'))('satisfies openssl verify -x509_strict', () => {
    const folder = mkdtempSync(join(tmpdir(), 'viworks-doctor-authority-'));
    try {
      writeFileSync(join(folder, 'ca.pem'), authority.cert);
      writeFileSync(join(folder, 'leaf.pem'), issued.cert);
      const options = ['-x509_strict', '-check_ss_sig', '-purpose', 'sslserver', '-verify_hostname'];
      const at = ['-attime', `${now.getTime() / 1000}`, '-CAfile', 'ca.pem', 'leaf.pem'];
      const argv = ['verify', ...options, 'agent.example.com', ...at];
      expect(execFileSync('/usr/bin/openssl', argv, { cwd: folder, encoding: 'utf8' })).toBe(
        'leaf.pem: OK\n',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
