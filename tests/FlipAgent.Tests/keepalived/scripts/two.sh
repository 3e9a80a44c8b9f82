#!/bin/sh
doctl compute reserved-ip-action assign 203.0.113.20 1234
doctl compute reserved-ip-action assign 203.0.113.21 1234
