#!/bin/sh
# Not run by any test: the importer only looks at it.
export DO_TOKEN='dop_v1_canary0123456789'
IP='203.0.113.10'
SELF=$(curl -s http://169.254.169.254/metadata/v1/id)
n=0
while [ $n -lt 10 ]; do
    /usr/local/bin/assign-ip "$IP" "$SELF" && break
    n=$((n+1)); sleep 3
done
curl -d '{"text":"moved"}' https://hooks.slack.com/services/T0/B0/canary
