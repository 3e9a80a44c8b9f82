#!/usr/bin/env bash
# method-order.sh: writes deploy/apt/method-order.gz, the functions that an agent and the client really run, in the order of their first use. `make publish` lays them
# out in that order, so that they lie on few pages: an idle agent then takes 5 MB less. A name that is not there any more does no harm, and a new
# function is laid behind the others: make it anew (`make method-order`) when the program has changed a lot. Takes some minutes.
#
# The program runs under qemu, which writes down each address that it translates, against the stand-in cloud, with a peer, TLS, status, metrics and a reload.
set -euo pipefail
cd "$(dirname "$0")/../.."
deploy/apt/need.sh qemu-user-static binutils openssl
program=out/amd64/flipagent
if [ ! -f "$program.dbg" ] || [ "$(dpkg --print-architecture)" != amd64 ]; then
    echo "method-order.sh needs $program and its symbols, on amd64: make publish" >&2
    exit 1
fi
dotnet build -v q -nologo -c Release tests/FlipAgent.Lab
work=$(mktemp -d)
children=()
trap 'kill "${children[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT

start() { "$@" >>"$work/log" 2>&1 & children+=($!); }

# In each log the addresses of one run.
traced() { exec qemu-x86_64-static -d in_asm -D "$work/asm.$BASHPID" "$@"; }

ln -s "$PWD/$program" "$work/flipagent"
ln -s "$PWD/$program" "$work/flipagentctl"
"$work/flipagentctl" keygen >"$work/key"
echo token >"$work/token"
chmod 0600 "$work/key" "$work/token"
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 -keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null
start openssl s_server -accept 127.0.0.1:15979 -key "$work/tls.key" -cert "$work/tls.crt" -www -quiet
start dotnet tests/FlipAgent.Lab/bin/Release/net10.0/flipagent-lab.dll serve --listen 127.0.0.1:15978 --token name,"$work/token" \
    --droplet 1,a,127.0.0.1 --droplet 2,b,127.0.0.2 --floating-ip 203.0.113.10,1
configuration() {
    mkdir -p "$work/$1"
    cat <<CONFIG
cluster: web
node: $1
nodes:
  - {name: a, address: 127.0.0.1, droplet_id: 1, priority: 150}
  - {name: b, address: 127.0.0.2, droplet_id: 2, priority: 100}
election: {port: 15977, key_file: $work/key}
floating_ip: {provider: digitalocean, address: 203.0.113.10, token_file: $work/token, api_url: "http://127.0.0.1:15978", metadata_url: "http://127.0.0.1:15978", guard: off}
checks:
  - {name: tls, http: "https://127.0.0.1:15979/", tls_verify: false}
  - {name: port, tcp: "127.0.0.1:15979"}
  - {name: program, exec: [/bin/true]}
  - {name: unit, process: {unit: dbus.service}, weight: -1}
alerts:
  - webhook: {url: "http://127.0.0.1:15978/hook"}
control: {socket: $work/$1/socket, http: "127.0.0.1:$2"}
runtime_dir: $work/$1
state_dir: $work/$1
CONFIG
}
configuration a 15976 >"$work/a.yaml"
configuration b 15975 >"$work/b.yaml"
(traced "$work/flipagentctl" config check "$work/a.yaml")
start "$work/flipagent" --config "$work/b.yaml"
traced "$work/flipagent" --config "$work/a.yaml" >>"$work/log" 2>&1 &
agent=$!
children+=("$agent")
for ((n = 0; n < 120; n++)); do
    if "$work/flipagentctl" --socket "$work/a/socket" status 2>/dev/null | grep -q '^b .* backup'; then break; fi
    sleep 1
done
(traced "$work/flipagentctl" --socket "$work/a/socket" status) || true
(traced "$work/flipagentctl" --socket "$work/a/socket" events) || true
for ((n = 0; n < 3; n++)); do
    curl -s -o /dev/null "http://127.0.0.1:15976/metrics" "http://127.0.0.1:15976/" || true
    "$work/flipagentctl" --socket "$work/a/socket" status >/dev/null || true
    "$work/flipagentctl" --socket "$work/a/socket" reload || true
    sleep 10
done
cp "/proc/$agent/maps" "$work/maps"
"$work/flipagentctl" --socket "$work/a/socket" release || true
sleep 10
kill -TERM "$agent"
wait "$agent" || true
tail -n 5 "$work/log" >&2
deploy/apt/method-order.py "$program.dbg" "$work/maps" "$work"/asm.* >"$work/order"
gzip -9 -n -c "$work/order" >deploy/apt/method-order.gz
wc -l <"$work/order"
ls -l deploy/apt/method-order.gz
