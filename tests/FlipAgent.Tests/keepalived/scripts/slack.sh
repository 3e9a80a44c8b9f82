#!/bin/sh
curl -d "{\"text\":\"$1\"}" https://hooks.slack.com/services/canary
