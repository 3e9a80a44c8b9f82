# shellcheck shell=bash
# What the tests need from Debian: installed when root asks, otherwise named in one command.

# need_packages PART: makes sure of the programs of that part.
need_packages() {
    local -a missing=()
    want() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing+=("$2"); }
    want haproxy haproxy
    want apache2 apache2
    want curl curl
    want setpriv util-linux
    if [ "$1" = all ]; then
        want keepalived keepalived
        want nft nftables
        want ip iproute2
        want debootstrap debootstrap
        want systemd-nspawn systemd-container
        want shellcheck shellcheck
        want lintian lintian
        want dh debhelper
        want apt-ftparchive apt-utils
        want gpg gnupg
    fi
    [ ${#missing[@]} -eq 0 ] && return 0
    if [ "$(id -u)" -ne 0 ]; then
        printf 'missing, some tests cannot run: apt-get install %s\n' "${missing[*]}" >&2
        return 1
    fi
    printf '== installing %s\n' "${missing[*]}"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
