#!/bin/sh
SERVER_IP=198.51.100.3
FLOATING_IP=203.0.113.9
doctl compute floating-ip-action assign $FLOATING_IP "$(cat /etc/id)"
