/**
 * A certificate authority made for one run: X.509 v3 (RFC 5280) in DER (ITU-T X.690), signed with ECDSA on P-256.
 * Only what the demo's two certificates need; nothing of it is kept.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface IssuedCertificate {
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS #8, not encrypted. */
  readonly key: string;
}

export interface Authority {
  /** Its own certificate, PEM. */
  readonly cert: string;
  /** A server certificate for DNS names. The dates are cut to whole seconds. */
  issue(names: readonly [string, ...string[]], notBefore: Date, notAfter: Date): IssuedCertificate;
}

// ── DER ──────────────────────────────────────────────────────────────────────────────────────────────────

function tagged(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const bytes: number[] = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  const length = content.length < 128 ? [content.length] : [0x80 + bytes.length, ...bytes];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...items: readonly Buffer[]) => tagged(0x30, ...items);
const setOf = (item: Buffer) => tagged(0x31, item);
const explicit = (number: number, item: Buffer) => tagged(0xa0 + number, item);
const integer = (bytes: Buffer) => tagged(0x02, bytes);
const octets = (content: Buffer) => tagged(0x04, content);
const bits = (content: Buffer, unused = 0) => tagged(0x03, Buffer.from([unused]), content);
const utf8 = (text: string) => tagged(0x0c, Buffer.from(text));
const isTrue = tagged(0x01, Buffer.from([0xff]));

function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const base128 = (value: number): number[] => {
    const bytes = [value % 128];
    for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128))
      bytes.unshift(128 + (left % 128));
    return bytes;
  };
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5). */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '');
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2)))
    : tagged(0x18, Buffer.from(digits));
}

// ── Certificates ─────────────────────────────────────────────────────────────────────────────────────────

const ecdsaWithSha256 = sequence(identifier('1.2.840.10045.4.3.2'));
const serverAuth = identifier('1.3.6.1.5.5.7.3.1');

const commonName = (name: string) => sequence(setOf(sequence(identifier('2.5.4.3'), utf8(name))));

const extension = (id: string, value: Buffer, critical = false) =>
  sequence(identifier(id), ...(critical ? [isTrue] : []), octets(value));

/** The leftmost 160 bits of the SHA-256 of the public key's bits (RFC 7093 section 2, method 1). */
function keyIdentifier(publicKey: KeyObject): Buffer {
  // An uncompressed P-256 point, 65 bytes, is what its SubjectPublicKeyInfo ends with (RFC 5480 section 2.2).
  const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
  return createHash('sha256').update(point).digest().subarray(0, 20);
}

/** Positive, never zero, at most 20 octets (RFC 5280 section 4.1.2.2). */
const serialNumber = () => integer(Buffer.concat([Buffer.from([0x01]), randomBytes(15)]));

const pem = (der: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/(.{64})(?=.)/g, '$1\n')}\n-----END CERTIFICATE-----\n`;

interface Contents {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Buffer[];
}

function certificate(contents: Contents, signer: KeyObject): string {
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    serialNumber(),
    ecdsaWithSha256,
    commonName(contents.issuer),
    sequence(time(contents.notBefore), time(contents.notAfter)),
    commonName(contents.subject),
    contents.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...contents.extensions)),
  );
  return pem(sequence(body, ecdsaWithSha256, bits(sign('sha256', body, signer))));
}

const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

/** `name` is its common name. Its own certificate begins two years before `now`, so that it can issue expired ones. */
export function createAuthority(name: string, now: Date): Authority {
  const authority = keyPair();
  const subjectKey = (key: KeyObject) => extension('2.5.29.14', octets(keyIdentifier(key)));
  const authorityKey = extension('2.5.29.35', sequence(tagged(0x80, keyIdentifier(authority.publicKey))));
  const years = (count: number) => new Date(now.getTime() + count * 365 * 86_400_000);
  const cert = certificate(
    {
      issuer: name,
      subject: name,
      publicKey: authority.publicKey,
      notBefore: years(-2),
      notAfter: years(2),
      extensions: [
        extension('2.5.29.19', sequence(isTrue, integer(Buffer.from([0]))), true),
        // keyCertSign and cRLSign: bits 5 and 6, so one bit of the octet is unused.
        extension('2.5.29.15', bits(Buffer.from([0b0000_0110]), 1), true),
        subjectKey(authority.publicKey),
      ],
    },
    authority.privateKey,
  );
  return {
    cert,
    issue(names, notBefore, notAfter) {
      const leaf = keyPair();
      const alternatives = names.map((dnsName) => tagged(0x82, Buffer.from(dnsName)));
      const extensions = [
        extension('2.5.29.19', sequence(), true),
        // digitalSignature: bit 0, so seven bits of the octet are unused.
        extension('2.5.29.15', bits(Buffer.from([0b1000_0000]), 7), true),
        extension('2.5.29.37', sequence(serverAuth)),
        extension('2.5.29.17', sequence(...alternatives)),
        subjectKey(leaf.publicKey),
        authorityKey,
      ];
      const contents = { issuer: name, subject: names[0], publicKey: leaf.publicKey, notBefore, notAfter };
      return {
        cert: certificate({ ...contents, extensions }, authority.privateKey),
        key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}
