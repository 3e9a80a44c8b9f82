#!/bin/sh
systemctl is-active --quiet drain && exit 1 || exit 0
