#!/bin/sh
FIP="$2"
hcloud floating-ip assign "$FIP" "$1"
