#!/bin/sh
# Records fixtures/checks/{network,dns,port,tls,http,websocket,ssh} anew, in network namespaces of their own. As root.
set -eu
cd "$(dirname "$0")/../.."
RECORD=offline unshare -n npx vitest run test/checks/network.record.ts
# A bridge without a port: what is sent to 192.0.2.10 is swallowed, and nothing ever leaves the namespace.
RECORD=1 unshare -n -u sh -eu <<'END'
  hostname backend
  ip link set lo up
  ip link add doctor0 type bridge
  sysctl -qw net.ipv6.conf.doctor0.disable_ipv6=1
  ip address add 192.0.2.2/24 dev doctor0
  ip link set doctor0 up
  ip route add default via 192.0.2.1
  ip neigh add 192.0.2.10 lladdr 02:00:00:00:00:01 dev doctor0
  npx vitest run test/checks/network.record.ts test/checks/ssh.record.ts
END
