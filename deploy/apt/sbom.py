#!/usr/bin/env python3
"""sbom.py ASSETS RID VERSION [SECONDS]: the software bill of materials of the program, CycloneDX 1.6 as JSON (cyclonedx.org/docs/1.6/json), to the standard output.

ASSETS is src/FlipAgent/obj/project.assets.json, what `dotnet restore` resolved; RID is linux-x64 or linux-arm64; SECONDS since the epoch is the time to put in.
Listed is what is in the program: the packages with code for it, and the runtime that the compiler links into it. The same input gives the same output."""
import base64
import json
import os
import re
import sys
import uuid
from datetime import datetime, timezone

# What the compiler takes from the packs that the SDK downloads.
RUNTIMES = ("Microsoft.NETCore.App.Runtime.NativeAOT.", "Microsoft.AspNetCore.App.Runtime.")


def fail(what):
    sys.exit(f"sbom.py: {what}")


def purl(name, version):
    return f"pkg:nuget/{name}@{version}"


def licence(folders, path):
    """The SPDX expression of a package, where its folder is there and it gives one."""
    for folder in folders:
        place = os.path.join(folder, path)
        for file in os.listdir(place) if os.path.isdir(place) else []:
            if file.endswith(".nuspec"):
                with open(os.path.join(place, file), encoding="utf-8-sig") as text:
                    found = re.search(r'<license type="expression">([^<]+)</license>', text.read())
                return found.group(1).strip() if found else None
    return None


def component(name, version, folders, path, sha512=None):
    entry = {"type": "library", "bom-ref": purl(name, version), "name": name, "version": version, "purl": purl(name, version)}
    if sha512:
        entry["hashes"] = [{"alg": "SHA-512", "content": base64.b64decode(sha512).hex()}]
    expression = licence(folders, path)
    if expression:
        entry["licenses"] = [{"expression": expression}]
    return entry


def main():
    if len(sys.argv) not in (4, 5):
        fail("expected ASSETS RID VERSION [SECONDS]")
    file, rid, version = sys.argv[1:4]
    try:
        with open(file, encoding="utf-8") as text:
            assets = json.load(text)
    except OSError as problem:
        fail(f"{file}: {problem.strerror}; expected what `dotnet restore` writes")
    except ValueError as problem:
        fail(f"{file}: {problem}; expected JSON")
    targets = [name for name in assets.get("targets", {}) if name.endswith("/" + rid)]
    if len(targets) != 1:
        fail(f"{file} has no target for {rid}; it has {', '.join(assets.get('targets', {})) or 'none'}")
    target, folders = assets["targets"][targets[0]], list(assets.get("packageFolders", {}))

    used = {key: what for key, what in target.items() if what["type"] == "package" and any(not f.endswith("_._") for f in what.get("runtime", {}))}
    components, links = [], []
    for key, what in used.items():
        name, number = key.split("/")
        library = assets["libraries"][key]
        components.append(component(name, number, folders, library["path"], library.get("sha512")))
        below = [other for other in used if other.split("/")[0] in what.get("dependencies", {})]
        links.append({"ref": purl(name, number), "dependsOn": sorted(purl(*other.split("/")) for other in below)})
    framework = next(iter(assets["project"]["frameworks"].values()))
    for pack in framework.get("downloadDependencies", []):
        if pack["name"].endswith("." + rid) and pack["name"].startswith(RUNTIMES):
            number = pack["version"].strip("[]").split(",")[0].strip()
            components.append(component(pack["name"], number, folders, f"{pack['name'].lower()}/{number}"))
            links.append({"ref": purl(pack["name"], number), "dependsOn": []})
    components.sort(key=lambda entry: entry["bom-ref"])

    program = f"pkg:deb/flipagent@{version}?arch={'arm64' if rid.endswith('arm64') else 'amd64'}"
    links.append({"ref": program, "dependsOn": [entry["bom-ref"] for entry in components]})
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:" + str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([program, components], sort_keys=True))),
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(int(sys.argv[4]) if len(sys.argv) == 5 else 0, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {"type": "application", "bom-ref": program, "name": "flipagent", "version": version, "purl": program, "licenses": [{"license": {"id": "MIT"}}]},
        },
        "components": components,
        "dependencies": sorted(links, key=lambda link: link["ref"]),
    }
    json.dump(bom, sys.stdout, indent=1)
    print()


main()
