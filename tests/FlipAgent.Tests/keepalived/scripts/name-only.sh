#!/bin/sh
/opt/hetzner/attach-address 203.0.113.9 "$(hostname)"
