#!/bin/sh
for name in web mail; do
    hcloud floating-ip assign "$name" "$(hostname)"
done
