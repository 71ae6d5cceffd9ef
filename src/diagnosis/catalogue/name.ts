/** Causes about names. */
import { anyAnswer, type Entry, endpointIsLost, inCase } from '../entry.ts';

const record = 'Change the record back to what it was; resolvers keep the old answer for its TTL.';
const recordRisk = 'Low: a wrong record misleads clients until its TTL has run out.';
const resolves = ['dig +short {address}  → {wantedaddress|an address}{from|}'];

const resolverBack = 'Put the former resolver back into /etc/resolv.conf.';
const resolverRisk =
  'Every program of that machine uses the resolver: a wrong one there takes all of its names away.';

export const name: Readonly<Record<string, Entry>> = {
  'dns.nxdomain': {
    priority: 'P0',
    title: 'the name {address|that was asked for} does not exist',
    means:
      'The resolver says that there is no such name (NXDOMAIN, RFC 8020): it has no record of any type, and no name below it has.',
    shows: [
      'It fails at once. curl: (6) Could not resolve host. Browsers: DNS_PROBE_FINISHED_NXDOMAIN. Programs: ENOTFOUND, "Name or service not known".',
    ],
    why: [
      'The name is spelled wrong where it is configured.',
      'The record was never created, or was removed; an expired domain takes all of its names with it.',
      'It is a private name, and the resolver does not know the private zone (a VPN that is down, split DNS).',
    ],
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'create the DNS record of {address|the name}, or correct the name where it is configured',
      steps: [
        inCase(
          { invalid: true },
          'Where a part of the name is longer than DNS allows, no record can help: correct it.',
        ),
        'Check the spelling of {address|the name} in the configuration of whoever connects.',
        inCase(
          { invalid: false },
          'See where the chain of name servers ends: dig +trace {address}. If its own zone answers, the record is missing there.',
        ),
        inCase(
          { invalid: false },
          'Add an A or AAAA record for {address|the name} to its zone, with {wantedaddress|the address of the server}.',
        ),
      ],
      commands: ['{seenfrom}', inCase({ invalid: false }, 'dig +trace {address}')],
      risk: recordRisk,
      rollback: record,
    },
    verify: resolves,
    instead: [
      {
        when: { case: 'split' },
        title:
          'the name {address} does not exist {places|there}, and is {rightly|an address} {others|elsewhere}',
        fix: {
          summary: 'let what answers {places|there} know {address}',
          steps: [
            'See which resolver is asked {places|there}: /etc/resolv.conf, resolvectl status.',
            'It knows a zone of that name without this record (split DNS), or an old answer: add the record there, or flush it (resolvectl flush-caches).',
            'Or have it ask the resolver that is asked {others|elsewhere}.',
          ],
        },
      },
    ],
  },
  'dns.no-address': {
    priority: 'P0',
    title: 'the name {address|that was asked for} exists and has no address',
    means:
      'The name exists, and has neither an A nor an AAAA record: only records of another type, or only names below it.',
    shows: ['It fails at once, as for a name that does not exist. curl: (6) Could not resolve host.'],
    why: [
      'Only an MX, TXT or CNAME record was made; a CNAME that leads to a name without an address counts too.',
      'The bare domain was meant to have an address, and only www has one.',
      'The A record was removed when the server moved.',
    ],
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'add an A or AAAA record for {address|the name}',
      steps: [
        'See what the name has: dig {address} CNAME, dig {address} A, dig {address} AAAA.',
        'Add an A or AAAA record with {wantedaddress|the address of the server}, or a CNAME to a name that has one.',
      ],
      commands: ['{seenfrom}', 'dig {address} CNAME', 'dig {address} A', 'dig {address} AAAA'],
      risk: recordRisk,
      rollback: record,
    },
    verify: resolves,
  },
  'dns.server-failure': {
    priority: 'P0',
    title: 'the resolver cannot answer for {address|the name}',
    means:
      'The resolver answered SERVFAIL or REFUSED: it, or a server that it has to ask, is broken or refuses us. Whether the name exists is not known.',
    shows: [
      'curl: (6) Could not resolve host. Programs: EAI_AGAIN, "Temporary failure in name resolution".',
      'Other names often resolve; from another network this one may too.',
    ],
    why: [
      'The name servers of the zone do not answer, or do not know the zone any more.',
      'DNSSEC: signatures have expired, or the DS record at the parent is of another key.',
      'The resolver refuses clients from this network (REFUSED).',
      'The resolver itself cannot reach the Internet.',
    ],
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'mend the zone of {address|the name}, or the resolver that cannot read it',
      steps: [
        'Ask again without DNSSEC: dig +cd {address}. If that answers, the signatures of the zone are wrong: sign it anew, or correct the DS record.',
        'Ask the chain of servers: dig +trace {address}. Where it ends, that server is at fault.',
        'If both answer, it is the resolver: see its log, and whether it serves this network.',
      ],
      commands: ['{seenfrom}', 'dig {address}', 'dig +cd {address}', 'dig +trace {address}'],
      risk: resolverRisk,
      rollback: resolverBack,
    },
    verify: ['dig {address}  → status: NOERROR{from|}'],
  },
  'dns.no-answer': {
    priority: 'P0',
    title: 'no resolver answers for {address|the name}',
    means: 'The resolver gave no answer in time, or nothing listens on its port. The name is not to blame.',
    shows: [
      'All names fail, each after a wait of seconds. Programs: EAI_AGAIN, "Temporary failure in name resolution".',
      'Addresses still work: ping 192.0.2.10 answers, ping of a name does not.',
    ],
    why: [
      'The resolver is down (systemd-resolved, dnsmasq, unbound), or its address in /etc/resolv.conf is out of date.',
      'A firewall drops port 53, UDP or TCP.',
      'The network on the way to it is down (a VPN).',
    ],
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'make the resolver answer, or use one that does',
      steps: [
        'See which resolver is asked: /etc/resolv.conf, or `resolver` in [defaults] of the configuration.',
        'Ask it by hand: dig @RESOLVER {address}. No answer: see that it runs, and that port 53 (UDP and TCP) is open on the way to it.',
        'Does it run on this machine: systemctl status systemd-resolved (or dnsmasq, unbound).',
      ],
      commands: ['{seenfrom}', 'cat /etc/resolv.conf', 'dig {address}'],
      risk: resolverRisk,
      rollback: resolverBack,
    },
    verify: ['dig {address}  → an answer, not "no servers could be reached"{from|}'],
  },
  'dns.wrong-address': {
    priority: 'P0',
    title: '{address|the name} resolves to {observed|another address}, not to {expected|the declared one}',
    means: 'An answer is none of the addresses that the endpoint should resolve to.',
    shows: [
      'Clients reach another machine: a refusal, a certificate of another name, another page, an old version.',
      'Where only some places get the wrong answer: it works for some people and not for others.',
    ],
    why: [
      'The record still has the address from before a move, or resolvers keep it until its TTL runs out.',
      'A line in /etc/hosts of the machine that asks.',
      'A split view: the resolver inside answers otherwise than the one outside.',
      '`resolves_to` is out of date.',
    ],
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
      summary: 'point {address|the name} at {expected|the declared address}',
      steps: [
        'Where does the answer come from? grep {address} /etc/hosts; then dig +short {address}; then dig +trace {address}, which asks the zone itself.',
        'In /etc/hosts: remove or correct the line. In the zone: change the A or AAAA record to {expected|the declared address}.',
        'Only the resolver says so: wait until the TTL has run out, or flush it (resolvectl flush-caches).',
        'If {observed|the new address} is meant: correct `resolves_to`.',
      ],
      commands: [
        '{seenfrom}',
        'getent ahosts {address}',
        'grep -n {address} /etc/hosts',
        'dig +short {address}',
      ],
      risk: recordRisk,
      rollback: record,
    },
    verify: ['getent ahosts {address}  → {expected|the declared address}{from|}'],
    instead: [
      {
        when: { case: 'split' },
        title:
          '{address|the name} resolves {places|there} to {observed|another address}, and {others|elsewhere} to {rightly|the declared one}',
        fix: {
          summary: 'mend what answers {places|there}: the declared address is {rightly|another}',
          steps: [
            '{places|There}: grep {address} /etc/hosts; then resolvectl query {address}, or dig +short {address} and the resolver in /etc/resolv.conf.',
            'A line in /etc/hosts: correct it. A private zone for the same name (split DNS): correct its record. An old answer: resolvectl flush-caches.',
            'If {observed|that answer} is meant there (an inner address of the same server): add it to `resolves_to`.',
          ],
        },
      },
    ],
  },
};
