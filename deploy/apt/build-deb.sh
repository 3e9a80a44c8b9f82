#!/bin/sh
# build-deb.sh: out/flipagent (from `make publish`) becomes out/flipagent_VERSION_amd64.deb. Lays out what the package holds, then lets
# debhelper do what Debian expects. The build is a function of its inputs: the dates inside are those of the changelog.
set -eu
cd "$(dirname "$0")/../.."

version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
top=$(dpkg-parsechangelog -l deploy/apt/debian/changelog -S Version)
if [ "$version" != "$top" ]; then
    echo "Directory.Build.props has version $version, deploy/apt/debian/changelog has $top: they must be the same" >&2
    exit 1
fi
[ -x out/flipagent ] || { echo "out/flipagent is missing: make publish" >&2; exit 1; }

build=out/deb/flipagent-$version
rm -rf out/deb
mkdir -p "$build"
cp -r deploy/apt/debian deploy/apt/man "$build/"
for unit in flipagent.service flipagent@.service flipagent.sysusers; do
    cp "deploy/systemd/$unit" "$build/debian/"
done

root=$build/root
install -D -m 0755 out/flipagent "$root/usr/sbin/flipagent"
install -D -m 0644 deploy/systemd/flipagent.catalog "$root/usr/lib/systemd/catalog/flipagent.catalog"
install -D -m 0644 deploy/systemd/60-flipagent.rules "$root/usr/share/polkit-1/rules.d/60-flipagent.rules"
install -D -m 0644 deploy/apt/needrestart.conf "$root/etc/needrestart/conf.d/flipagent.conf"
install -D -m 0644 CHANGELOG.md "$root/usr/share/doc/flipagent/CHANGELOG.md"
install -D -m 0644 deploy/apt/flipagent.yaml "$root/usr/share/doc/flipagent/flipagent.yaml"
install -D -m 0644 deploy/systemd/vrrp.conf "$root/usr/share/doc/flipagent/examples/vrrp.conf"

completion() {
    mkdir -p "$(dirname "$root$2")"
    out/flipagentctl completion "$1" >"$root$2"
    grep -q flipagentctl "$root$2" || { echo "flipagentctl completion $1 printed no completion for flipagentctl" >&2; exit 1; }
}
completion bash /usr/share/bash-completion/completions/flipagentctl
completion zsh /usr/share/zsh/vendor-completions/_flipagentctl
completion fish /usr/share/fish/vendor_completions.d/flipagentctl.fish

(cd "$build" && dpkg-buildpackage --build=binary --no-sign --no-check-builddeps >../build.log 2>&1) || { cat out/deb/build.log >&2; exit 1; }
mv "out/deb/flipagent_${version}_amd64.deb" out/
echo "out/flipagent_${version}_amd64.deb"
