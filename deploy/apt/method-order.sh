#!/usr/bin/env bash
# method-order.sh: writes deploy/apt/method-order.gz, the functions that an agent and the client really call. `make publish` lays them out in that order, so that those which an
# agent calls again and again lie side by side on few pages: first what an agent calls as it runs idle and in a failover, then what its readers and a reload make it call, then what it calls as
# it starts, then the client. A name that is not there any more does no harm, and a new function is laid behind the others: make it anew (`make method-order`) when the
# program has changed a lot. Takes five minutes.
#
# A pair runs against the stand-in cloud with a real HAProxy, with checks of each kind, TLS, an exec program and a webhook; method-order.py sees what is called.
set -euo pipefail
cd "$(dirname "$0")/../.."
deploy/apt/need.sh python3 binutils openssl haproxy curl
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

# calls NAME SECONDS PID|PROGRAM...: what it calls meanwhile, in a list of that name.
calls() {
    local list=$1
    shift
    deploy/apt/method-order.py "$program.dbg" "$@" 2>>"$work/log" | grep -aE '^[A-Za-z_<][^ ]*$' >"$work/$list.calls"
}

ctl() { "$work/flipagentctl" --socket "$work/$1/socket" "${@:2}" >/dev/null 2>&1 || true; }

ln -s "$PWD/$program" "$work/flipagent"
ln -s "$PWD/$program" "$work/flipagentctl"
"$work/flipagentctl" keygen >"$work/key"
echo token >"$work/token"
chmod 0600 "$work/key" "$work/token"
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -days 2 -keyout "$work/tls.pem.key" -out "$work/tls.pem" 2>/dev/null
cat >"$work/haproxy.cfg" <<CONFIG
global
    stats socket $work/stats
defaults
    mode http
    timeout connect 2s
    timeout client 100s
    timeout server 100s
frontend site
    bind 127.0.0.1:15974
    bind 127.0.0.1:15979 ssl crt $work/tls.pem
    http-request return status 200 content-type text/plain string ok
CONFIG
start haproxy -db -f "$work/haproxy.cfg" -p "$work/haproxy.pid"
echo "${children[-1]}" >"$work/haproxy.pid"
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
  - {name: process, process: {pid_file: $work/haproxy.pid}}
  - {name: page, http: "http://127.0.0.1:15974/"}
  - {name: tls, http: "https://localhost:15979/"}
  - {name: unverified, http: "https://127.0.0.1:15979/", tls_verify: false}
  - {name: port, tcp: "127.0.0.1:15974"}
  - {name: haproxy, haproxy: {socket: $work/stats}}
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
export SSL_CERT_FILE=$work/tls.pem
start "$work/flipagent" --config "$work/a.yaml"
a=${children[-1]}
start "$work/flipagent" --config "$work/b.yaml"
b=${children[-1]}
for ((n = 0; n < 60; n++)); do
    if "$work/flipagentctl" --socket "$work/a/socket" status 2>/dev/null | grep -q '^b .* backup'; then break; fi
    sleep 1
done
sleep 20
# Longer than a collection of old handles is away.
calls 1-master 130 "$a"
calls 2-backup 30 "$b"

calls 6-visited 20 "$a" &
sleep 2
for page in metrics v1/events ''; do curl -s "http://127.0.0.1:15976/$page" >/dev/null || true; done
ctl a status
ctl a events
ctl a check
ctl a reload
wait $!
calls 3-takes-over 20 "$b" &
taking=$!
calls 4-gives-up 20 "$a" &
sleep 2
ctl a release
wait $! "$taking"
kill -TERM "$b"
sleep 2
calls 7-start 20 "$work/flipagent" --config "$work/b.yaml" &
sleep 15
ctl a status
wait $!
b=$(pgrep -f "flipagent --config $work/b.yaml")
children+=("$b")
calls 8-stop 20 "$b" &
sleep 2
kill -TERM "$b"
wait $!
calls 9-client 20 "$work/flipagentctl" --socket "$work/a/socket" status
calls 9-config 20 "$work/flipagentctl" config check "$work/a.yaml"
tail -n 5 "$work/log" >&2
wc -l "$work"/*.calls >&2
# What lies between these two is kept in memory (Kernel/ProgramImage.cs).
echo flipagent_FlipAgent_Kernel_ProgramImage__UrgentBegins >"$work/0-urgent.calls"
echo flipagent_FlipAgent_Kernel_ProgramImage__UrgentEnds >"$work/5-zz.calls"
cat "$work"/*.calls | awk '!seen[$0]++' >"$work/order"
gzip -9 -n -c "$work/order" >deploy/apt/method-order.gz
wc -l <"$work/order"
ls -l deploy/apt/method-order.gz
