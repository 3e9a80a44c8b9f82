#!/usr/bin/python3
"""method-order.py SYMBOLS MAPS LOG...: the functions that qemu's logs (-d in_asm) name by address, each once, in the order of their first use.

SYMBOLS is the program's file of debug symbols, MAPS /proc/PID/maps of one run; qemu loads it at the same address in all.
"""
import bisect
import re
import subprocess
import sys


def mappings(path):
    with open(path) as lines:
        for line in lines:
            field = line.split()
            if len(field) > 5 and field[5].endswith("/flipagent"):
                low, high = (int(part, 16) for part in field[0].split("-"))
                yield low, high, int(field[2], 16)


def main(symbols, maps, *logs):
    parts = sorted(mappings(maps))
    base = min(low for low, _, offset in parts if offset == 0)
    end = max(high for _, high, _ in parts)
    named = []
    for line in subprocess.run(["nm", "-n", symbols], capture_output=True, text=True, check=True).stdout.splitlines():
        field = line.split(None, 2)
        if len(field) == 3 and field[1] in "tT":
            named.append((int(field[0], 16), field[2]))
    addresses = [address for address, _ in named]
    seen = {}
    for log in logs:
        with open(log, errors="replace") as lines:
            for line in lines:
                match = re.match(r"0x([0-9a-f]+):", line)
                if not match:
                    continue
                address = int(match[1], 16)
                if not base <= address < end:
                    continue
                index = bisect.bisect_right(addresses, address - base) - 1
                if index >= 0:
                    seen.setdefault(named[index][1])
    print("\n".join(seen))


main(*sys.argv[1:])
