#!/bin/sh
if [ "$(ps -C haproxy --no-headers | wc -l)" -eq 0 ]; then
  systemctl start haproxy
  sleep 2
  if [ "$(ps -C haproxy --no-headers | wc -l)" -eq 0 ]; then
    systemctl stop keepalived
  fi
fi
