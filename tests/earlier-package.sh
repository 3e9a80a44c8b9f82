#!/usr/bin/env bash
# Builds the package of 1.0.1 from this repository's history for the upgrade of a live pair on booted machines (tests/system/UpgradeTests.cs):
# out/1.0.1/flipagent_1.0.1_amd64.deb, by its own `make deb`, so it is what users have. A second run finds it there. Part of `make soak`.
set -euo pipefail
cd "$(dirname "$0")/.."
commit=35da84cf05c9eceb12545db3c35df25a7c62b6b4
out=out/1.0.1
if [ "$(cat "$out/commit" 2>/dev/null)" = "$commit" ]; then
    echo "$out/flipagent_1.0.1_amd64.deb is there"
    exit 0
fi
if ! git cat-file -e "$commit^{commit}" 2>/dev/null; then
    echo "1.0.1 cannot be built for the tests of an upgrade: this clone does not have its commit $commit." >&2
    echo 'It is shallow, or no git clone at all. Fetch the whole history (git fetch --unshallow) and run the tests again.' >&2
    exit 1
fi
mkdir -p out
work=$(mktemp -d "$PWD/out/1.0.1.XXXXXX")
trap 'rm -rf "$work"' EXIT
git archive "$commit" | tar -x -C "$work"
# The analyzers of today have more to say about it than those of its day. Its packages had no known advisory then.
make -C "$work" deb RunAnalyzers=false TreatWarningsAsErrors=false NuGetAudit=false
rm -rf "$out"
mkdir "$out"
mv "$work/out/flipagent_1.0.1_amd64.deb" "$out/"
echo "$commit" >"$out/commit"
