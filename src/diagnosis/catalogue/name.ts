/** Causes about names. */
import { anyAnswer, type Entry, endpointIsLost } from '../entry.ts';

const record = 'Change the record back to what it was; resolvers keep the old answer for its TTL.';

export const name: Readonly<Record<string, Entry>> = {
  'dns.nxdomain': {
    priority: 'P0',
    title: 'the name {address} does not exist',
    means: 'The resolver says that the name does not exist (NXDOMAIN, RFC 8020): no record of any type.',
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'create the DNS record for {address}, or correct the name where it is configured',
      steps: [
        'Check the spelling of {address} in the configuration of whoever connects.',
        'Ask an authoritative server: dig +trace {address}',
        'Add an A or AAAA record for {address} in its zone.',
      ],
      rollback: record,
    },
    verify: ['dig +short {address}  → an address'],
  },
  'dns.no-address': {
    priority: 'P0',
    title: 'the name {address} exists and has no address',
    means:
      'The name exists, and has neither an A nor an AAAA record: a record of another type, or only below it.',
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'add an A or AAAA record for {address}',
      steps: ['Add an A or AAAA record (or a CNAME to a name that has one) for {address} in its zone.'],
      rollback: record,
    },
    verify: ['dig +short {address}  → an address'],
  },
  'dns.server-failure': {
    priority: 'P0',
    title: 'the resolver cannot answer for {address}',
    means:
      'The resolver answered SERVFAIL or REFUSED: it, or a server that it asks, is broken or refuses us.',
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'mend the resolver, or the zone that it cannot read',
      steps: [
        'Ask another resolver: dig @RESOLVER {address}. If that answers, the first one is at fault.',
        'If all say SERVFAIL, look at the zone: DNSSEC signatures (dig +cd {address}), name servers that do not answer.',
      ],
      rollback: 'Put the former resolver back.',
    },
  },
  'dns.no-answer': {
    priority: 'P0',
    title: 'no resolver answers for {address}',
    means: 'The resolver gave no answer in time, or nothing listens on its port.',
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'make the resolver answer, or use one that does',
      steps: [
        'See which resolver is asked: /etc/resolv.conf, or `resolver` in [defaults].',
        'Check that it runs, and that port 53 (UDP and TCP) is open on the way to it.',
      ],
      rollback: 'Put the former resolver back.',
    },
  },
  'dns.wrong-address': {
    priority: 'P0',
    title: '{address} resolves to {observed|another address}, not to {expected|the declared one}',
    means: 'An answer is none of the addresses that the endpoint should resolve to.',
    produces: [
      {
        over: 'self',
        codes: [
          'port.refused',
          'port.timeout',
          'port.unreachable',
          'port.partial',
          'tls.expired',
          'tls.not-yet-valid',
          'tls.wrong-name',
          'tls.self-signed',
          'tls.unknown-issuer',
          'tls.incomplete-chain',
          'tls.not-tls',
          'tls.handshake-failed',
          ...anyAnswer,
        ],
      },
      ...endpointIsLost,
    ],
    fix: {
      summary: 'point {address} at {expected|the declared address}',
      steps: [
        'Change the A or AAAA record of {address} to {expected|the declared address}, or correct `resolves_to` if the new address is meant.',
        'Look for an old entry in /etc/hosts or a split view of the zone if only some places get the wrong answer.',
      ],
      rollback: record,
    },
    verify: ['dig +short {address}  → {expected|the declared address}'],
  },
};
