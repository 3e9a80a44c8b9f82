#!/bin/sh
if ip addr | grep -q 203.0.113.9; then
  curl -sf http://127.0.0.1:8080/health >/dev/null || exit 1
fi
