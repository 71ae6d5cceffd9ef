/** Causes about certificates and TLS. */
import { type Entry, endpointIsLost, type Fix } from '../entry.ts';

const rollback = 'Put the former certificate and key back, and reload the server.';
const reloadRisk =
  'Low: a reload keeps open connections. A key that does not fit its certificate makes it fail, and the old one stays in force.';

const session = 'openssl s_client -connect {address}:{port} -servername {servername} </dev/null';
const shown = `${session} | openssl x509 -noout -subject -issuer -dates`;
const expects = (what: string): string[] => [`${shown}  → ${what}{from|}`];

const renewed = (first: string, ...more: string[]): Fix => ({
  summary: 'install a certificate for {servername|the name} that is valid now, and reload the server',
  steps: [
    'What is on the disk there? openssl x509 -noout -enddate -in {certfile|FILE}. If that one is good, only the reload is missing.',
    first,
    ...more,
    'Reload the server, which reads certificates at its start and at a reload alone: {reload|nginx -s reload}',
  ],
  commands: [
    '{servedthere}',
    'openssl x509 -noout -enddate -in {certfile}',
    'certbot renew',
    '{test} && {reload}',
  ],
  risk: reloadRisk,
  rollback,
});

const ofAnExpiry = [
  'The renewal failed or does not run: certbot.timer is off, port 80 is closed to the authority, DNS credentials are out of date.',
  'It was renewed on the disk, and the server was not reloaded.',
  'A balancer, a CDN or a second server has a copy of its own.',
];

