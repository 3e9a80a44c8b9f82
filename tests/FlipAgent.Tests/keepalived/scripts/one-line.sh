#!/bin/bash
# is it there?
set -e
/usr/bin/pgrep -x haproxy >/dev/null 2>&1
exit $?
