#!/usr/bin/env bash
# memory.sh [MINUTES]: how much memory an agent takes while TLS connections come and go: a lone node with two https checks, a new connection each
# second for each, and the stand-in cloud behind https, all on loopback. Prints RSS, PSS and what the process has of its own (kB) each minute, then
# "1 passed" if the last tenth of the time stayed below FLIPAGENT_MOST_KB (RSS, default 40960). Needs out/flipagent (make publish), the built Lab,
# haproxy and openssl; no root. Part of `make soak`, an hour there.
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-60}
most=${FLIPAGENT_MOST_KB:-40960}
program=${FLIPAGENT_PROGRAM:-$PWD/out/flipagent}
lab=tests/FlipAgent.Lab/bin/Debug/net10.0/flipagent-lab.dll
port=${FLIPAGENT_PORT:-15970}
for file in "$program" "$lab"; do
    [ -f "$file" ] || { echo "$file is missing: make publish build" >&2; exit 1; }
done
work=$(mktemp -d /tmp/fa-memory-XXXXXX)
children=()
trap 'kill "${children[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
start() { "$@" >>"$work/log" 2>&1 & children+=($!); }

openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -days 2 \
    -keyout "$work/tls.pem.key" -out "$work/tls.pem" 2>/dev/null
"$program" --version >/dev/null
ln -s "$program" "$work/flipagentctl"
"$work/flipagentctl" keygen >"$work/key"
echo token >"$work/token"
chmod 0600 "$work/key" "$work/token"
cat >"$work/haproxy.cfg" <<CONFIG
defaults
    mode http
    timeout connect 2s
    timeout client 100s
    timeout server 100s
frontend site
    bind 127.0.0.1:$((port + 1)) ssl crt $work/tls.pem
    http-request return status 200 content-type text/plain string ok
frontend cloud
    bind 127.0.0.1:$((port + 2)) ssl crt $work/tls.pem
    default_backend lab
backend lab
    server lab 127.0.0.1:$((port + 3))
CONFIG
cat >"$work/web.yaml" <<CONFIG
cluster: web
node: a
nodes:
  - {name: a, address: 127.0.0.1, droplet_id: 1, priority: 150}
  - {name: b, address: 127.0.0.2, droplet_id: 2, priority: 100}
election: {port: $((port + 4)), key_file: $work/key}
floating_ip: {provider: digitalocean, address: 203.0.113.10, token_file: $work/token, api_url: "https://localhost:$((port + 2))", metadata_url: "http://127.0.0.1:$((port + 3))", guard: off}
checks:
  - {name: site, http: "https://127.0.0.1:$((port + 1))/", tls_verify: false, interval: 1s}
  - {name: other, http: "https://localhost:$((port + 1))/", interval: 1s}
control: {socket: $work/control.sock}
runtime_dir: $work
state_dir: $work
CONFIG
start haproxy -db -f "$work/haproxy.cfg"
start dotnet "$lab" serve --listen "127.0.0.1:$((port + 3))" --token "name,$work/token" --droplet 1,a,127.0.0.1 --droplet 2,b,127.0.0.2 --floating-ip 203.0.113.10,1
sleep 2
# The authority that the program trusts is the certificate itself.
SSL_CERT_FILE=$work/tls.pem "$program" --config "$work/web.yaml" >>"$work/agent.log" 2>&1 &
agent=$!
children+=("$agent")
for ((n = 0; n < 100; n++)); do
    # It ends with 7: no other node could take over.
    status=$("$work/flipagentctl" --socket "$work/control.sock" status 2>/dev/null || true)
    if [[ $status == *'a is master and holds '* ]]; then break; fi
    sleep 0.3
done
if [ "$n" -eq 100 ]; then
    echo 'the agent is not master with the floating IP:' >&2
    echo "$status" >&2
    tail -n 20 "$work/agent.log" "$work/log" >&2
    exit 1
fi
worst=0
echo 'minute RSS PSS private'
for ((minute = 0; minute <= minutes; minute++)); do
    # shellcheck disable=SC2046 # three numbers
    set -- $(awk '/^Rss:/ { r = $2 } /^Pss:/ { p = $2 } /^Private/ { o += $2 } END { print r, p, o }' "/proc/$agent/smaps_rollup")
    echo "$minute $*"
    if [ -n "${FLIPAGENT_SMAPS:-}" ]; then cp "/proc/$agent/smaps" "$FLIPAGENT_SMAPS.$minute"; fi
    if [ $((minute * 10)) -ge $((minutes * 9)) ] && [ "$1" -gt "$worst" ]; then worst=$1; fi
    [ "$minute" -eq "$minutes" ] || sleep "${FLIPAGENT_PAUSE:-60}"
done
"$work/flipagentctl" --socket "$work/control.sock" status || true
if [ "$worst" -le "$most" ]; then echo '1 passed, 0 failed'; else
    echo "RSS was up to $worst kB at the end, expected at most $most"
    echo '0 passed, 1 failed'
    exit 1
fi
