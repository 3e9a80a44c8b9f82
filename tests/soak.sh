# shellcheck shell=bash
# The long forms, read by run.sh: a hundred thousand simulated lives; each reader half an hour with changed files (FUZZ_SECONDS), by a new seed; a healthy pair, a starved pair and a lossy network for ten minutes each; a minute of a healthy pair of 1.0.0 and of one of today, in turn, three times;
# ten failovers under a flood beside ten quiet ones, once from any port and once forged.
sweep() { make sim SEEDS=100000 && echo '1 passed, 0 failed'; }
long() { FLIPAGENT_SOAK=1 test_project tests/e2e --logger 'console;verbosity=detailed' --filter "FullyQualifiedName~$1" "${@:2}"; }

steady() { tests/first-release.sh && long SteadyStateTests "$@"; }

fuzz() { FUZZ_SECONDS=${FUZZ_SECONDS:-1800} FUZZ_SEED=${FUZZ_SEED:-$(date +%s)} test_project tests/FlipAgent.Tests --filter 'FullyQualifiedName~Fuzz.FuzzTests' "$@"; }

part sweep-100000 sweep
tests fuzz fuzz
if [ "$(id -u)" -ne 0 ]; then
    cannot 'healthy-pair, steady-state, cpu-starved, memory, loss, flood' 'they need root'
elif ! need_packages all || ! make publish >out/test/publish.log 2>&1; then
    cannot 'healthy-pair, steady-state, cpu-starved, memory, loss, flood' "packages or the published program are missing (see out/test/publish.log)"
else
    tests healthy-pair long HealthyPairTests
    tests steady-state steady
    tests cpu-starved long F07_
    tests memory long F08_
    tests loss long F23_
    tests flood long F25_A_failover
fi
