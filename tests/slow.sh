# shellcheck shell=bash
# The parts of `make test` that need root, namespaces or a booted system. Read by run.sh, which defines part, tests and cannot.
demo() { ROUNDS=3 tests/demo.sh && echo '1 passed, 0 failed'; }
first_release() { tests/first-release.sh && echo '1 passed, 0 failed'; }
package() { make apt-repo && echo '1 passed, 0 failed'; }
ways() { need_packages ways && tests/ways.sh; }

if need_packages page; then
    tests page test_project tests/FlipAgent.Tests --filter Category=Browser
else
    cannot page 'chromium is missing'
fi
if ! need_packages all; then
    cannot 'demo, namespaces, clouds, package, native, unit-check, system' 'the packages above are missing'
else
    part --real-time demo demo
    if [ "$(id -u)" -ne 0 ]; then
        cannot 'namespaces, clouds, package, native, unit-check, system' 'they need root'
    else
        tests unit-check tests/unit-check.sh
        part first-release first_release
        part package package
        part native tests/native.sh
        # Two at a time, for they wait most of it: for machines that boot, and for what happens to clusters (docs/testing.md, Time). Those that take minutes are
        # in tests/soak.sh.
        namespaces=(namespaces test_project tests/e2e --filter 'Category!=Soak' --filter 'Category!=Cloud')
        clouds=(clouds test_project tests/e2e --filter 'Category!=Soak' --filter 'Category=Cloud')
        system=(system test_project tests/system --filter 'FullyQualifiedName!~SystemTests.Soak.')
        # With job control, for otherwise a background job and all its children ignore SIGINT.
        set -m
        try "${namespaces[@]}" &
        beside=$!
        set +m
        try "${system[@]}"
        part ways ways
        try "${clouds[@]}"
        wait "$beside"
        printf '== namespaces, beside the others\n'
        judge "${namespaces[@]}"
        printf '== system, beside namespaces\n'
        judge "${system[@]}"
        printf '== clouds, beside namespaces\n'
        judge "${clouds[@]}"
    fi
fi
