#!/bin/sh
# build-repo.sh: a signed apt repository in out/apt/ with every out/flipagent_*.deb and its debug symbols, of every architecture, so the version before can stay for a way back. Copy the
# directory to any web server. Signed with the key whose id is in APT_KEY (from the caller's gpg), else with a throw-away key made in
# out/apt-key/, which is good for trying and nothing else. APT_URL is where the directory will be; without it the sources file names a reserved
# address (RFC 2606) that has to be changed.
set -eu
cd "$(dirname "$0")/../.."

repo=out/apt
suite=stable
dist=dists/$suite
architectures=$(for deb in out/flipagent_*.deb; do dpkg-deb -f "$deb" Architecture; done | sort -u)
url=${APT_URL:-https://apt.flipagent.example}
valid_for=${APT_VALID_FOR:-30 days}

gpg_key() {
    if [ -n "${APT_KEY:-}" ]; then
        key=$APT_KEY
        return
    fi
    GNUPGHOME=$PWD/out/apt-key
    export GNUPGHOME
    # gpg starts an agent for this key, which would stay.
    trap 'gpgconf --kill gpg-agent' EXIT
    mkdir -p "$GNUPGHOME"
    chmod 0700 "$GNUPGHOME"
    key=throw-away@flipagent.example
    gpg --batch --quiet --list-keys "$key" >/dev/null 2>&1 ||
        gpg --batch --quiet --passphrase '' --quick-generate-key "FlipAgent throw-away test key <$key>" ed25519 sign 1y
}

# apt takes an index by its hash, so that a mirror that is being updated never serves a Packages that does not fit the Release.
by_hash() {
    for index in "$1"/Packages*; do
        hash=$(sha256sum "$index" | cut -d ' ' -f 1)
        mkdir -p "$1/by-hash/SHA256"
        cp "$index" "$1/by-hash/SHA256/$hash"
    done
}

rm -rf "$repo"
mkdir -p "$repo/pool/main/f/flipagent"
cp out/flipagent_*.deb out/flipagent-dbgsym_*.deb "$repo/pool/main/f/flipagent/"
for architecture in $architectures; do
    packages=$dist/main/binary-$architecture
    mkdir -p "$repo/$packages"
    (cd "$repo" && apt-ftparchive --arch "$architecture" packages pool/main >"$packages/Packages")
    xz -k "$repo/$packages/Packages"
    gzip -k -n "$repo/$packages/Packages"
done
apt-ftparchive \
    -o APT::FTPArchive::Release::Origin=FlipAgent \
    -o APT::FTPArchive::Release::Label=FlipAgent \
    -o APT::FTPArchive::Release::Suite=$suite \
    -o APT::FTPArchive::Release::Codename=$suite \
    -o APT::FTPArchive::Release::Architectures="$(echo "$architectures" | paste -sd " " -)" \
    -o APT::FTPArchive::Release::Components=main \
    -o APT::FTPArchive::Release::Description='FlipAgent, keeps a floating IP at a load balancer that works' \
    -o APT::FTPArchive::Release::Acquire-By-Hash=yes \
    release "$repo/$dist" >out/Release.new
# A mirror that stands still is noticed: apt refuses lists after this day. (apt-ftparchive takes no such date.)
sed "s/^Date: .*/&\nValid-Until: $(LC_ALL=C date -u -d "+$valid_for" '+%a, %d %b %Y %H:%M:%S +0000')/" out/Release.new >"$repo/$dist/Release"
rm out/Release.new
for architecture in $architectures; do by_hash "$repo/$dist/main/binary-$architecture"; done

gpg_key
gpg --batch --quiet --yes --local-user "$key" --clearsign -o "$repo/$dist/InRelease" "$repo/$dist/Release"
gpg --batch --quiet --yes --local-user "$key" --armor --detach-sign -o "$repo/$dist/Release.gpg" "$repo/$dist/Release"
gpg --batch --quiet --yes --export "$key" >"$repo/flipagent.gpg"
cat >"$repo/flipagent.sources" <<SOURCES
# Install as /etc/apt/sources.list.d/flipagent.sources, and flipagent.gpg as /usr/share/keyrings/flipagent.gpg.
Types: deb
URIs: $url
Suites: $suite
Components: main
Architectures: $(echo "$architectures" | paste -sd " " -)
Signed-By: /usr/share/keyrings/flipagent.gpg
SOURCES
echo "$repo"
