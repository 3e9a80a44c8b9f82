#!/bin/sh
if [ -e /etc/at-hetzner ]; then hcloud floating-ip assign 203.0.113.20 lb-1
else doctl compute reserved-ip-action assign 203.0.113.21 1234
fi
