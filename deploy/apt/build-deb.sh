#!/bin/sh
# build-deb.sh ARCHITECTURE: out/ARCHITECTURE/flipagent (from `make publish`) becomes out/flipagent_VERSION_ARCHITECTURE.deb, and its debug symbols
# out/flipagent-dbgsym_VERSION_ARCHITECTURE.deb. Lays out what the package holds, then lets debhelper do what Debian expects. The build is a function
# of its inputs: the dates inside are those of the changelog.
set -eu
cd "$(dirname "$0")/../.."

architecture=${1:-$(dpkg --print-architecture)}
program=out/$architecture/flipagent

version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
top=$(dpkg-parsechangelog -l deploy/apt/debian/changelog -S Version)
if [ "$version" != "$top" ]; then
    echo "Directory.Build.props has version $version, deploy/apt/debian/changelog has $top: they must be the same" >&2
    exit 1
fi
for file in "$program" "$program.dbg" out/flipagent; do
    [ -f "$file" ] || { echo "$file is missing: make publish ARCH=$architecture" >&2; exit 1; }
done

build=out/deb/flipagent-$version
rm -rf out/deb
mkdir -p "$build"
cp -r deploy/apt/debian deploy/apt/man "$build/"
for unit in flipagent.service flipagent@.service flipagent.sysusers; do
    cp "deploy/systemd/$unit" "$build/debian/"
done

root=$build/root
install -D -m 0755 "$program" "$root/usr/sbin/flipagent"
install -D -m 0644 deploy/systemd/flipagent.catalog "$root/usr/lib/systemd/catalog/flipagent.catalog"
install -D -m 0644 deploy/systemd/60-flipagent.rules "$root/usr/share/polkit-1/rules.d/60-flipagent.rules"
install -D -m 0644 deploy/apt/needrestart.conf "$root/etc/needrestart/conf.d/flipagent.conf"
install -D -m 0644 CHANGELOG.md "$root/usr/share/doc/flipagent/CHANGELOG.md"
install -D -m 0644 deploy/apt/flipagent.yaml "$root/usr/share/doc/flipagent/flipagent.yaml"
install -D -m 0644 deploy/systemd/vrrp.conf "$root/usr/share/doc/flipagent/examples/vrrp.conf"

for program_of_cloud in aws doctl hcloud; do
    install -D -m 0755 "deploy/providers/$program_of_cloud" "$root/usr/lib/flipagent/providers/$program_of_cloud"
done
install -D -m 0644 deploy/providers/common.sh "$root/usr/lib/flipagent/providers/common.sh"

install -D -m 0644 deploy/flipagent.schema.json "$root/usr/share/doc/flipagent/flipagent.schema.json"
install -D -m 0644 docs/runbook.md "$root/usr/share/doc/flipagent/runbook.md"
mkdir -p "$root/usr/share/doc/flipagent"
case $architecture in arm64) rid=linux-arm64 ;; *) rid=linux-x64 ;; esac
deploy/apt/sbom.py src/FlipAgent/obj/project.assets.json "$rid" "$version" "$(dpkg-parsechangelog -l deploy/apt/debian/changelog -S Timestamp)" \
    >"$root/usr/share/doc/flipagent/sbom.cdx.json"
for file in deploy/monitoring/*; do
    install -D -m 0644 "$file" "$root/usr/share/doc/flipagent/monitoring/${file##*/}"
done

completion() {
    mkdir -p "$(dirname "$root$2")"
    out/flipagentctl completion "$1" >"$root$2"
    grep -q flipagentctl "$root$2" || { echo "flipagentctl completion $1 printed no completion for flipagentctl" >&2; exit 1; }
}
completion bash /usr/share/bash-completion/completions/flipagentctl
completion zsh /usr/share/zsh/vendor-completions/_flipagentctl
completion fish /usr/share/fish/vendor_completions.d/flipagentctl.fish

# What it was linked against: 2.31, or this machine's own glibc where there was no other (publish.sh).
glibc=$(readelf --version-info "$program" | grep -oE 'GLIBC_[0-9]+\.[0-9]+' | cut -d _ -f 2 | sort -V | tail -n 1)
if [ "$(printf '%s\n' 2.31 "$glibc" | sort -V | tail -n 1)" = 2.31 ]; then
    glibc=2.31
else
    echo "the package asks for glibc $glibc, that of this machine: it does not install on older systems" >&2
fi
echo "$glibc" >"$build/glibc"

# Nothing is compiled or tested here.
(cd "$build" && DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage --host-arch "$architecture" --build=binary --no-sign --no-check-builddeps >../build.log 2>&1) ||
    { cat out/deb/build.log >&2; exit 1; }
mv "out/deb/flipagent_${version}_$architecture.deb" out/

# By hand: debhelper takes the symbols out of the program itself, which the compiler has done already.
id=$(readelf --notes "$program" | sed -n 's/^ *Build ID: //p')
[ -n "$id" ] || { echo "$program has no build id, by which a debugger finds its symbols" >&2; exit 1; }
symbols=out/deb/dbgsym
rest=${id#??}
install -D -m 0644 "$program.dbg" "$symbols/usr/lib/debug/.build-id/${id%"$rest"}/$rest.debug"
mkdir -p "$symbols/DEBIAN" "$symbols/usr/share/doc"
ln -s flipagent "$symbols/usr/share/doc/flipagent-dbgsym"
cat >"$symbols/DEBIAN/control" <<CONTROL
Package: flipagent-dbgsym
Source: flipagent
Version: $version
Auto-Built-Package: debug-symbols
Architecture: $architecture
Maintainer: $(sed -n 's/^Maintainer: //p' deploy/apt/debian/control)
Depends: flipagent (= $version)
Section: debug
Priority: optional
Description: debug symbols for flipagent
Build-Ids: $id
CONTROL
(cd "$symbols" && find usr -type f -exec md5sum {} + >DEBIAN/md5sums)
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l deploy/apt/debian/changelog -S Timestamp)
export SOURCE_DATE_EPOCH
dpkg-deb --root-owner-group --build "$symbols" "out/flipagent-dbgsym_${version}_$architecture.deb" >/dev/null
echo "out/flipagent_${version}_$architecture.deb"
