#!/bin/sh
set -- $(ss -ltnH "src 10.0.0.1")
[ $# -gt 0 ] || exit 1
