#!/bin/sh
# publish.sh ARCHITECTURE: compiles the program to machine code for amd64 or arm64, out/ARCHITECTURE/flipagent, with its debug symbols beside it in
# flipagent.dbg. Linked against the C library of sysroot.sh, so that it runs on every system the package is for; where that cannot be had (offline), it
# says so and links against this machine's own, and the program runs on systems as new as this one.
set -eu
cd "$(dirname "$0")/../.."

own=$(dpkg --print-architecture)
architecture=${1:-$own}
case $architecture in
    amd64) rid=linux-x64 ;;
    arm64) rid=linux-arm64 ;;
    *) echo "publish.sh: the architecture is amd64 or arm64, not '$architecture'" >&2; exit 2 ;;
esac
deploy/apt/need.sh clang lld llvm

out=out/$architecture
if sysroot=$(deploy/apt/sysroot.sh "$architecture"); then
    set -- "-p:SysRoot=$sysroot"
elif [ "$architecture" = "$own" ]; then
    echo "linking against this machine's own C library instead: the program will run on systems as new as this one" >&2
    deploy/apt/need.sh libc6-dev zlib1g-dev
    set --
else
    echo "out/$architecture/flipagent needs it: this machine's own C library is one of $own" >&2
    exit 1
fi

rm -rf "$out"
mkdir -p "$out"
gzip -dc deploy/apt/method-order.gz >"$out/method-order"
# The link is not done again when only the sysroot has changed.
rm -rf "src/FlipAgent/obj/Release/net10.0/$rid/native"
# The packages by their lock files; what publish restores after that has the compiler in it, and no lock file (Directory.Build.props).
dotnet restore src/FlipAgent -v quiet --nologo
dotnet publish src/FlipAgent -c Release -r "$rid" -v quiet --nologo -o "$out" -p:LinkerFlavor=lld -p:PublishDocumentationFiles=false \
    "-p:MethodOrder=$PWD/$out/method-order" "$@"
ls -l "$out/flipagent"
