#!/bin/sh
ss -ltnp | grep -q haproxy || exit 1
exit 0
