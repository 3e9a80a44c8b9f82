#!/bin/sh
LB=ovh-lb1
ip addr add 203.0.113.9/32 dev eth0
