#!/bin/sh
curl -sf "http://127.0.0.1/health?token=canary"
