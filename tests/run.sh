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
passed=0 failed=0 skipped=0 again=0 failed_here=0
what_failed=()

# part [--real-time] NAME COMMAND...: runs it and adds up its lines "N passed, N failed[, N skipped]". A part that as a whole is of the category RealTime
# gets a second try, as such a test does.
part() {
    local tries=1 name log began=$SECONDS code
    if [ "$1" = --real-time ]; then tries=2 && shift; fi
    name=$1 log=$logs/$1.log
    shift
    printf '== %s\n' "$name"
    "$@" >"$log" 2>&1
    code=$?
    if [ "$code" -ne 0 ] && [ "$tries" -eq 2 ]; then
        printf '   failed %s: %s\n' "$name" "$(why "$log")"
        mv "$log" "${log%.log}.first.log"
        "$@" >"$log" 2>&1
        code=$?
        if [ "$code" -eq 0 ]; then printf '   second try: passed %s\n' "$name" && again=$((again + 1)); fi
    fi
    # shellcheck disable=SC2046 # three numbers
    add "$code" "$began" $(awk '/^[0-9]+ passed, [0-9]+ failed/ { p += $1; f += $3; if ($5 ~ /^[0-9]+$/) s += $5 } END { print p + 0, f + 0, s + 0 }' "$log")
    grep -E '^skipped ' "$log" | sed 's/^/   /'
    if [ "$failed_here" -ne 0 ]; then
        what_failed+=("$name: $failed_here failed: $(why "$log")")
        last_lines "$log"
    fi
}

# why LOG: what a part that is no `dotnet test` says of its failures, in one line.
why() {
    { grep -E -A 3 '^(not ok|FAILED)' "$1" || tail -n 4 "$1"; } | tr -s ' \t\n' ' ' | cut -c 1-350
}

# tests NAME COMMAND...: runs the command, which runs `dotnet test` with the arguments that are added to it, and reads what came of each test (trx).
# A test of the category RealTime (docs/testing.md) that failed is run a second time, alone. Both results are shown; the second one counts, and that
# it was the second.
tests() {
    printf '== %s\n' "$1"
    try "$@"
    judge "$@"
}

# try NAME COMMAND...: the first run. Its log, trx file, exit code and seconds are left in files, so that it may run beside another part.
try() {
    local trx=$PWD/$logs/$1.trx name=$1 began=$SECONDS
    shift
    rm -f "$trx" "${trx%.trx}.again.trx"
    "$@" --logger "trx;LogFileName=$trx" >"$logs/$name.log" 2>&1
    printf '%s %s\n' $? $((SECONDS - began)) >"$logs/$name.end"
}

