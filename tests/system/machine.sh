#!/bin/sh
# machine.sh NAME ROOT [NETNS]: becomes the systemd-nspawn that boots a Debian root as machine NAME, in that network namespace or in a new one that
# has loopback only. Without arguments: removes what machines that are off have left behind.
#
# Every machine gets a control group of its own. nspawn by itself boots each of them in the same one, "payload" beside the caller's: two machines
# then share /system.slice/haproxy.service, each systemd counts the other's processes among its own and sees them with the pid 0, and kill, stop
# and reload fail with an I/O error.
set -eu

# The directories of the control groups in which this process is, as far as systemd uses them: version 2, and the named one of version 1.
own_groups() {
    while IFS=: read -r _ kind path; do
        case $kind in
            '') type=cgroup2 option=. ;;
            name=systemd) type=cgroup option=name=systemd ;;
            *) continue ;;
        esac
        mount=$(awk -v type="$type" -v option="$option" '$3 == type && $4 ~ option { print $2; exit }' /proc/self/mounts)
        [ -z "$mount" ] || echo "$mount${path%/}"
    done </proc/self/cgroup
}

for parent in $(own_groups); do
    for left in "$parent"/flipagent-machine-*; do
        if [ -d "$left" ] && [ ! -d "/proc/${left##*-}" ]; then
            find "$left" -depth -type d -exec rmdir {} + 2>/dev/null || true
        fi
    done
    # The pid stays the same: exec.
    if [ $# -gt 0 ] && mkdir "$parent/flipagent-machine-$$" 2>/dev/null; then
        echo $$ >"$parent/flipagent-machine-$$/cgroup.procs"
    fi
done
[ $# -gt 0 ] || exit 0
if [ -n "${3:-}" ]; then network=--network-namespace-path=/run/netns/$3; else network=--private-network; fi
exec systemd-nspawn --boot --quiet --register=no --keep-unit --console=pipe --link-journal=no --resolv-conf=off --timezone=off \
    --machine="$1" --hostname="$1" --directory="$2" "$network"
