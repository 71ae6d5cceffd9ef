/** The certificates exactly as a server sent them, read out of the handshake's bytes. */

const handshakeRecord = 22;
const certificateMessage = 11;

/**
 * The certificates (DER) of the plaintext Certificate message (RFC 5246 section 7.4.2), in the order in which they
 * came. Null when the bytes hold none: TLS 1.3 encrypts it. Node.js itself shows the certificates linked and with
 * the issuer out of the trust store, which hides order, extras and what is missing.
 */
export function presentedCertificates(received: Uint8Array): Buffer[] | null {
  const bytes = handshakeBytes(Buffer.from(received));
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUIntBE(at + 1, 3);
    const body = bytes.subarray(at + 4, at + 4 + length);
    if (body.length < length) return null;
    if (bytes[at] === certificateMessage) return certificatesOf(body);
    at += 4 + length;
  }
  return null;
}

/** The handshake's messages without the records around them (RFC 5246 section 6.2.1), up to the first other record. */
function handshakeBytes(received: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at + 5 <= received.length && received[at] === handshakeRecord; ) {
    const length = received.readUInt16BE(at + 3);
    parts.push(received.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return Buffer.concat(parts);
}

function certificatesOf(body: Buffer): Buffer[] | null {
  if (body.length < 3) return null;
  const found: Buffer[] = [];
  for (let at = 3; at + 3 <= body.length; ) {
    const length = body.readUIntBE(at, 3);
    const certificate = body.subarray(at + 3, at + 3 + length);
    if (certificate.length < length) return null;
    found.push(Buffer.from(certificate));
    at += 3 + length;
  }
  return found;
}

/** The bytes are the start of a TLS record: its type (alert or handshake, as a server begins) and SSL 3's major version. */
export function looksLikeTls(received: Uint8Array): boolean {
  return (
    (received[0] === 21 || received[0] === handshakeRecord) && (received.length < 2 || received[1] === 3)
  );
}
