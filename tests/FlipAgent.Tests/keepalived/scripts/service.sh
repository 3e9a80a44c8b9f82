#!/bin/sh
case "$3" in
MASTER) systemctl start apache2 ;;
*) systemctl stop apache2 ;;
esac
