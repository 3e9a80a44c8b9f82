#!/bin/sh
# make bench: FlipAgent beside keepalived, in network namespaces with a real HAProxy, in one run of 25 minutes at most. Installs what it lacks as root;
# otherwise names the one command that does and ends with 1. Tables, picture and data go to out/bench.
#   ROUNDS=n      how often each situation is played (default 10; the slow ones a fifth as often)
#   BENCH='a b'   these situations alone, and footprint and growth; the words are those of `flipagent-bench --help`
#   ADVERTS='n m' times between two adverts in ms (default '1000 200')
#   MINUTES=n     no round begins after that time (default 25)
#   FLIPAGENT=p   an agent that is built already (default: make publish, out/flipagent)
#   KEEPALIVED=no FlipAgent alone: with BENCH=killed and ROUNDS=100, how long the first request takes
#   FORMER=p      the agent of another version, measured in the same run
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
export PATH

deploy/apt/need.sh haproxy keepalived nftables iproute2 curl util-linux
if [ -z "${FLIPAGENT:-}" ]; then
  make publish
  FLIPAGENT=out/flipagent
fi
dotnet build -v q -nologo -c Release tests/FlipAgent.Bench
set -- --agent "$FLIPAGENT" --rounds "${ROUNDS:-10}" --minutes "${MINUTES:-25}" --adverts "${ADVERTS:-1000 200}" --only "${BENCH:-}" --keepalived "${KEEPALIVED:-yes}"
if [ -n "${FORMER:-}" ]; then
  set -- "$@" --former "$FORMER"
fi
exec dotnet tests/FlipAgent.Bench/bin/Release/net10.0/flipagent-bench.dll "$@"
