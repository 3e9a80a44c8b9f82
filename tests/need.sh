# shellcheck shell=bash
# What the tests need from Debian: installed when root asks, otherwise named in one command.

# need_packages PART: makes sure of the programs of that part.
need_packages() {
    local -a missing=()
    want() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing+=("$2"); }
    want haproxy haproxy
    want apache2 apache2
    want curl curl
    want etcd etcd-server
    want etcdctl etcd-client
    want fish fish
    want promtool prometheus
    want zsh zsh
    want setpriv util-linux
    if [ "$1" = page ]; then want chromium chromium; fi
    if [ "$1" = all ]; then
        want clang clang
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
    if [ "$1" = ways ]; then
        want ansible-playbook ansible-core
        want apt-ftparchive apt-utils
        want debootstrap debootstrap
        want ip iproute2
        want ruby ruby
        want ssh openssh-client
        want systemd-nspawn systemd-container
        want vagrant vagrant
        want yamllint yamllint
        # What cloud-init imports: it is unpacked for its schema, not installed.
        /usr/bin/python3 -c 'import configobj, jinja2, jsonpatch, jsonschema, netifaces, oauthlib, requests, serial, yaml' 2>/dev/null ||
            missing+=(python3-configobj python3-jinja2 python3-jsonpatch python3-jsonschema python3-netifaces python3-oauthlib python3-requests python3-serial python3-yaml)
    fi
    [ ${#missing[@]} -eq 0 ] && return 0
    printf '== some tests need %s\n' "${missing[*]}"
    deploy/apt/need.sh "${missing[@]}"
}
