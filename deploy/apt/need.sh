#!/bin/sh
# need.sh PACKAGE...: installs the Debian packages that are missing when we are root; otherwise prints the one command that does, and fails.
set -eu

missing=
for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" -ne 0 ]; then
    echo "missing packages; run as root: $install" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of words on purpose
$install -qq >/dev/null 2>&1 || { apt-get update -qq && $install -qq >/dev/null; }
