#!/bin/sh
# setup.sh: the steps of deploy/reference/README.md for a machine that has nobody at its keyboard, like a recipe card that is sent along with the
# ingredients. Run as root from the directory that holds the files of deploy/reference; cloud-init, Vagrant and Terraform all run this one.
#   setup.sh web       step 1: Apache with the seven sites
#   setup.sh haproxy   step 2: HAProxy, and the agent's package when it can be had
#   setup.sh agent     step 4: configuration, secrets, start; needs the package
# Beside it may lie
#   values                   lines NAME=value with names of the table "Variables" of that README; WEB_ADDRESS=auto: the private address of this machine
#   flipagent_*_amd64.deb    the package; or
#   apt-url, flipagent.gpg   the address of an apt repository that `make apt-repo` made, and its key ring
#   secrets/                 do-token, cluster.key, slack-webhook: moved to /etc/flipagent
set -eu
here=$(dirname "$(readlink -f "$0")")
etc=/etc/flipagent
cd "$here"

fail() { echo "setup.sh: $*" >&2; exit 1; }

web() {
    # Before anything is changed, and not within sed's words, where a failure would end nothing.
    address=$(web_address)
    install_packages apache2
    rm -rf /var/www/reference
    cp -r www /var/www/reference
    sed "s|Define WEB_ADDRESS .*|Define WEB_ADDRESS $address|" apache/ports.conf >/etc/apache2/ports.conf
    cp apache/reference.conf /etc/apache2/sites-available/reference.conf
    a2dissite -q 000-default
    a2disconf -q other-vhosts-access-log
    a2ensite -q reference
    apache2ctl configtest
    systemctl restart apache2
}

haproxy() {
    install_packages haproxy rsyslog
    cp haproxy/haproxy.cfg /etc/haproxy/haproxy.cfg
    cp rsyslog/40-reference-haproxy.conf /etc/rsyslog.d/40-reference-haproxy.conf
    for name in WEB_ADDRESS HAPROXY_PRIVATE_NETWORK; do
        value=$(value_of "$name")
        sed -i "/^$name=/d" /etc/default/haproxy
        [ -z "$value" ] || echo "$name=$value" >>/etc/default/haproxy
    done
    /usr/sbin/haproxy -c -q -f /etc/haproxy/haproxy.cfg
    systemctl restart rsyslog
    systemctl restart haproxy
    package
}

agent() {
    package
    [ -x /usr/sbin/flipagent ] || fail "the package is not installed: put flipagent_VERSION_amd64.deb or apt-url and flipagent.gpg into $here"
    for secret in do-token cluster.key slack-webhook; do
        if [ -f "secrets/$secret" ]; then
            install -m 0640 -g flipagent "secrets/$secret" "$etc/$secret"
            rm "secrets/$secret"
        fi
    done
    # Names what is missing, too: a secret, or a value that is none.
    configuration >"$etc/flipagent.yaml.new"
    flipagentctl config check "$etc/flipagent.yaml.new" || fail "the configuration stays as it was; put what is missing into $here/secrets or $here/values"
    chmod 0644 "$etc/flipagent.yaml.new"
    mv "$etc/flipagent.yaml.new" "$etc/flipagent.yaml"
    systemctl enable --quiet flipagent
    systemctl restart flipagent
}

# The reference configuration with the values in the place of ${NAME:-reference value}, as its first lines say. Not by the agent's environment, so
# that `config check` and a person read the same as the agent.
configuration() {
    set --
    while IFS='=' read -r name value; do
        set -- "$@" -e "s|\\\${$name:-[^}]*}|$value|g"
    done <<END
$(values)
END
    sed "$@" flipagent.yaml
}

# Installs nothing, and is content, when there is nothing to install from: then the package comes later.
package() {
    if [ -f apt-url ]; then
        # apt drops its rights to download, and /root is closed to others.
        install -m 0644 flipagent.gpg /usr/share/keyrings/flipagent.gpg
        printf 'Types: deb\nURIs: %s\nSuites: stable\nComponents: main\nArchitectures: amd64\nSigned-By: /usr/share/keyrings/flipagent.gpg\n' "$(cat apt-url)" \
            >/etc/apt/sources.list.d/flipagent.sources
        install_packages flipagent
    else
        for deb in ./flipagent_*_amd64.deb; do
            [ ! -f "$deb" ] || install_packages "$deb"
        done
    fi
}

# A fresh droplet updates itself just then: wait for it.
install_packages() {
    apt-get update -q -o DPkg::Lock::Timeout=300
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y -o DPkg::Lock::Timeout=300 "$@"
}

# The lines of the file values, which must be plain words: they end up in sed and in YAML.
values() {
    [ -f values ] || return 0
    if grep -vE '^([A-Z][A-Z0-9_]*=[A-Za-z0-9.:/_-]+|#.*|)$' values >&2; then
        fail "the lines above in $here/values are wrong, expected NAME=value with letters, digits and . : / _ - in the value"
    fi
    grep -E '^[A-Z]' values || true
}

value_of() { values | sed -n "s|^$1=||p" | tail -n 1; }

# One line of nothing else: grep alone would be content with one line of many.
is_ipv4() {
    case $1 in *[!0-9.]*) return 1 ;; esac
    echo "$1" | grep -Eqx '((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])'
}

web_address() {
    address=$(value_of WEB_ADDRESS)
    if [ "$address" = auto ]; then
        # DigitalOcean: the droplet's address in its VPC.
        address=$(curl -fsS -m 10 --retry 5 --retry-connrefused http://169.254.169.254/metadata/v1/interfaces/private/0/ipv4/address) ||
            fail 'the metadata service does not tell the private address of this machine; write WEB_ADDRESS=ADDRESS into values'
        # It comes over plain HTTP, and ends up in sed and in Apache's configuration.
        is_ipv4 "$address" || fail 'the metadata service told something else than the private address of this machine; expected one such as 10.110.0.4: write WEB_ADDRESS=ADDRESS into values'
    fi
    echo "${address:-10.110.0.4}"
}

[ "$(id -u)" -eq 0 ] || fail 'only root can set up a machine'
values >/dev/null
case ${1:-} in
    web | haproxy | agent) "$1" ;;
    *) fail "what is '${1:-}'? expected web, haproxy or agent" ;;
esac
