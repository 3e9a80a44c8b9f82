#!/bin/bash
# Mutation testing of the core: breaks the code in one place after the other and sees whether a test notices (docs/mutation.md).
# MUTATE='**/Election.Claim.cs' limits it to some files; SIM_SEEDS is how many seeds of the simulator each mutant must survive.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet tool restore
export SIM_SEEDS="${SIM_SEEDS:-60}"
out="$PWD/out/mutants"
mkdir -p "$out"
cd tests/FlipAgent.Core.Tests
arguments=(--config-file stryker-config.json --output "$out")
for files in ${MUTATE:-}; do
    arguments+=(--mutate "$files")
done
dotnet stryker "${arguments[@]}" "$@"
