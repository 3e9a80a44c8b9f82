#!/usr/bin/env bash
# Builds 1.0.0 from this repository's history for the tests of two versions (tests/e2e/VersionTests.cs): out/1.0.0/flipagent. A second run finds it there.
# One self-contained file as `make publish` makes it, but neither trimmed nor compiled ahead, and without the analyzers: that takes several times
# as long and changes nothing in what the agent sends, stores and does.
set -euo pipefail
cd "$(dirname "$0")/.."
commit=9af6b7774cf6e9bc1d3242b01cd05399aec91bb7
out=out/1.0.0
if [ "$(cat "$out/commit" 2>/dev/null)" = "$commit" ]; then
    echo "$out/flipagent is there"
    exit 0
fi
if ! git cat-file -e "$commit^{commit}" 2>/dev/null; then
    echo "1.0.0 cannot be built for the tests of two versions: this clone does not have its commit $commit." >&2
    echo 'It is shallow, or no git clone at all. Fetch the whole history (git fetch --unshallow) and run the tests again.' >&2
    exit 1
fi
mkdir -p out
work=$(mktemp -d "$PWD/out/1.0.0.XXXXXX")
trap 'rm -rf "$work"' EXIT
git archive "$commit" | tar -x -C "$work"
dotnet publish "$work/src/FlipAgent" -c Release -r linux-x64 --self-contained -v quiet --nologo -o "$work/out" \
    -p:PublishSingleFile=true -p:RunAnalyzers=false -p:DebugType=none -p:PublishDocumentationFiles=false
rm -rf "$out"
mkdir "$out"
mv "$work/out/flipagent" "$out/flipagent"
ln -s flipagent "$out/flipagentctl"
echo "$commit" >"$out/commit"
