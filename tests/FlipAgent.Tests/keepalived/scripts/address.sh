#!/bin/sh
ip addr add 203.0.113.9/32 dev eth1
