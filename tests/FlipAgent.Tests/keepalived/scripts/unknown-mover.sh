#!/bin/sh
/opt/cloud/bin/cloudctl reassign-address 203.0.113.49 "$(hostname)"
