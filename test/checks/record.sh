#!/bin/sh
# Makes fixtures anew, each from the real thing. As root:
#
#     test/checks/record.sh CACHE [WHAT…]
#
# WHAT is any of: network, files, host, nginx, containers (of this machine, in namespaces of its own), and debian-11,
# debian-12, debian-13, each built below the folder CACHE where it is not there yet, and booted; default: all of them.
set -eu
cache=$(realpath -m "${1:?the folder that the roots of debootstrap are kept in}")
cd "$(dirname "$0")/../.."
shift
[ $# -gt 0 ] || set -- network files host nginx containers debian-11 debian-12 debian-13
for what; do
  case $what in
    network | files) test/checks/record-$what.sh ;;
    host | nginx) RECORD=1 npx vitest run test/checks/$what.record.ts ;;
    containers) RECORD=1 npx vitest run test/checks/container.record.ts ;;
    *)
      test/checks/debian-roots.sh "$cache" "$what"
      for part in systemd hosts; do
        DEBIAN_ROOT=$cache/$what RECORD=1 unshare -n sh -euc \
          'ip link set lo up; exec npx vitest run "test/checks/debian-$1.record.ts"' sh $part
      done
      ;;
  esac
done
