#!/bin/sh
. "$(dirname "$0")/fip.env"
python3 /usr/local/bin/assign-ip "$FLOATING_IP" "$ID"
cat "fip.env" >/dev/null
