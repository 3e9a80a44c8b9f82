# shellcheck shell=bash
# The parts of `make test` that need root, namespaces or a booted system. Read by run.sh.
need_packages all
