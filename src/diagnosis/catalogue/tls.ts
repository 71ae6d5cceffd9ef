/** Causes about certificates and TLS. */
import { type Entry, endpointIsLost, type Fix } from '../entry.ts';

const rollback = 'Put the former certificate and key back, and reload the server.';

const renewed = (first: string): Fix => ({
  summary: 'install a certificate for {servername} that is valid now, and reload the server',
  steps: [
    first,
    'Install it with its intermediates and reload the server (nginx -s reload).',
    'If the file on disk is good already, only the reload is missing.',
  ],
  rollback,
});

const shown =
  'openssl s_client -connect {address}:{port} -servername {servername} </dev/null | openssl x509 -noout -dates -subject -issuer';

export const tls: Readonly<Record<string, Entry>> = {
  'tls.expired': {
    priority: 'P0',
    title: 'the certificate of {servername} has expired',
    means: 'A certificate of the chain is past its notAfter date, by the clock of the place that looked.',
    produces: endpointIsLost,
    stops: true,
    fix: renewed('Renew it (certbot renew, or as it was issued), and find out why the renewal did not run.'),
    verify: [`${shown}  → notAfter in the future`],
  },
  'tls.not-yet-valid': {
    priority: 'P0',
    title: 'the certificate of {servername} is not valid yet',
    means: 'A certificate of the chain begins later than now, by the clock of the place that looked.',
    produces: endpointIsLost,
    stops: true,
    fix: renewed(
      'Check the clocks of the issuing machine and of this one first; else issue the certificate anew.',
    ),
    verify: [`${shown}  → notBefore in the past`],
  },
  'tls.expiring': {
    priority: 'P1',
    title: 'the certificate of {servername} expires soon',
    means: 'It is valid for fewer days than `cert_days`.',
    fix: renewed('Renew it now, and find out why the renewal did not run by itself.'),
    verify: [`${shown}  → notAfter further away`],
  },
  'tls.wrong-name': {
    priority: 'P0',
    title: 'the certificate is not for {servername}',
    means: 'None of the certificate’s names (subjectAltName, RFC 9525) is the name that was asked for.',
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'serve a certificate that names {servername}',
      steps: [
        'See whether the right server block answers: a default server with another certificate is usual.',
        'Else issue a certificate whose names include {servername}, and reload the server.',
      ],
      rollback,
    },
    verify: [`${shown}  → a name that fits`],
  },
  'tls.self-signed': {
    priority: 'P0',
    title: 'the certificate of {servername} is self-signed',
    means: 'The certificate signed itself, and is not trusted here.',
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'serve a certificate of an authority that clients trust',
      steps: [
        'Install a certificate of a public or of your own authority, and reload the server.',
        'If it is meant to be self-signed, give it to whoever connects: `tls = { ca = "FILE" }` for doctor.',
      ],
      rollback,
    },
    verify: [`${shown}  → an issuer other than the subject`],
  },
  'tls.unknown-issuer': {
    priority: 'P0',
    title: 'the certificate of {servername} comes from an authority that is not trusted here',
    means: 'The chain ends at a root that is not in the trust store of the place that looked.',
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary:
        'trust the authority where the connection starts, or serve a certificate of one that is trusted',
      steps: [
        'If it is your own authority: install its root there, and give it to doctor: `tls = { ca = "FILE" }`.',
        'If it is not, something on the way may be intercepting TLS: compare the issuer from another network.',
      ],
      rollback: 'Remove the root again.',
    },
    verify: [`${shown}  → the issuer you expect`],
  },
  'tls.incomplete-chain': {
    priority: 'P0',
    title: 'the server does not send the intermediate certificate',
    means:
      'The chain from the server’s certificate to a root lacks an intermediate; browsers may repair that, programs don’t.',
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'send the whole chain: certificate, then intermediates',
      steps: [
        'In nginx: ssl_certificate must be the full chain (fullchain.pem), not the certificate alone.',
        'Reload the server.',
      ],
      rollback,
    },
    verify: [
      'openssl s_client -connect {address}:{port} -servername {servername} -showcerts </dev/null  → two certificates or more',
    ],
  },
  'tls.not-tls': {
    priority: 'P0',
    title: '{address} port {port} does not speak TLS',
    means: 'What answered the handshake is no TLS: plain HTTP, SSH or another protocol.',
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'serve TLS on port {port}, or use the scheme without it',
      steps: [
        'In nginx: listen {port} ssl; with certificate and key.',
        'Or correct the port or scheme of the URL.',
      ],
      rollback: 'Put the former listen line back, and reload.',
    },
  },
  'tls.handshake-failed': {
    priority: 'P0',
    title: 'the TLS handshake with {servername} fails',
    means:
      'No common version or cipher, an alert, a client certificate that is missing, or a handshake that was cut.',
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'make both sides agree on TLS 1.2 or later',
      steps: [
        'Allow TLS 1.2 and 1.3 with current ciphers on the server (ssl_protocols TLSv1.2 TLSv1.3).',
        'If it asks for a client certificate: `tls = { cert = "FILE", key = "FILE" }`.',
        'If it refuses the name (unrecognized_name), add a server block for it.',
      ],
      rollback: 'Put the former settings back, and reload.',
    },
  },
};
