#!/bin/sh
pidof haproxy >/dev/null && exit 0
systemctl restart haproxy
exit 1
