# shellcheck shell=bash
# The long forms, read by run.sh: a hundred thousand simulated lives; each reader half an hour with changed files (FUZZ_SECONDS), by a new seed; a healthy pair, a starved pair and a lossy network for ten minutes each; 200 pauses of a machine; a minute of a healthy pair of 1.0.0 and of one of today, in turn, three times;
# ten failovers under a flood beside ten quiet ones, once from any port and once forged; an hour of TLS connections, for the memory; the package on each release, and from
# 1.0.1 to today's and back on a live pair.
sweep() { make sim SEEDS=100000 && echo '1 passed, 0 failed'; }
long() { FLIPAGENT_SOAK=1 test_project tests/e2e --logger 'console;verbosity=detailed' --filter "FullyQualifiedName~$1" "${@:2}"; }
booted() { test_project tests/system --logger 'console;verbosity=detailed' --filter "FullyQualifiedName~SystemTests.Soak.$1" "${@:2}"; }

steady() { tests/first-release.sh && long SteadyStateTests "$@"; }

fuzz() { FUZZ_SECONDS=${FUZZ_SECONDS:-1800} FUZZ_SEED=${FUZZ_SEED:-$(date +%s)} test_project tests/FlipAgent.Tests --filter 'FullyQualifiedName~Fuzz.FuzzTests' "$@"; }
earlier_package() { tests/earlier-package.sh && echo '1 passed, 0 failed'; }

part sweep-100000 sweep
tests fuzz fuzz
if [ "$(id -u)" -ne 0 ]; then
    cannot 'healthy-pair, steady-state, cpu-starved, memory, loss, pauses, flood, tls-memory, releases, upgrade' 'they need root'
elif ! need_packages all || ! make publish >out/test/publish.log 2>&1; then
    cannot 'healthy-pair, steady-state, cpu-starved, memory, loss, pauses, flood, tls-memory, releases, upgrade' "packages or the published program are missing (see out/test/publish.log)"
else
    tests healthy-pair long HealthyPairTests
    tests steady-state steady
    tests cpu-starved long F07_
    tests memory long F08_
    tests loss long F23_
    tests pauses long F03_A_machine
    tests flood long F25_A_failover
    part tls-memory tests/memory.sh 60
    if ! make apt-repo >out/test/deb.log 2>&1; then
        cannot 'releases, upgrade' 'the package was not made (see out/test/deb.log)'
    else
        tests releases booted ReleaseTests
        part earlier-package earlier_package
        tests upgrade booted UpgradeTests
    fi
fi
