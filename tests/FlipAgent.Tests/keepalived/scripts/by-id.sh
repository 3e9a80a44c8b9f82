#!/bin/sh
ID=12345
ping -c1 -W1 192.0.2.53 || exit 0
curl -s -X POST -d "{\"server\": 4711}" "https://api.hetzner.cloud/v1/floating_ips/${ID}/actions/assign"
