#!/usr/bin/env bash
# Runs the tests part by part and ends with "N passed, N failed" over all of them.
#   run.sh fast   core, simulator and loopback tests
#   run.sh all    the same, then namespaces, the demo, the package, the booted systems and the ready-made ways in
#   run.sh soak   the long forms
# A part that cannot run here is named with the reason; with CI=true it counts as a failure.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. tests/need.sh
what=${1:-all}
logs=out/test
mkdir -p "$logs"
passed=0 failed=0 skipped=0

# part NAME COMMAND...: runs it, shows what failed, adds up what it says of itself.
part() {
    local name=$1 log=$logs/$1.log began=$SECONDS code p f s
    shift
    printf '== %s\n' "$name"
    "$@" >"$log" 2>&1
    code=$?
    read -r p f s < <(count "$log")
    if [ "$code" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '   %d passed, %d failed, %d skipped in %d s\n' "$p" "$f" "$s" $((SECONDS - began))
    grep -E '^skipped ' "$log" | sed 's/^/   /'
    local -a alone=()
    case $1 in
        test_project) alone=("$1" "$2") ;;
        tests/unit-check.sh) alone=("$1") ;;
    esac
    if [ "$f" -ne 0 ] && [ "${#alone[@]}" -gt 0 ] && second_look "$log" "${alone[@]}"; then
        failed=$((failed - f)) passed=$((passed + f))
        return
    fi
    if [ "$f" -ne 0 ]; then
        grep -E '^\s+(Failed|Error Message|Assert\.|Expected|Actual)|\[FAIL\]|^not ok|: error |FAILED' "$log" | head -60
        printf '   the last lines of %s:\n' "$log"
        tail -n 25 "$log" | sed 's/^/   | /'
    fi
}

# second_look LOG COMMAND...: tests in real time can miss a bound on a busy machine. The few that failed are named and run once more, alone; one
# that fails again has failed.
second_look() {
    local log=$1
    local -a names=()
    shift
    mapfile -t names < <(grep -E '^ +Failed [A-Za-z]' "$log" | sed -E 's/^ +Failed //; s/ \[[^]]*\]$//; s/\(.*$//' | sort -u)
    [ ${#names[@]} -gt 0 ] && [ ${#names[@]} -le 6 ] || return 1
    printf '   run once more, alone: %s\n' "${names[*]}"
    local filter
    filter=$(printf '|FullyQualifiedName~%s' "${names[@]}")
    "$@" --filter "${filter#|}" >"$log.again" 2>&1 || return 1
    printf '   passed on the second run\n'
}

# Adds up the summaries of dotnet test and lines "N passed, N failed[, N skipped]".
count() {
    awk '
        /Failed: +[0-9]+, Passed: +[0-9]+, Skipped: +[0-9]+/ {
            match($0, /Failed: +[0-9]+/);  x = substr($0, RSTART, RLENGTH); gsub(/[^0-9]/, "", x); f += x
            match($0, /Passed: +[0-9]+/);  x = substr($0, RSTART, RLENGTH); gsub(/[^0-9]/, "", x); p += x
            match($0, /Skipped: +[0-9]+/); x = substr($0, RSTART, RLENGTH); gsub(/[^0-9]/, "", x); s += x
        }
        /^[0-9]+ passed, [0-9]+ failed/ { p += $1; f += $3; if ($5 ~ /^[0-9]+$/) s += $5 }
        END { printf "%d %d %d\n", p, f, s }' "$1"
}

# cannot NAME WHY: a part that this machine cannot run.
cannot() {
    printf '== %s\n   not run: %s\n' "$1" "$2"
    if [ "${CI:-}" = true ]; then failed=$((failed + 1)); else skipped=$((skipped + 1)); fi
}

finish() {
    if [ "$skipped" -ne 0 ]; then printf '%d skipped; each is named above or in %s\n' "$skipped" "$logs"; fi
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

# shellcheck disable=SC2317 # part calls it
test_project() { dotnet test --no-build --nologo "$@"; }

need_packages fast
if ! dotnet build -v q >"$logs/build.log" 2>&1; then
    tail -n 30 "$logs/build.log"
    echo '0 passed, 1 failed'
    exit 1
fi

if [ "$what" = soak ]; then
    . tests/soak.sh
    finish
fi
part core test_project tests/FlipAgent.Core.Tests
if [ "$what" = all ]; then
    # Those of the unit check need a booted root and come later (tests/unit-check.sh).
    part loopback test_project tests/FlipAgent.Tests --filter 'FullyQualifiedName!~UnitCheckSystemTests'
else
    part loopback test_project tests/FlipAgent.Tests
fi
if [ "$what" = all ]; then
    . tests/slow.sh
fi
finish
