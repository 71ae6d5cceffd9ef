/** Causes of a host that is not reached at all, or not at one port; and those of the machine that doctor runs on. */
import { anyAnswer, type Entry, lostConnection } from '../entry.ts';

export const reach: Readonly<Record<string, Entry>> = {
  'host.down': {
    priority: 'P0',
    title: '{name|the host} does not answer',
    means:
      'The host is unreachable, or silent on several of its ports or from several places, SSH included, while others answer.',
    shows: [
      'Everything on it hangs, SSH too. ping gets no answer, or "Destination Host Unreachable".',
      'All services of that host fail at the same moment.',
    ],
    why: [
      'The machine is off, hangs, or restarts (an update, out of memory, its disk).',
      'Its network is gone: an interface that is down, a lost address, a wrong route or rule after a change.',
      'The provider has switched it off or moved it: maintenance, an unpaid bill, a new address.',
    ],
    produces: [
      {
        over: 'host',
        codes: ['port.timeout', 'port.unreachable', 'port.partial', 'ssh.unreachable', ...anyAnswer],
      },
      { over: 'client', codes: lostConnection },
    ],
    stops: true,
    fix: {
      summary: 'bring {name} back: power, network, provider',
      steps: [
        'See the provider’s console: does the machine run, and what is on its screen?',
        'It runs: log in at the console, and look at its network: ip -brief address, ip route, nft list ruleset.',
        'It hangs: read the last lines of its screen, then restart it there. Afterwards: journalctl -b -1 -p warning says what came before.',
        'Does {address|its address} still belong to it? If it moved, correct DNS and `address` in hosts.{name}.',
      ],
      commands: ['ping -c 3 {address}', 'traceroute -n {address}'],
      risk: 'A restart ends all that runs there, and what was not written to the disk is lost.',
      rollback: 'None needed.',
    },
    verify: ['ssh {sshtarget} uptime  → an answer'],
  },
  'observer.offline': {
    priority: 'P0',
    title: 'the machine that doctor runs on has no network',
    means:
      'It has no address or no route of its own, so nothing that could not be reached from here is to blame.',
    shows: ['Nothing can be reached from this machine: names, addresses, other programs neither.'],
    why: [
      'The cable or the wireless network is off, or the VPN ended and took the route with it.',
      'The machine got no address (DHCP).',
      'Doctor runs in a container or namespace without a network (--network none).',
    ],
    fix: {
      summary: 'connect this machine to a network, and run doctor again',
      steps: [
        'See its addresses and routes: an address besides loopback, and a line "default via …".',
        'Connect it: nmcli device, systemctl restart systemd-networkd, or by hand with dhclient.',
        'In a container: start it with a network.',
      ],
      commands: ['ip -brief address', 'ip route'],
      risk: 'None.',
      rollback: 'None needed.',
    },
    verify: ['ip route get 192.0.2.1  → a route, not "Network is unreachable"'],
  },
  'observer.clock-skew': {
    priority: 'P1',
    title: 'the clock of this machine is {observed|more than 5 minutes off}',
    means:
      'The clock of the machine that doctor runs on is more than 5 minutes off what answers say in Date and what the clocks of the hosts say.',
    shows: [
      'Certificates that are good are "expired" or "not yet valid" here, and nowhere else.',
      'Tokens with a time in them are refused (401), and log lines of two machines do not fit together.',
    ],
    why: [
      'No time service runs (systemd-timesyncd, chrony), or UDP port 123 is blocked.',
      'A virtual machine that was paused or restored from a snapshot.',
      'The hardware clock is wrong after a flat battery, or is kept in local time.',
    ],
    fix: {
      summary: 'set the clock of this machine, and have it kept by a time service',
      steps: [
        'See whether it is synchronized: timedatectl.',
        'Debian: apt-get install systemd-timesyncd. RHEL: dnf install chrony, and systemctl enable --now chronyd. Then: timedatectl set-ntp true',
        'Step it at once: chronyc makestep, or systemctl restart systemd-timesyncd.',
      ],
      commands: ['timedatectl', 'timedatectl set-ntp true'],
      risk: 'Programs that measure with the wall clock (jobs, sessions, databases) see a leap.',
      rollback: 'None needed.',
    },
    verify: ['timedatectl  → System clock synchronized: yes'],
  },
};

export const firewall: Readonly<Record<string, Entry>> = {
  'firewall.blocked': {
    priority: 'P0',
    title:
      'port {port|N} of {name|the host} is blocked on the way: it listens there, and nobody gets through from outside',
    means:
      'On the host the port listens on an outside address, with room in its queue; from outside there is no connection.',
    shows: [
      'On the host itself curl to the port answers; from outside it hangs ("timed out") or is refused.',
      'Other ports of the host work from outside.',
    ],
    why: [
      'The provider’s firewall or security group does not allow the port.',
      'A rule of the host: ufw, firewalld, nftables, or iptables drops or rejects it.',
      'A firewall of the network that the clients are in, or of a client itself.',
    ],
    produces: [
      { over: 'host', codes: ['port.timeout', 'port.refused', 'port.unreachable', 'port.partial'] },
      { over: 'client', codes: lostConnection },
    ],
    stops: true,
    fix: {
      summary: 'open port {port|N} of {name} to its clients',
      steps: [
        'On {name}: look for the port in nft list ruleset (or iptables -S, ufw status, firewall-cmd --list-all).',
        'Open it there: ufw allow {port}/tcp, or firewall-cmd --add-port={port}/tcp (with --permanent as well).',
        'No rule there: the provider’s firewall or security group, then the network in between. tcpdump -ni any tcp port {port} on {name} shows whether packets arrive.',
      ],
      commands: ['{onhost}', 'nft list ruleset', 'tcpdump -ni any -c 5 tcp port {port}'],
      risk: 'The port is open to whoever the rule names: allow its clients alone, where it is not for all.',
      rollback: 'Remove the rule again.',
    },
    verify: ['nc -vz {address} {port}  → succeeded, or Connected (from outside)'],
    instead: [
      {
        when: { case: 'some' },
        title:
          'port {port|N} of {name|the host} is blocked on the way from {clients}: it listens there, and others get through',
        fix: {
          summary: 'let {clients} through to port {port|N} of {name}',
          steps: [
            'On {name}: look for a rule about the address of the client, or for a list of those that may come: nft list ruleset (or iptables -S, ufw status, firewall-cmd --list-all).',
            'At the client ({clients}): does a rule keep it from going out (nft list ruleset, iptables -S OUTPUT), and which way does it take (ip route get with the address of {name})?',
            'Neither: the provider’s firewall or security group, then the network in between. tcpdump -ni any tcp port {port} on {name} shows whether its packets arrive.',
          ],
          commands: [
            '{onhost}',
            'nft list ruleset',
            'tcpdump -ni any -c 5 tcp port {port}',
            '{seenfrom}',
            'nft list ruleset',
          ],
        },
        verify: ['nc -vz {address} {port}  → succeeded, or Connected (from {clients})'],
      },
    ],
  },
};
