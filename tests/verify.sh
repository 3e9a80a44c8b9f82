#!/usr/bin/env bash
# make verify: what a machine can say about the sources. Each part prints what is wrong; the last line counts.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. tests/need.sh
need_packages all || exit 1
failed=0 passed=0
check() {
    local name=$1
    shift
    if "$@" >out/verify.log 2>&1; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        printf '%s:\n' "$name"
        tail -n 30 out/verify.log
    fi
}

# Every relative link of a Markdown file leads somewhere.
links() {
    local file target bad=0
    while IFS= read -r file; do
        while IFS= read -r target; do
            target=${target%%#*}
            [ -z "$target" ] && continue
            [ -e "$(dirname "$file")/$target" ] || { echo "$file: $target does not exist"; bad=1; }
        done < <(grep -oE '\]\([^) ]+\)' "$file" | sed 's/^](//; s/)$//' | grep -vE '^(https?|mailto):')
    done < <(git ls-files '*.md')
    return $bad
}

# Not what people have beside their keepalived.conf, as the import finds it.
scripts() { git ls-files -z -- ':!tests/FlipAgent.Tests/keepalived' | xargs -0 grep -lE '^#!(/bin/sh|/usr/bin/env bash|/bin/bash)' | xargs shellcheck -x -P SCRIPTDIR; }

mkdir -p out
check 'analyzers (warnings are errors)' dotnet build -v q --no-incremental
check 'format' dotnet format FlipAgent.sln --verify-no-changes --no-restore
check 'links' links
check 'shellcheck' scripts
check 'package' make deb
check 'lintian' lintian --fail-on error,warning out/flipagent_*_amd64.deb
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
