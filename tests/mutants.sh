#!/bin/bash
# Mutation testing of the core: breaks the code in one place after the other and sees whether a test notices (docs/mutation.md).
# dotnet-stryker makes the mutants, all in one assembly with a switch; tests/FlipAgent.Mutants tries them.
#   MUTATE='ClaimRules.cs RoleRules.cs'   only the mutants of these files
#   SIM_SEEDS=n                           how many seeds of the simulator each mutant must survive (default 12)
#   GO_ON=1                               go on with a run that was stopped: the same mutants, without those that have their verdict
set -euo pipefail
cd "$(dirname "$0")/.."
export SIM_SEEDS="${SIM_SEEDS:-12}"
# A busy machine may need longer than the tool's 90 s to answer.
export VSTEST_CONNECTION_TIMEOUT="${VSTEST_CONNECTION_TIMEOUT:-600}"
out="$PWD/out/mutants"
dotnet build -v q -c Release tests/FlipAgent.Mutants

# The tool puts the original assembly back when it is done, so the mutated one is taken while it tries the handful of tests that it was given.
make_mutants() {
    local log="$out/stryker.log" bin=tests/FlipAgent.Core.Tests/bin/Release/net10.0 tool
    (cd tests/FlipAgent.Core.Tests && exec dotnet stryker --config-file stryker-config.json --output "$out/stryker") >"$log" 2>&1 &
    tool=$!
    until grep -q 'total mutants will be tested' "$log"; do
        if ! kill -0 "$tool" 2>/dev/null; then tail -n 20 "$log"; return 1; fi
        sleep 0.2
    done
    cp -r "$bin" "$out/bin"
    wait "$tool"
    if cmp -s "$out/bin/FlipAgent.Core.dll" "$out/bin/FlipAgent.Core.dll.stryker-unchanged"; then
        echo 'the mutated assembly was not there to be copied: run it again'
        return 1
    fi
}
if [ -z "${GO_ON:-}" ]; then
    rm -rf "$out"
    mkdir -p "$out"
    dotnet tool restore
    make_mutants
elif [ ! -f "$out/stryker/reports/mutation-report.json" ]; then
    echo "there is no run to go on with: $out has no mutants" >&2
    exit 1
fi

# shellcheck disable=SC2086 # one word for each file
tests/FlipAgent.Mutants/bin/Release/net10.0/flipagent-mutants try "$out/bin" "$out/stryker/reports/mutation-report.json" "$out/mutants.tsv" ${MUTATE:-}

# Score: what was noticed, of all mutants. A hang and a crash are noticed too.
awk -F '\t' '
    { all[$1]++; n++; if ($3 == "survived") left[$1]++; else if ($3 != "killed") other[$1]++ }
    END {
        print "| file | mutants | noticed | by a hang or a crash | survived | score |\n|---|---|---|---|---|---|"
        for (f in all) printf "| `%s` | %d | %d | %d | %d | %.1f %% |\n", f, all[f], all[f] - left[f], other[f], left[f], 100 * (all[f] - left[f]) / all[f] | "sort"
        close("sort")
        for (f in left) l += left[f]
        printf "| together | %d | %d | | %d | %.1f %% |\n", n, n - l, l, 100 * (n - l) / n
    }' "$out/mutants.tsv" | tee "$out/score.md"
