#!/bin/sh
# make demo: the reference cluster on this machine, from a fresh clone. Installs HAProxy and Apache where they are missing and this is root; otherwise
# names the one command that does and ends with 1. Builds the agent and the lab, and hands over to `flipagent-lab demo`.
#   ROUNDS=n      how often HAProxy is killed to measure the speed (default 10)
#   PROVIDER=p    the cloud that is played: digitalocean (default), hetzner, or exec
#   FLIPAGENT=p   an agent that is built already (default: make publish, out/flipagent)
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
export PATH

missing=
command -v haproxy >/dev/null || missing="$missing haproxy"
command -v apache2 >/dev/null || missing="$missing apache2"
[ "${PROVIDER:-}" != exec ] || command -v curl >/dev/null || missing="$missing curl"
if [ -n "$missing" ]; then
  if [ "$(id -u)" -ne 0 ]; then
    echo "The demonstration runs real HAProxy and real Apache. This installs what is missing:" >&2
    echo "  sudo apt-get install -y --no-install-recommends$missing" >&2
    exit 1
  fi
  echo "Installing$missing"
  apt-get update -q
  # shellcheck disable=SC2086 # one word for each package
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
fi

if [ -z "${FLIPAGENT:-}" ]; then
  make publish
  FLIPAGENT=out/flipagent
fi
dotnet build -v q -nologo -c Release tests/FlipAgent.Lab
exec dotnet tests/FlipAgent.Lab/bin/Release/net10.0/flipagent-lab.dll demo --agent "$FLIPAGENT" --provider "${PROVIDER:-digitalocean}" --rounds "${ROUNDS:-10}"
