#!/bin/sh
IP=2001:db8:7::31
hcloud floating-ip assign $IP lb-1
