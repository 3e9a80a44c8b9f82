# shellcheck shell=bash
# The parts of `make test` that need root, namespaces or a booted system. Read by run.sh, which defines part and cannot.
demo() { ROUNDS=3 tests/demo.sh && echo '1 passed, 0 failed'; }
package() { make apt-repo && echo '1 passed, 0 failed'; }

if ! need_packages all; then
    cannot 'demo, namespaces, package, unit-check, system' 'the packages above are missing'
else
    part demo demo
    if [ "$(id -u)" -ne 0 ]; then
        cannot 'namespaces, package, unit-check, system' 'they need root'
    else
        part unit-check tests/unit-check.sh
        part namespaces test_project tests/e2e
        part package package
        # Open: these have not passed from end to end yet (cold standby, upgrade and journald trouble on a booted system; `make test-open` runs them).
        part system test_project tests/system --filter 'FullyQualifiedName!~AgentProcess&FullyQualifiedName!~ColdStandby'
    fi
fi
