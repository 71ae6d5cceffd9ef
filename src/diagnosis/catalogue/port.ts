/** Causes about reaching a port. */
import { type Entry, endpointIsLost, type Fix, inCase } from '../entry.ts';

const reached = ['nc -vz {address} {port}  → succeeded, or Connected{from|}'];
const reads =
  'None in looking. A server that is started, or a rule that is changed, acts on all of its clients.';

/** From its own host no firewall of the way is between. */
const askTheProgram: Fix = {
  summary: 'let {name} take connections on port {port} again',
  steps: [
    'On {host|its host}: is its accept queue full (ss -tln sport = :{port}, Recv-Q above Send-Q)? Then its program does not accept.',
    'Else a rule of that host drops what comes over loopback: nft list ruleset, or iptables -S.',
  ],
  commands: ['{onhost}', '{inside|}ss -tlnp sport = :{port}', '{inside|}nft list ruleset'],
  risk: 'None in looking. A restart of the program ends its connections.',
  rollback: 'None needed.',
};

export const port: Readonly<Record<string, Entry>> = {
  'port.refused': {
    priority: 'P0',
    title: 'nothing accepts connections at {address|the address} port {port|N}',
    means:
      'The connection was refused: the host is there, and nothing listens on the port (or a firewall rejects).',
    shows: [
      'It fails at once. curl: (7) Failed to connect. Programs: ECONNREFUSED, "Connection refused". Browsers: ERR_CONNECTION_REFUSED.',
    ],
    why: [
      'The server does not run, or ended at its start.',
      'It listens on another port, or on 127.0.0.1 alone.',
      'The port of its container is not published.',
      'The name leads to another host than the server’s.',
      'A firewall rejects instead of dropping.',
    ],
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'start what should listen on port {port|N}, or correct the port',
      steps: [
        'On the host of {address|the address}: ss -tlnp sport = :{port}. Nothing there: start the server.',
        'If it listens on 127.0.0.1 or ::1 only, let it listen on the outside address.',
        'If it listens outside, look for a rule that rejects: nft list ruleset (or iptables -S), then the provider’s firewall.',
      ],
      commands: ['{servedthere}', 'ss -tlnp sport = :{port}'],
      risk: reads,
      rollback: 'Stop the server again.',
    },
    verify: reached,
    instead: [
      {
        when: { subjectKind: 'service' },
        title: 'nothing accepts connections at {target}',
        fix: {
          steps: [
            'On {host|its host}: ss -tlnp sport = :{port}. Nothing there: it does not run, or listens elsewhere; read its log ({log|where it keeps it}).',
            'Start it, or correct the port: {restart|by hand, as it was started}',
          ],
          commands: ['{onhost}', '{inside|}ss -tlnp sport = :{port}', '{log}', '{restart}'],
        },
        verify: ['{inside|}ss -tlnp sport = :{port}  → LISTEN, {process|its process}{on|}'],
      },
    ],
  },
  'port.timeout': {
    priority: 'P0',
    title: '{address|the address} port {port|N} does not answer',
    means: 'No answer at all to a connection: something on the way drops it, or the host is down.',
    shows: [
      'It hangs, then fails. curl: (28) Connection timed out. Programs: ETIMEDOUT. Browsers: ERR_CONNECTION_TIMED_OUT.',
    ],
    why: [
      'A firewall drops it: the host’s own, the provider’s security group, or that of the network the client is in.',
      'The host is down, or the address is not its own any more.',
      'The accept queue of the server is full, so that the kernel drops new connections.',
      'The way back is missing: the host answers along another route.',
    ],
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'open port {port|N} on the way to {address|the address}',
      steps: [
        'Is the host up, and is the address its own? See the provider’s console, and ip addr on the host.',
        'On the host: does it listen, with room in its queue? ss -tlnp sport = :{port} (Recv-Q not above Send-Q).',
        'Do packets arrive? tcpdump -ni any tcp port {port}, while someone connects. None: a firewall before the host. Some: its own (nft list ruleset, iptables -S).',
      ],
      commands: ['{servedthere}', 'ss -tlnp sport = :{port}', 'nft list ruleset'],
      risk: 'A rule that is too wide opens the port to all: allow its clients alone.',
      rollback: 'Remove the rule again.',
    },
    verify: reached,
    instead: [
      { when: { subjectKind: 'service' }, title: '{target} takes no connection', fix: askTheProgram },
    ],
  },
  'port.unreachable': {
    priority: 'P0',
    title: 'there is no way to {address|the address}{from|}',
    means: 'There is no route to the address, or a router or the host itself sent back an ICMP unreachable.',
    shows: [
      'It fails at once or after three seconds. "No route to host" (EHOSTUNREACH), "Network is unreachable" (ENETUNREACH).',
    ],
    why: [
      'The name has an IPv6 address, and the client’s network has no IPv6.',
      'A private address, from outside of its network (the VPN is down).',
      'The host is switched off in the client’s own network, where nobody answers ARP.',
      'A firewall rejects with icmp-host-prohibited or admin-prohibited (REJECT).',
    ],
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'mend the way to {failed|the address}',
      steps: [
        'See which way it takes{from|}: ip route get {failed|ADDRESS}. No route, or one that says unreachable: bring the network or the VPN up, or mend the route.',
        'See where it ends: traceroute {failed|ADDRESS}. The last that answers is at fault, or the one behind it.',
        'Others get there: look for a rule that rejects, at both ends (nft list ruleset, iptables -S).',
        'If the address is not in use any more, remove its A or AAAA record.',
      ],
      commands: ['{seenfrom}', 'ip route get {failed.0}', 'traceroute -n {failed.0}'],
      risk: 'A wrong route can cut the machine off, this session included: keep a console open.',
      rollback: 'Put the former route back.',
    },
    verify: ['ip route get {failed.0}  → a route{from|}', ...reached],
  },
  'port.partial': {
    priority: 'P1',
    title: 'some addresses of {address|the name} do not answer on port {port|N}',
    means: 'The name has several addresses; some take connections and others don’t, so some clients fail.',
    shows: [
      'It works for some and not for others, or now and then, or only after a wait of seconds.',
      'curl -4 works and curl -6 does not, or the other way round.',
    ],
    why: [
      'There is an AAAA record, and the server does not listen on IPv6.',
      'One of several servers or balancers is down.',
      'A server was taken away, and its address is in DNS still.',
      'A firewall has rules for IPv4 alone.',
    ],
    produces: endpointIsLost,
    fix: {
      summary: 'make {failed|every address} answer, or take it out of DNS',
      steps: [
        'Without an answer: {failed|see the row}. Is it in use still? If not, remove its A or AAAA record.',
        'Else start the server there, or let it listen on that family too: in nginx, listen [::]:{port} beside listen {port}.',
        'Rules for IPv6 are their own: ip6tables -S, or the inet tables of nft list ruleset.',
      ],
      commands: ['{servedthere}', 'ss -tlnp sport = :{port}', 'ip -brief address'],
      risk: 'A record that is removed stays in resolvers until its TTL has run out.',
      rollback: 'Put the record back.',
    },
    verify: [
      inCase(
        { subjectKind: ['endpoint', 'check'] },
        'nc -vz {failed.0} {port}  → succeeded, or Connected{from|}',
      ),
    ],
    instead: [
      {
        when: { case: 'dead-ipv6' },
        title: '{address|the name} has an IPv6 address where nothing answers on port {port|N}',
        fix: {
          summary: 'let the server listen on IPv6 too, or remove the AAAA record of {address|the name}',
          steps: [
            'Is {failed|the IPv6 address} the server’s own? ip -6 -brief address. If not, remove the AAAA record: clients with IPv6 wait or fail.',
            'If it is: it listens on {listens|IPv4} alone. In nginx: listen [::]:{port} (ssl) beside listen {port}, then test and reload.',
            'If it listens there: rules for IPv6 are their own, ip6tables -S, or the inet tables of nft list ruleset.',
          ],
        },
      },
    ],
  },
};
