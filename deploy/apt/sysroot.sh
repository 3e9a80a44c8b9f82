#!/bin/sh
# sysroot.sh ARCHITECTURE: prints the folder of the C library and its development files that the program is linked against: glibc 2.31 (Debian bullseye),
# which is the oldest of the systems that the package is for. ARCHITECTURE is amd64 or arm64. Made in FLIPAGENT_SYSROOTS (default out/sysroot) when it is
# not there yet. Prints nothing and says why on standard error when that cannot be done; ends with 1 then.
set -eu
cd "$(dirname "$0")/../.."

suite=bullseye
architecture=${1:-}
case $architecture in
    amd64 | arm64) ;;
    *) echo "sysroot.sh: the architecture is amd64 or arm64, not '$architecture'" >&2; exit 2 ;;
esac
target=${FLIPAGENT_SYSROOTS:-$PWD/out/sysroot}/$suite-$architecture
[ -d "$target" ] || deploy/apt/unpack.sh "$suite" "$architecture" "$target" libc6 libc6-dev libgcc-10-dev libgcc-s1 linux-libc-dev zlib1g zlib1g-dev
echo "$target"
