#!/usr/bin/env bash
# The tests of the unit check that need a real systemd: boots a Debian root in a layer that is thrown away, and runs them on its haproxy.service.
#   unit-check.sh [ARGUMENTS OF dotnet test]
set -euo pipefail
cd "$(dirname "$0")/.."
lower=$(tests/system/rootfs.sh)
work=$(mktemp -d)
mkdir "$work/upper" "$work/work" "$work/root"
mount -t overlay overlay "$work/root" -o "lowerdir=$lower,upperdir=$work/upper,workdir=$work/work"
tests/system/machine.sh fa-unit-check "$work/root" </dev/null >"$work/console.log" 2>&1 &
nspawn=$!
leader() { ps -o pid= --ppid "$nspawn" | tr -d ' ' | head -n 1; }
finish() {
    local first
    first=$(leader)
    [ -z "$first" ] || kill -KILL "$first" || true
    wait "$nspawn" || true
    tests/system/machine.sh
    umount -l "$work/root"
    rm -rf "$work"
}
trap finish EXIT

inside() { nsenter -t "$(leader)" -m -u -i -n -p env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
for ((i = 0; i < 120; i++)); do
    if [ -n "$(leader)" ] && [[ $(inside systemctl is-system-running 2>/dev/null) =~ running|degraded ]]; then break; fi
    sleep 1
done
if ! inside systemctl is-active --quiet haproxy.service; then
    echo "the root does not boot, or its HAProxy does not start:" >&2
    tail -n 20 "$work/console.log" >&2
    exit 1
fi
[[ " $* " = *' --filter '* ]] || set -- --filter FullyQualifiedName~UnitCheckSystemTests "$@"
FLIPAGENT_SYSTEM_ROOT=$(leader) dotnet test --no-build --nologo tests/FlipAgent.Tests "$@"
