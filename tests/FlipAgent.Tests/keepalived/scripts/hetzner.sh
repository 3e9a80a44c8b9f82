#!/bin/sh
hcloud floating-ip assign 203.0.113.46 lb-a
