#!/usr/bin/env bash
# The package's program on the oldest and the newest C library and OpenSSL that it is for (Debian bullseye, which is also Ubuntu 20.04's, and trixie), and on
# arm64 under qemu: version, key, configuration check, an agent and its status; and what it says where there is no OpenSSL. In roots of a few unpacked
# packages, so it takes seconds. Ends with "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")/.." || exit
own=$(dpkg --print-architecture)
cache=${FLIPAGENT_TEST_CACHE:-/var/cache/flipagent-test}/native
scratch=$(mktemp -d /tmp/fa-native-XXXXXX)
passed=0 failed=0 skipped=0
agent=
emulator=()
trap '[ -z "$agent" ] || kill -KILL "$agent" 2>/dev/null; rm -rf "$scratch"' EXIT

check() {
    local name=$1
    shift
    if "$@" >"$scratch/check.log" 2>&1; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        printf 'not ok %s\n' "$name"
        tail -n 15 "$scratch/check.log" | sed 's/^/    /'
    fi
}

skip() {
    if [ "${CI:-}" = true ]; then check "$1: $2" false; else
        skipped=$((skipped + 1))
        printf 'skipped %s: %s\n' "$1" "$2"
    fi
}

# A copy of the root of a release and an architecture, with the program in it: $root.
make_root() {
    local suite=$1 architecture=$2 link
    shift 2
    root=$scratch/$suite-$architecture
    [ -d "$cache/$suite-$architecture" ] || deploy/apt/unpack.sh "$suite" "$architecture" "$cache/$suite-$architecture" "$@" || return
    cp -a "$cache/$suite-$architecture" "$root" || return
    for link in lib lib64 bin sbin; do
        [ -e "$root/$link" ] || [ ! -d "$root/usr/$link" ] || ln -s "usr/$link" "$root/$link"
    done
    [ -x "out/$architecture/flipagent" ] || { echo "out/$architecture/flipagent is missing: make publish ARCH=$architecture" >&2; return 1; }
    mkdir -p "$root/proc" "$root/dev" "$root/tmp/run" "$root/etc"
    install -m 0755 "out/$architecture/flipagent" "$root/flipagent"
    ln -sf flipagent "$root/flipagentctl"
    [ ${#emulator[@]} -eq 0 ] || cp "/usr/bin${emulator[0]}" "$root/" || return
    printf 'secret\n' >"$root/tmp/token"
    cat >"$root/tmp/web.yaml" <<CONFIG
cluster: web
node: a
nodes:
  - {name: a, address: 127.0.0.1, droplet_id: 1, priority: 150}
  - {name: b, address: 127.0.0.2, droplet_id: 2, priority: 100}
election: {port: 15977, key_file: /tmp/key}
floating_ip: {provider: digitalocean, address: 203.0.113.10, token_file: /tmp/token, api_url: "http://127.0.0.1:19", metadata_url: "http://127.0.0.1:19", guard: off}
checks:
  - {name: port, tcp: "127.0.0.1:19"}
runtime_dir: /tmp/run
state_dir: /tmp/run
CONFIG
}

# A network of its own with loopback only: a second run beside this one, or somebody's agent, is not disturbed.
# shellcheck disable=SC2317 # check calls it
become() {
    # shellcheck disable=SC2016 # for the shell inside
    exec unshare --mount --net sh -c 'root=$1; shift; ip link set lo up; mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" && exec chroot "$root" "$@"' sh "$root" "${emulator[@]}" "$@"
}

# shellcheck disable=SC2317
inside() { (become "$@"); }

# shellcheck disable=SC2317
makes_a_key() { inside /flipagentctl keygen >"$root/tmp/key" && chmod 0600 "$root/tmp/key" "$root/tmp/token" && [ "$(wc -c <"$root/tmp/key")" -gt 60 ]; }
# shellcheck disable=SC2317
says_its_version() { inside /flipagent --version | grep -qx "$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)"; }
# shellcheck disable=SC2317
checks_a_file() { inside /flipagentctl config check /tmp/web.yaml | grep 'valid; cluster web'; }
# shellcheck disable=SC2317
runs_and_answers() {
    local n status
    become /flipagent --config /tmp/web.yaml &
    agent=$!
    for ((n = 0; n < 100; n++)); do
        # It asks the API, which refuses: 7, the cluster is degraded.
        status=$(inside /flipagentctl --socket /tmp/run/control.sock status 2>&1)
        if [ $? -eq 7 ] && [[ $status == *'127.0.0.1: connection refused'* ]]; then break; fi
        sleep 0.2
    done
    kill -TERM "$agent"
    wait "$agent"
    local code=$?
    agent=
    echo "ended with $code after $n looks; the last said: $status"
    [ "$n" -lt 100 ] && [ "$code" -eq 0 ]
}
# shellcheck disable=SC2317
says_what_is_missing() {
    local said code
    find "$root" -name 'libssl.so*' -delete
    said=$(inside /flipagentctl keygen 2>&1)
    code=$?
    echo "$code: $said"
    [ "$code" -eq 1 ] && [ "$said" = 'flipagentctl: no OpenSSL on this machine: expected libssl.so.3 or libssl.so.1.1 (package libssl3t64, libssl3 or libssl1.1)' ] || return
    said=$(inside /flipagent --config /tmp/web.yaml 2>&1)
    code=$?
    echo "$code: $said"
    [ "$code" -eq 1 ] && [[ $said == *'no OpenSSL on this machine: '* ]] && [ "$(wc -l <<<"$said")" -eq 1 ]
}

# on SUITE ARCHITECTURE PACKAGE...
on() {
    local where="$1 $2" deb
    if ! make_root "$@" 2>"$scratch/why"; then
        skip "$where" "$(head -n 1 "$scratch/why")"
        return
    fi
    check "$where: version" says_its_version
    check "$where: a key" makes_a_key
    check "$where: configuration check" checks_a_file
    check "$where: an agent and its status" runs_and_answers
    check "$where: no OpenSSL is one sentence" says_what_is_missing
    deb=$(find out -maxdepth 1 -name "flipagent_*_$2.deb" | sort -V | tail -n 1)
    [ -z "$deb" ] || check "$where: the release has what the package depends on" deploy/apt/unpack.sh "$1" "$2" - "$deb"
}

# shellcheck disable=SC2317
says_there_is_no_mirror() {
    local said code
    said=$(FLIPAGENT_SYSROOTS=$scratch/none FLIPAGENT_MIRROR=http://127.0.0.1:9/debian deploy/apt/sysroot.sh "$own" 2>&1)
    code=$?
    echo "$code: $said"
    [ "$code" -eq 1 ] && [ "$(wc -l <<<"$said")" -eq 1 ] && [[ $said == "no packages of Debian bullseye ($own): "* ]]
}
check 'no mirror is one line' says_there_is_no_mirror

# The folder of the C library cannot be made: said in one line, and before anything is fetched.
# shellcheck disable=SC2317
says_where_it_cannot_write() {
    local said code
    said=$(FLIPAGENT_SYSROOTS=/proc/none FLIPAGENT_MIRROR=http://127.0.0.1:9/debian deploy/apt/sysroot.sh "$own" 2>&1)
    code=$?
    echo "$code: $said"
    [ "$code" -eq 1 ] && [ "$said" = "no packages of Debian bullseye ($own): cannot write /proc/none/bullseye-$own" ]
}
check 'a folder that cannot be made is one line' says_where_it_cannot_write

# Kernel/ProgramImage.cs keeps it in memory, and only while the functions are in the order that deploy/apt/method-order.gz says.
# shellcheck disable=SC2317
lays_out_what_is_urgent() {
    local begin end
    begin=$(llvm-nm "out/$own/flipagent.dbg" | sed -n 's/^\([0-9a-f]*\) t .*ProgramImage__UrgentBegins$/\1/p')
    end=$(llvm-nm "out/$own/flipagent.dbg" | sed -n 's/^\([0-9a-f]*\) t .*ProgramImage__UrgentEnds$/\1/p')
    echo "from ${begin:?} to ${end:?}: $((0x$end - 0x$begin)) bytes"
    [ $((0x$end - 0x$begin)) -gt 1000000 ] && [ $((0x$end - 0x$begin)) -lt $((8 * 1024 * 1024)) ]
}
check 'what a failover runs lies together' lays_out_what_is_urgent

# Without that C library the program is linked against this machine's own, and make publish says so. What would compile is a stand-in: only its command line counts.
# shellcheck disable=SC2317
links_against_its_own() {
    local said clone=$scratch/clone
    mkdir -p "$clone/bin" && git archive HEAD deploy src/FlipAgent/FlipAgent.csproj | tar -x -C "$clone" || return
    # shellcheck disable=SC2016 # for the shell inside
    printf '#!/bin/sh\necho "dotnet $*"\n[ "$1" = publish ] || exit 0\nwhile [ "$1" != -o ]; do shift; done\ntouch "$2/flipagent"\n' >"$clone/bin/dotnet"
    chmod +x "$clone/bin/dotnet"
    said=$(PATH=$clone/bin:$PATH FLIPAGENT_SYSROOTS=$scratch/none FLIPAGENT_MIRROR=http://127.0.0.1:9/debian "$clone/deploy/apt/publish.sh" "$own" 2>&1) || { echo "$said"; return 1; }
    echo "$said"
    [[ $said == *"linking against this machine's own C library instead"* && $said == *'dotnet publish '* && $said != *SysRoot* ]]
}
check 'no mirror: the C library of this machine' links_against_its_own
if [ "$(id -u)" -ne 0 ]; then
    skip 'roots of other releases' 'only root may chroot'
else
    on bullseye "$own" libc6 libssl1.1
    on trixie "$own" libc6 libssl3t64 libzstd1 zlib1g
    if [ "$own" = amd64 ]; then
        if ! make publish ARCH=arm64 >"$scratch/publish" 2>&1; then
            skip 'arm64' "$(tail -n 1 "$scratch/publish")"
        elif ! deploy/apt/need.sh qemu-user-static; then
            skip 'arm64' 'no qemu-user-static'
        else
            # Named as the program that runs: binfmt_misc is the whole machine's and is left alone.
            emulator=(/qemu-aarch64-static)
            on bullseye arm64 libc6 libssl1.1
        fi
    fi
fi
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
