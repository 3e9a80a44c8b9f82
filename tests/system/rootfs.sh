#!/bin/sh
# rootfs.sh [SUITE [PACKAGE...]]: prints the path of a Debian root that can be booted, the empty droplet of the system tests: of that release, by default bookworm, with
# these packages besides. Builds it when it is not in the cache: FLIPAGENT_TEST_CACHE, default /var/cache/flipagent-test. The name holds a sum over this file and the
# packages, so a change here builds new ones.
set -eu

suite=${1:-bookworm}
[ $# -eq 0 ] || shift
case $suite in
    bullseye) polkit=policykit-1 ;;
    bookworm | trixie) polkit=polkitd ;;
    *) echo "rootfs.sh: the release is bullseye, bookworm or trixie, not '$suite'" >&2; exit 2 ;;
esac
# procps: the reload of Debian's haproxy.service is /bin/kill, which every droplet has and a minimal root has not.
packages=systemd,systemd-sysv,dbus,haproxy,ca-certificates,iproute2,curl,procps
cache=${FLIPAGENT_TEST_CACHE:-/var/cache/flipagent-test}
root=$cache/$suite-$({ cat "$0" && echo "$*"; } | sha256sum | cut -c 1-12)

[ "$(id -u)" -eq 0 ] || { echo "rootfs.sh: only root can build a root filesystem" >&2; exit 1; }
mkdir -p "$cache"
[ $# -eq 0 ] || plain=$("$0" "$suite")
exec 9>"$cache/lock-$suite"
flock 9
if [ ! -d "$root" ]; then
    rm -rf "$root.new"
    {
        if [ $# -eq 0 ]; then
            debootstrap --variant=minbase --include="$packages" "$suite" "$root.new"
            # Not in one go: debootstrap does not understand the alternatives in polkitd's dependencies.
            set -- "$polkit"
        else
            cp -a "$plain" "$root.new"
            cp /etc/resolv.conf "$root.new/etc/resolv.conf"
            cp "$plain.sources" "$root.new/etc/apt/sources.list"
            chroot "$root.new" apt-get update
        fi
        # What a package would ask has its default.
        chroot "$root.new" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
    } >"$cache/build-$suite.log" 2>&1 || { tail -n 20 "$cache/build-$suite.log" >&2; exit 1; }
    rm -rf "$root.new"/var/cache/apt/archives/*.deb "$root.new"/var/lib/apt/lists/*
    # A new droplet gets an id and a name of its own, takes packages from nowhere but the test's repository, and keeps its journal over a reboot.
    : >"$root.new/etc/machine-id"
    rm -f "$root.new/etc/hostname" "$root.new/var/lib/dbus/machine-id"
    mv "$root.new/etc/apt/sources.list" "$root.sources"
    mkdir -p "$root.new/var/log/journal"
    mv "$root.new" "$root"
fi
echo "$root"
