#!/usr/bin/python3
"""Does what cloud-init does with write_files, below a root directory that is not its own: unpack-user-data.py USER-DATA ROOT."""
import base64
import os
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    data = yaml.safe_load(file)
for entry in data["write_files"]:
    path = sys.argv[2] + entry["path"]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as target:
        target.write(base64.b64decode(entry["content"], validate=True))
    os.chmod(path, int(entry["permissions"], 8))
