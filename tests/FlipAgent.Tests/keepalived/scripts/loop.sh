#!/bin/sh
DNS=198.51.100.53
IPS="203.0.113.20 203.0.113.21"
for ip in $IPS; do hcloud floating-ip assign $ip lb-1; done
