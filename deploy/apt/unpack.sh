#!/bin/sh
# unpack.sh SUITE ARCHITECTURE TARGET PACKAGE...: downloads packages of a Debian release and unpacks them into the new folder TARGET; nothing is installed, and
# what this machine has plays no part. They come from the mirror that this machine's apt uses (or FLIPAGENT_MIRROR), signed by Debian's key. Ends with 1
# and one line on standard error when that cannot be done.
#   unpack.sh SUITE ARCHITECTURE - FILE.deb    only asks whether that release has all that the package depends on
set -eu

suite=$1 architecture=$2 target=$3
shift 3
keyring=/usr/share/keyrings/debian-archive-$suite-stable.gpg

fail() {
    echo "no packages of Debian $suite ($architecture): $*" >&2
    exit 1
}

# Before the download: an answer that does not take minutes.
[ "$target" = - ] || { mkdir -p "$(dirname "$target")" && [ -w "$(dirname "$target")" ]; } 2>/dev/null || fail "cannot write $target"
command -v apt-get >/dev/null || fail "this machine has no apt"
[ -r "$keyring" ] || fail "$keyring is missing (package debian-archive-keyring)"
# Security updates come from a mirror that does not have the release itself.
# shellcheck disable=SC2016 # apt's own variable
mirror=${FLIPAGENT_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null | grep -v -m 1 security || true)}
[ -n "$mirror" ] || fail "apt knows no mirror of Debian; name one in FLIPAGENT_MIRROR"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/root"
: >"$work/status"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
own_apt() {
    apt-get -q -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" -o Dir::Etc::sourcelist="$work/sources.list" \
        -o Dir::Etc::sourceparts=- -o Dir::Etc::preferences=- -o Dir::Etc::preferencesparts=- -o Dir::State="$work/state" \
        -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" -o Acquire::Languages=none -o Acquire::Retries=2 \
        -o APT::Update::Error-Mode=any -o APT::Sandbox::User=root "$@"
}
own_apt update >"$work/log" 2>&1 || fail "$(grep -m 1 '^[EW]:' "$work/log" || tail -n 1 "$work/log")"
if [ "$target" = - ]; then
    own_apt --no-install-recommends --simulate install "$(readlink -f "$1")" >"$work/log" 2>&1 || fail "$(sed -n '/unmet\|Depends\|^E:/p' "$work/log" | head -n 5)"
    exit 0
fi
(cd "$work" && own_apt download "$@") >"$work/log" 2>&1 || fail "$(grep -m 1 '^E:' "$work/log" || tail -n 1 "$work/log")"
for deb in "$work"/*.deb; do dpkg-deb -x "$deb" "$work/root"; done
# Absolute links would lead to this machine's own files.
find "$work/root" -type l -lname '/*' | while read -r link; do ln -sfr "$work/root$(readlink "$link")" "$link"; done
mv -T "$work/root" "$target.$$"
# Another build may have been faster.
mv -T "$target.$$" "$target" 2>/dev/null || { rm -rf "$target.$$" && [ -d "$target" ]; } || fail "cannot write $target"
