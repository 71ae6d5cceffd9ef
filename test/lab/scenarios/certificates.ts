/** Faults of TLS: certificates, chains, handshakes. */
import { addresses } from '../network.ts';
import type { Scenario } from '../scenario.ts';
import { certificateFile, keyFile, siteText } from '../site.ts';
import type { World } from '../world.ts';

const cn = 'agent.example.com';
const names = [`DNS:${cn}`];

const serving =
  (wanted: Partial<Parameters<World['certificates']['make']>[0]>) =>
  (world: World): Promise<void> =>
    world.serveCertificate(world.certificates.make({ cn, names, issuer: world.ca, ...wanted }));

export const certificates: readonly Scenario[] = [
  {
    name: 'tls-expired',
    about: 'the certificate ended yesterday',
    causes: ['P0 tls.expired endpoint.agent'],
    exit: 1,
    inject: serving({ from: -90, until: -1 }),
  },
  {
    name: 'tls-not-yet-valid',
    about: 'the certificate begins in a month',
    causes: ['P0 tls.not-yet-valid endpoint.agent'],
    exit: 1,
    inject: serving({ from: 30, until: 120 }),
  },
  {
    name: 'tls-expiring',
    about: 'the certificate ends in five days',
    causes: ['P1 tls.expiring endpoint.agent'],
    exit: 0,
    inject: serving({ from: -85, until: 5 }),
  },
  {
    name: 'tls-wrong-name',
    about: 'the certificate is for www.example.com',
    causes: ['P0 tls.wrong-name endpoint.agent'],
    exit: 1,
    inject: serving({ cn: 'www.example.com', names: ['DNS:www.example.com'] }),
  },
  {
    name: 'tls-wrong-name-by-address',
    about: 'the endpoint was declared by its address, which the certificate does not name',
    causes: ['P0 tls.wrong-name endpoint.agent'],
    exit: 1,
    told: { url: `wss://${addresses.backend.v4}/ws/agent` },
  },
  {
    name: 'tls-wrong-name-default-server',
    about: 'the name was left out of the server block, so that another server answers',
    causes: ['P0 proxy.no-route proxy.nginx'],
    exit: 1,
    inject: async (world) => {
      const other = world.certificates.make({
        cn: 'shop.example.com',
        names: ['DNS:shop.example.com'],
        issuer: world.ca,
      });
      world.backend.write('/etc/nginx/certificates/shop.pem', other.cert + other.key);
      const shop = `server {\n    listen 443 ssl default_server;\n    listen [::]:443 ssl default_server;\n    server_name shop.example.com;\n    ssl_certificate /etc/nginx/certificates/shop.pem;\n    ssl_certificate_key /etc/nginx/certificates/shop.pem;\n    return 404;\n}\n`;
      await world.serveSite(`${shop}${siteText({ names: 'agents.example.com' })}`);
    },
  },
  {
    name: 'tls-self-signed',
    about: 'a certificate that signed itself',
    causes: ['P0 tls.self-signed endpoint.agent'],
    exit: 1,
    inject: (world) => world.serveCertificate(world.certificates.make({ cn, names })),
  },
  {
    name: 'tls-unknown-issuer',
    about: 'a certificate of an authority that nobody here trusts',
    causes: ['P0 tls.unknown-issuer endpoint.agent'],
    exit: 1,
    inject: async (world) => {
      const issuer = world.certificates.make({ cn: 'Another Root', authority: true });
      const leaf = world.certificates.make({ cn, names, issuer });
      await world.serveCertificate({ cert: leaf.cert + issuer.cert, key: leaf.key });
    },
  },
  {
    name: 'tls-incomplete-chain',
    about: 'the intermediate was left out of fullchain.pem',
    causes: ['P0 tls.incomplete-chain endpoint.agent'],
    exit: 1,
    inject: async (world) => {
      const issuer = world.certificates.make({
        cn: 'Example Intermediate',
        authority: true,
        issuer: world.ca,
      });
      await world.serveCertificate(world.certificates.make({ cn, names, issuer }));
    },
  },
  {
    name: 'tls-expired-intermediate',
    about: 'the intermediate ended yesterday',
    causes: ['P0 tls.expired endpoint.agent'],
    exit: 1,
    inject: async (world) => {
      const issuer = world.certificates.make({
        cn: 'Example Intermediate',
        authority: true,
        issuer: world.ca,
        from: -90,
        until: -1,
      });
      const leaf = world.certificates.make({ cn, names, issuer, from: -80 });
      await world.serveCertificate({ cert: leaf.cert + issuer.cert, key: leaf.key });
    },
  },
  {
    name: 'tls-not-tls',
    about: 'listen 443 without ssl',
    causes: ['P0 tls.not-tls endpoint.agent'],
    exit: 1,
    inject: (world) => world.serveSite({ listen: ['443', '[::]:443'] }),
  },
  {
    name: 'tls-handshake-failed',
    about: 'nginx offers no cipher that anybody has',
    causes: ['P0 tls.handshake-failed endpoint.agent'],
    exit: 1,
    inject: (world) =>
      world.serveSite(
        siteText().replace(
          '    server_name',
          '    ssl_protocols TLSv1.2;\n    ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256;\n    server_name',
        ),
      ),
  },
  {
    name: 'tls-handshake-failed-old-version',
    about: 'nginx speaks TLS 1.1 alone',
    causes: ['P0 tls.handshake-failed endpoint.agent'],
    exit: 1,
    inject: (world) =>
      world.serveSite(
        siteText().replace(
          '    server_name',
          '    ssl_protocols TLSv1.1;\n    ssl_ciphers DEFAULT@SECLEVEL=0;\n    server_name',
        ),
      ),
  },
  {
    name: 'tls-handshake-rejected-default-server',
    about: 'the name was left out of the server block, and the default server rejects handshakes',
    causes: ['P0 proxy.no-route proxy.nginx'],
    exit: 1,
    inject: (world) => {
      const other =
        'server {\n    listen 443 ssl default_server;\n    listen [::]:443 ssl default_server;\n    server_name _;\n    ssl_reject_handshake on;\n}\n';
      return world.serveSite(`${other}${siteText({ names: 'agents.example.com' })}`);
    },
  },
  {
    name: 'tls-renewed-not-reloaded',
    about: 'the certificate on disk was renewed, and nginx still serves the expired one',
    causes: ['P0 proxy.not-reloaded proxy.nginx'],
    exit: 1,
    inject: async (world) => {
      await serving({ from: -90, until: -1 })(world);
      await world.later();
      const renewed = world.certificates.make({ cn, names, issuer: world.ca });
      world.backend.write(certificateFile, renewed.cert);
      world.backend.write(keyFile, renewed.key);
    },
  },
  {
    name: 'tls-broken-key',
    about: 'certificate and key do not belong together; nginx was restarted',
    causes: ['P0 proxy.config-invalid proxy.nginx'],
    exit: 1,
    inject: (world) => {
      world.backend.write(keyFile, world.certificates.make({ cn, names }).key);
      world.backend.sh('systemctl kill -s KILL nginx; systemctl restart nginx || true');
    },
  },
];
