#!/bin/sh
DIR=/etc/keepalived/no-such
cd /
exec /usr/bin/flock -n /run/move.lock "$DIR/under-a-lock.sh"