export const tls: Readonly<Record<string, Entry>> = {
  'tls.expired': {
    priority: 'P0',
    title: 'the certificate of {servername|the server} has expired',
    means: 'A certificate of the chain is past its notAfter date, by the clock of the place that looked.',
    shows: [
      'curl: (60) SSL certificate problem: certificate has expired. Browsers: NET::ERR_CERT_DATE_INVALID. Programs: CERT_HAS_EXPIRED.',
      'It worked until a certain day, and then failed for everybody.',
    ],
    why: [...ofAnExpiry, 'The clock of the place that looked is wrong.'],
    produces: endpointIsLost,
    stops: true,
    fix: renewed(
      'Renew it: certbot renew, or as it was issued.',
      'See why the renewal did not run by itself: systemctl list-timers, journalctl -u certbot.',
    ),
    verify: expects('notAfter in the future'),
    instead: [
      {
        when: { which: ['issuer certificate', 'root certificate'] },
        title: 'the {which} {certificate} of {servername|the server} has expired',
        fix: {
          summary: 'serve a chain for {servername|the server} that is valid now, and reload the server',
          steps: [
            'Does the authority have a newer certificate of {certificate}? Put it in the place of the old one in {certfile|the file of ssl_certificate}, below the server’s own.',
            'None: issue the server’s certificate anew, which brings the chain of today (certbot renew --force-renewal, or as it was issued).',
            'A root is kept by whoever connects: bring the trust store there up to date (apt-get install --only-upgrade ca-certificates, dnf upgrade ca-certificates), or the file of `tls.ca`.',
            'Reload the server: {reload|nginx -s reload}',
          ],
          commands: [
            '{servedthere}',
            "openssl storeutl -noout -text -certs {certfile} | grep -E 'Subject:|Not After'",
            '{test} && {reload}',
          ],
        },
        verify: [`${session}  → Verify return code: 0 (ok){from|}`],
      },
    ],
  },
  'tls.not-yet-valid': {
    priority: 'P0',
    title: 'the certificate of {servername|the server} is not valid yet',
    means: 'A certificate of the chain begins later than now, by the clock of the place that looked.',
    shows: [
      'curl: (60) SSL certificate problem: certificate is not yet valid. Browsers: NET::ERR_CERT_DATE_INVALID.',
    ],
    why: [
      'The clock of the place that looked is behind.',
      'The clock of the machine that issued it was ahead (an authority of your own).',
      'A certificate that was prepared for later was installed too early.',
    ],
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'correct the clock that is wrong, or install a certificate that is valid now',
      steps: [
        'Valid from {notBefore|a later date}; the clock said {now|an earlier one}. Compare it with another machine: date -u.',
        'The clock here is wrong: timedatectl set-ntp true.',
        'Else issue the certificate anew, with the clock of the authority set right, and reload the server: {reload|nginx -s reload}',
      ],
      commands: ['{seenfrom}', 'date -u', 'timedatectl'],
      risk: reloadRisk,
      rollback,
    },
    verify: expects('notBefore in the past'),
  },
  'tls.expiring': {
    priority: 'P1',
    title: 'the certificate of {servername|the server} expires soon: {observed|in a few days}',
    means: 'It works now, and is valid for fewer days than `cert_days`.',
    shows: ['Nothing yet. Reminders of the authority or of a monitor.'],
    why: ofAnExpiry,
    fix: {
      ...renewed(
        'Renew it now: certbot renew, or as it was issued.',
        'See why it did not renew itself: systemctl list-timers, journalctl -u certbot.',
      ),
      summary: 'renew the certificate of {servername|the server}, and reload the server',
    },
    verify: expects('notAfter further away'),
  },
  'tls.wrong-name': {
    priority: 'P0',
    title: 'the certificate is not for {servername|the name}',
    means: 'None of the certificate’s names (subjectAltName, RFC 9525) is the name that was asked for.',
    shows: [
      'curl: (60) no alternative certificate subject name matches target host name. Browsers: NET::ERR_CERT_COMMON_NAME_INVALID.',
    ],
    why: [
      'The default server answers, since no server block has the name.',
      'The name leads to another machine than it should.',
      'The certificate was issued without this name: www but not the bare domain, say; a wildcard covers one level only.',
      'The client connects by address, or by an alias.',
    ],
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'serve a certificate that names {servername|the name}',
      steps: [
        'It is {observed|for other names}. Is that another site of the same server? Then no server block has server_name {servername|NAME}: add it to the right one.',
        'Else issue a certificate with this name beside the others: certbot certonly --expand -d {servername|NAME} -d …',
        'Reload the server: {reload|nginx -s reload}',
        'Right certificate, and another name is called: correct the URL, or `tls.servername`.',
      ],
      commands: ['{servedthere}', 'grep -rn server_name {configword|/etc/nginx}', '{test} && {reload}'],
      risk: reloadRisk,
      rollback,
    },
    verify: [`${session} | openssl x509 -noout -ext subjectAltName  → DNS:{servername}{from|}`],
  },
  'tls.self-signed': {
    priority: 'P0',
    title: 'the certificate of {servername|the server} is self-signed',
    means: 'The certificate signed itself, and is not trusted here.',
    shows: [
      'curl: (60) SSL certificate problem: self-signed certificate. Browsers: NET::ERR_CERT_AUTHORITY_INVALID. Programs: DEPTH_ZERO_SELF_SIGNED_CERT.',
    ],
    why: [
      'The certificate that came with the package or image (snakeoil, a panel’s default) was never replaced.',
      'The default server answers, since no server block has the name.',
      'It is meant to be self-signed, and this client was not given it.',
    ],
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'serve a certificate of an authority that clients trust',
      steps: [
        'Install a certificate of a public authority, or of your own, and reload the server: {reload|nginx -s reload}',
        'If it is meant to be self-signed: give it to whoever connects, and to doctor as `tls = { ca = "FILE" }`.',
      ],
      commands: [
        '{servedthere}',
        'openssl x509 -noout -subject -issuer -in {certfile}',
        '{test} && {reload}',
      ],
      risk: reloadRisk,
      rollback,
    },
    verify: expects('an issuer other than the subject'),
  },
  'tls.unknown-issuer': {
    priority: 'P0',
    title:
      'the certificate of {servername|the server} comes from an authority that is not trusted here: {issuer|an unknown one}',
    means: 'The chain is whole, and ends at a root that is not in the trust store of the place that looked.',
    shows: [
      'curl: (60) SSL certificate problem: unable to get local issuer certificate, or self-signed certificate in certificate chain.',
      'It works in places that have the root, and nowhere else.',
    ],
    why: [
      'An authority of your own, whose root this machine or container was not given.',
      'A proxy of the network intercepts TLS, and signs with its own root.',
      'An old trust store (ca-certificates) that does not have the root yet.',
      'The server sends an old or a staging chain.',
    ],
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary:
        'trust the authority where the connection starts, or serve a certificate of one that is trusted',
      steps: [
        'Your own authority: put its root into /usr/local/share/ca-certificates/NAME.crt and run update-ca-certificates (RHEL: /etc/pki/ca-trust/source/anchors, update-ca-trust). Give it to doctor: `tls = { ca = "FILE" }`.',
        'Not yours: look at the issuer from another network. If it differs, something on the way intercepts TLS.',
        'A public authority: bring the trust store up to date (apt-get install --only-upgrade ca-certificates, dnf upgrade ca-certificates).',
      ],
      commands: ['{seenfrom}', `${session} -showcerts`],
      risk: 'Who holds the key of a root that you add can pretend to be every site to this machine.',
      rollback: 'Remove the root again, and run update-ca-certificates --fresh (RHEL: update-ca-trust).',
    },
    verify: [`${session}  → Verify return code: 0 (ok){from|}`],
  },
  'tls.incomplete-chain': {
    priority: 'P0',
    title: 'the server does not send the intermediate certificate {issuer|of its issuer}',
    means:
      'The chain from the server’s certificate to a root lacks an intermediate. Browsers fetch or remember it; programs don’t.',
    shows: [
      'It works in a browser, and fails in programs. curl: (60) unable to get local issuer certificate. Programs: UNABLE_TO_VERIFY_LEAF_SIGNATURE.',
    ],
    why: [
      'The server was given the certificate alone (cert.pem) instead of the whole chain (fullchain.pem).',
      'The intermediate of the authority changed with the last renewal, and an old one is sent.',
    ],
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'send the whole chain: the certificate, then its intermediates',
      steps: [
        'In nginx ssl_certificate must be the full chain (fullchain.pem of certbot), not the certificate alone.',
        'No such file: append the intermediate ({issuerUri|from the pages of the authority}) to {certfile|the file of the certificate}, below it.',
        'Reload the server: {reload|nginx -s reload}',
      ],
      commands: ['{servedthere}', 'grep -c BEGIN {certfile}', '{test} && {reload}'],
      risk: reloadRisk,
      rollback,
    },
    verify: [`${session} -showcerts | grep -c BEGIN  → 2 or more{from|}`],
  },
  'tls.not-tls': {
    priority: 'P0',
    title: '{address|the address} port {port|N} does not speak TLS',
    means: 'What answered the handshake is no TLS: plain HTTP, SSH or another protocol.',
    shows: [
      'curl: (35) wrong version number. Browsers: ERR_SSL_PROTOCOL_ERROR. Programs: "SSL routines:…:wrong version number".',
    ],
    why: [
      'The server listens there without TLS (a listen line without ssl).',
      'The URL has the wrong port, or https:// (wss://) where http:// (ws://) is meant.',
      'Another program has the port.',
      'The protocol begins in plain and upgrades (STARTTLS: SMTP, PostgreSQL).',
    ],
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'serve TLS on port {port|N}, or use the scheme without it',
      steps: [
        'What answered: {observed|see the row}. Is it the right program on that port? ss -tlnp sport = :{port}',
        'In nginx: listen {port|443} ssl; with ssl_certificate and ssl_certificate_key. Reload it: {reload|nginx -s reload}',
        'Or correct the port or the scheme of the URL.',
      ],
      commands: ['{servedthere}', 'ss -tlnp sport = :{port}', '{test} && {reload}'],
      risk: 'Clients that speak plain on that port are refused from then on.',
      rollback: 'Put the former listen line back, and reload.',
    },
    verify: [`${session}  → a certificate{from|}`],
  },
  'tls.handshake-failed': {
    priority: 'P0',
    title: 'the TLS handshake with {servername|the server} fails: {observed|no agreement}',
    means:
      'No common version or cipher, an alert, a client certificate that is missing, or a handshake that was cut or not answered.',
    shows: [
      'curl: (35) sslv3 alert handshake failure, tlsv1 alert protocol version, certificate required. Browsers: ERR_SSL_VERSION_OR_CIPHER_MISMATCH.',
    ],
    why: [
      'The server asks for a client certificate (ssl_verify_client on).',
      'It allows old versions alone (TLS 1.0, 1.1), or ciphers that nobody offers any more.',
      'No server block has the name (ssl_reject_handshake, unrecognized_name).',
      'Something in between cuts it: a firewall that reads names, a balancer without a live server.',
    ],
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'make both sides agree: a version, a cipher, the certificates that are asked for',
      steps: [
        'certificate required, bad certificate: give doctor the client’s, `tls = { cert = "FILE", key = "FILE" }`.',
        'protocol version, handshake failure: allow ssl_protocols TLSv1.2 TLSv1.3 with current ciphers, and reload: {reload|nginx -s reload}',
        'unrecognized_name: add a server block for {servername|the name}.',
        'No answer, or cut: read the error log of the server at that moment ({log|journalctl -u nginx}); nothing there means that something in between did it.',
      ],
      commands: ['{seenfrom}', `${session}`],
      risk: reloadRisk,
      rollback: 'Put the former settings back, and reload.',
    },
    verify: [`${session}  → New, TLSv1.3 (or TLSv1.2), and a cipher{from|}`],
  },
};
