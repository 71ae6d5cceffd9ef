/** Names, certificates and servers, each with a fault of its own, that fixtures of the network checks are recorded against. */
import { cpSync, mkdirSync } from 'node:fs';
import { type CertificateMaker, certificateMaker } from './certificates.ts';
import { app, fill, nameserver, type Peers, raw, stuck } from './network-peers.ts';

/** `ca`: where the authority's certificate is put, in `folder`. */
export async function openStage(all: Peers, folder: string, ca: string): Promise<void> {
  const maker = certificateMaker();
  all.add(maker.remove);
  mkdirSync(folder, { recursive: true });
  const root = maker.make({ cn: 'Example Root', authority: true });
  const other = maker.make({ cn: 'Other Root', authority: true });
  const middle = maker.make({ cn: 'Example Intermediate', authority: true, issuer: root });
  const foreign = maker.make({ cn: 'Other Intermediate', authority: true, issuer: other });
  cpSync(root.certFile, ca);
  const leaf = (host: string, more: Partial<Parameters<CertificateMaker['make']>[0]> = {}) => {
    const issued = maker.make({ cn: host, names: [`DNS:${host}`], issuer: middle, ...more });
    return { cert: `${issued.cert}${middle.cert}`, key: issued.key, alone: issued.cert };
  };
  const days = (until: number, from = -90) => ({ until, from });
  const good = leaf('agent.example.com', days(82.5));
  const lacking = leaf('incomplete-chain.example.com', {
    issuerUri: 'http://ca.example.com/intermediate.der',
  });
  const strange = leaf('unknown-issuer.example.com', { issuer: foreign });
  const self = maker.make({ cn: 'self-signed.example.com', names: ['DNS:self-signed.example.com'] });
  await nameserver(all, {
    'agent.example.com': ['127.0.0.10'],
    'several.example.com': ['127.0.0.10', '127.0.0.30'],
    'two.example.com': ['127.0.0.10', '127.0.0.21'],
    'many.example.com': Array.from({ length: 12 }, (_, index) => `192.0.2.${index + 10}`),
    'backend.example.com': ['127.0.0.10'],
    'empty.example.com': [],
    'broken.example.com': 2,
    'missing.example.com': 3,
    'silent.example.com': 'silent',
    'shut.example.com': ['127.0.0.30'],
    'filtered.example.com': ['192.0.2.10'],
    'v6.example.com': ['2001:db8::1'],
    'expired.example.com': ['127.0.0.11'],
    'not-yet-valid.example.com': ['127.0.0.12'],
    'expiring.example.com': ['127.0.0.13'],
    'wrong-name.example.com': ['127.0.0.14'],
    'self-signed.example.com': ['127.0.0.15'],
    'unknown-issuer.example.com': ['127.0.0.16'],
    'incomplete-chain.example.com': ['127.0.0.17'],
    'not-tls.example.com': ['127.0.0.18'],
    'handshake-failed.example.com': ['127.0.0.19'],
    'both.example.com': ['127.0.0.20'],
  });
  await Promise.all([
    app(all, '127.0.0.10', 80),
    app(all, '127.0.0.10', 443, good),
    app(all, '127.0.0.10', 8080),
    app(all, '127.0.0.1', 8080),
    app(all, '127.0.0.11', 443, leaf('expired.example.com', days(-4))),
    app(all, '127.0.0.12', 443, leaf('not-yet-valid.example.com', days(90, 2))),
    app(all, '127.0.0.13', 443, leaf('expiring.example.com', days(9.5))),
    app(all, '127.0.0.14', 443, leaf('other.example.com')),
    app(all, '127.0.0.15', 443, { cert: self.cert, key: self.key }),
    app(all, '127.0.0.16', 443, { cert: `${strange.alone}${foreign.cert}`, key: strange.key }),
    app(all, '127.0.0.17', 443, { cert: lacking.alone, key: lacking.key }),
    raw(all, '127.0.0.18', 443, 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'),
    raw(all, '127.0.0.18', 80, 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'),
    raw(all, '127.0.0.10', 444, null),
    raw(all, '127.0.0.1', 8082, null),
    app(all, '127.0.0.19', 443, {
      ...leaf('handshake-failed.example.com'),
      requestCert: true,
      ca: other.cert,
    }),
    app(all, '127.0.0.20', 443, leaf('other.example.com', days(-4))),
    raw(all, '127.0.0.21', 80, 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
    stuck(all, '127.0.0.1', 8081),
    stuck(all, '127.0.0.1', 8083, 1),
  ]);
  await fill(all, '127.0.0.1', 8083, 2);
}
