#!/bin/sh
# Builds the Debian of each release named (debian-11 …) below CACHE, where it is not there yet: `debian-roots.sh CACHE RELEASE…`.
# As root, with debootstrap(8) and Debian's archive.
set -eu
cache=$1
shift
packages='systemd systemd-sysv dbus openssh-server sudo iproute2 net-tools procps busybox nginx-light docker.io iptables podman crun uidmap'
for release; do
  more=
  case $release in
    debian-11) suite=bullseye ;;
    debian-12) suite=bookworm ;;
    debian-13) suite=trixie more=docker-cli ;;
    *) echo "no release $release is known here" >&2; exit 2 ;;
  esac
  [ -d "$cache/$release" ] && continue
  rm -rf "$cache/$release.part"
  mkdir -p "$cache/$release.part"
  debootstrap --variant=minbase "$suite" "$cache/$release.part"
  unshare -m --propagation private sh -eu -s "$cache/$release.part" $packages $more <<'END'
    root=$1
    shift
    mount -t proc proc "$root/proc"
    # nothing is started while it is installed
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -qy --no-install-recommends "$@"
    rm -f "$root/usr/sbin/policy-rc.d"
    chroot "$root" apt-get clean
END
  mv "$cache/$release.part" "$cache/$release"
done
