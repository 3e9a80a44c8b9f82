#!/bin/sh
MAIL_RELAY_IP=198.51.100.25
SERVER_IP=198.51.100.3
FIP=$(cat /etc/fip)
doctl compute reserved-ip-action assign "$FIP" "$(cat /etc/id)"