# judge NAME COMMAND...: what came of the first run, and the second one where there has to be one.
judge() {
    local name=$1 log=$logs/$1.log trx=$PWD/$logs/$1.trx code=1 took=0 began
    local -a names=() why=()
    shift
    read -r code took <"$logs/$name.end"
    began=$((SECONDS - took))
    mapfile -t names < <(trx_failed "$trx" names | sort -u)
    mapfile -t why < <(trx_failed "$trx")
    if [ ${#why[@]} -gt 0 ]; then printf '   %s\n' "${why[@]}"; fi
    if [ ${#names[@]} -gt 0 ] && [ ${#names[@]} -le 4 ] && second_try "$name" "${names[*]}" "$@"; then
        again=$((again + ${#names[@]}))
        add 0 "$began" "$(($(trx_count "$trx" passed) + ${#names[@]}))" 0 "$(trx_count "$trx" skipped)"
        return
    fi
    add "$code" "$began" "$(trx_count "$trx" passed)" "$(trx_count "$trx" failed)" "$(trx_count "$trx" skipped)"
    if [ "$failed_here" -ne 0 ]; then
        if [ ${#why[@]} -eq 0 ]; then why=('ended without a result of each test'); fi
        what_failed+=("${why[@]/#/$name: }")
        last_lines "$log"
    fi
}

# second_try NAME TESTS COMMAND...: true when all of them are real-time tests and pass now.
second_try() {
    local trx=$PWD/$logs/$1.again.trx log=$logs/$1.again.log filter
    # shellcheck disable=SC2086 # one word for each name
    filter=$(printf '|FullyQualifiedName=%s' $2)
    local wanted=$2
    shift 2
    "$@" --filter "Category=RealTime&(${filter#|})" --logger "trx;LogFileName=$trx" >"$log" 2>&1
    trx_failed "$trx" | sed 's/^/   /'
    # shellcheck disable=SC2086 # one word for each name
    [ "$(trx_count "$trx" failed)" -eq 0 ] && [ "$(trx_failed "$trx" ran | sort -u | wc -l)" -eq "$(printf '%s\n' $wanted | wc -l)" ] || return 1
    # shellcheck disable=SC2086
    printf '   second try, alone: passed %s\n' $wanted
}

# add CODE BEGAN PASSED FAILED SKIPPED: one part is over.
add() {
    failed_here=$4
    if [ "$1" -ne 0 ] && [ "$4" -eq 0 ]; then failed_here=1; fi
    passed=$((passed + $3)) failed=$((failed + failed_here)) skipped=$((skipped + $5))
    printf '   %d passed, %d failed, %d skipped in %d s\n' "$3" "$failed_here" "$5" $((SECONDS - $2))
}

last_lines() {
    printf '   the last lines of %s:\n' "$1"
    tail -n 25 "$1" | cut -c 1-400 | sed 's/^/   | /'
}

# trx_count FILE passed|failed|skipped; 0 without a file.
trx_count() {
    [ -f "$1" ] || { echo 0; return; }
    awk -v RS='<' -v what="$2" '
        function field(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : 0 }
        /^Counters / { n = what == "skipped" ? field("total") - field("executed") : what == "failed" ? field("executed") - field("passed") : field("passed") }
        END { print n + 0 }' "$1"
}

# trx_failed FILE [names|ran]: what failed and why, a line each; only the full names of the failed ones; the full names of all that ran.
trx_failed() {
    [ -f "$1" ] || return 0
    awk -v RS='<' -v what="${2:-}" '
        function field(name) { return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : "" }
        /^UnitTestResult / {
            name = field("testName"); bad = field("outcome") == "Failed"; full = name; sub(/\(.*/, "", full)
            if (what == "ran" && field("outcome") != "NotExecuted" || what == "names" && bad) print full
        }
        /^Message>/ && bad && what == "" { sub(/^Message>/, ""); gsub(/[ \t\r]*\n[ \t]*/, " "); printf "failed %s: %s\n", name, $0; bad = 0 }' "$1"
}

# cannot NAME WHY: a part that this machine cannot run.
cannot() {
    printf '== %s\n   not run: %s\n' "$1" "$2"
    if [ "${CI:-}" = true ]; then failed=$((failed + 1)) && what_failed+=("$1: not run, $2"); else skipped=$((skipped + 1)); fi
}

# What failed comes right before the sum, for the end of a long log is what a reader has at hand.
finish() {
    if [ ${#what_failed[@]} -ne 0 ]; then
        printf '== what failed\n'
        printf '   %s\n' "${what_failed[@]}" | cut -c 1-400 | head -n 40
    fi
    if [ "$skipped" -ne 0 ]; then printf '%d skipped; each is named above or in %s\n' "$skipped" "$logs"; fi
    if [ "$again" -ne 0 ]; then printf '%d failed at first and passed at a second try; each is named above\n' "$again"; fi
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

# test_project PROJECT [--filter EXPRESSION]... ARGUMENT...: what all of the filters let through; dotnet test takes one only, and a second try adds one.
# shellcheck disable=SC2317 # tests calls it
test_project() {
    local filter=
    local -a others=()
    while [ $# -gt 0 ]; do
        if [ "$1" = --filter ]; then filter+="${filter:+&}($2)" && shift; else others+=("$1"); fi
        shift
    done
    dotnet test --no-build --nologo "${others[@]}" ${filter:+--filter "$filter"}
}

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
tests core test_project tests/FlipAgent.Core.Tests
if [ "$what" = all ]; then
    # Those of the unit check need a booted root and come later (tests/unit-check.sh).
    tests loopback test_project tests/FlipAgent.Tests --filter 'FullyQualifiedName!~UnitCheckSystemTests&Category!=Browser'
else
    tests loopback test_project tests/FlipAgent.Tests --filter 'Category!=Browser'
fi
if [ "$what" = all ]; then
    . tests/slow.sh
fi
finish
