#!/usr/bin/python3
"""Two user-data files are the same parcel: the same paths, rights and contents, and the same command at the end, in whatever order and style."""
import sys

import yaml


def parcel(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if not text.startswith("#cloud-config\n"):
        sys.exit(f"{path} does not begin with #cloud-config")
    data = yaml.safe_load(text)
    files = {f["path"]: (f["permissions"], f["encoding"], f["content"]) for f in data.pop("write_files")}
    return files, data


def main():
    (left, left_rest), (right, right_rest) = parcel(sys.argv[1]), parcel(sys.argv[2])
    for path in sorted(left.keys() | right.keys()):
        if left.get(path) != right.get(path):
            print(f"{path} differs: {left.get(path)} and {right.get(path)}")
    if left_rest != right_rest:
        print(f"{left_rest} and {right_rest} differ")
    sys.exit(left != right or left_rest != right_rest)


main()
