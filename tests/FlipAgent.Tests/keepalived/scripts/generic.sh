#!/bin/sh
# called with TYPE NAME STATE PRIORITY
case "$3" in
MASTER) doctl compute reserved-ip-action assign 203.0.113.48 "$(cat /var/lib/droplet-id)" ;;
*) exit 0 ;;
esac
