#!/bin/sh
hcloud floating-ip assign 203.0.113.20 lb-1
