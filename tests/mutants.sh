#!/bin/bash
# Mutation testing of the core: breaks the code in one place after the other and sees whether a test notices (docs/mutation.md). In parts, so that a run
# that is interrupted has something to show; a part that has a report already is not run again (rm -r out/mutants begins anew).
#   MUTATE='**/Election.Claim.cs'   these files only, as a part of their own that is always run
#   SIM_SEEDS=n                     how many seeds of the simulator each mutant must survive (default 40)
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet tool restore
export SIM_SEEDS="${SIM_SEEDS:-40}"
# A busy machine may need longer than the tool's 90 s to answer.
export VSTEST_CONNECTION_TIMEOUT="${VSTEST_CONNECTION_TIMEOUT:-600}"
out="$PWD/out/mutants"
mkdir -p "$out"

# part NAME FILE...
part() {
    local name=$1 file
    local -a arguments=(--config-file stryker-config.json --output "$out/$name")
    shift
    [ "$name" = some ] || [ ! -s "$out/$name/reports/mutation-report.md" ] || return 0
    for file in "$@"; do arguments+=(--mutate "$file"); done
    printf '== %s: %s\n' "$name" "$*"
    (cd tests/FlipAgent.Core.Tests && dotnet stryker "${arguments[@]}" >"$out/$name.log" 2>&1) || { tail -n 20 "$out/$name.log"; return 1; }
}

# Adds up the tables of the parts: score is what was noticed, of all mutants that a test could notice.
total() {
    awk -F '|' '
        /^\| [A-Za-z.]+\.cs / && $3 !~ /N/ {
            gsub(/ /, "", $2); noticed = $4 + $6; all = noticed + $5 + $7; n += noticed; a += all
            printf "| `%s` | %.1f %% | %d | %d | %d | %d |\n", $2, 100 * noticed / all, $4, $6, $5, $7
        }
        END { if (a) printf "| together | %.1f %% | %d of %d noticed | | | |\n", 100 * n / a, n, a }' "$@"
}

if [ -n "${MUTATE:-}" ]; then
    # shellcheck disable=SC2086 # one word for each pattern
    part some $MUTATE
    total "$out/some/reports/mutation-report.md"
    exit
fi
part roles '**/Election.Roles.cs' '**/Election.Silence.cs'
part claim '**/Election.Claim.cs' '**/Election.Cloud.cs'
part hearing '**/Election.Hearing.cs' '**/Election.Lifecycle.cs'
part rest '**/Election.cs' '**/Election.Adverts.cs' '**/Election.Commands.cs' '**/Election.Fitness.cs' '**/ElectionState.cs' '**/Remembered.cs' '**/RiseFall.cs'
part wire '**/Advert*.cs' '**/ClusterSettings.cs' '**/DecodeResult.cs' '**/KeyRing.cs' '**/NodeId.cs' '**/WireWriter.cs'
printf '| file | score | killed | timed out | survived | not covered |\n|---|---|---|---|---|---|\n'
total "$out"/{roles,claim,hearing,rest,wire}/reports/mutation-report.md
