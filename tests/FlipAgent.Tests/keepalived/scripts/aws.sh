#!/bin/sh
aws ec2 associate-address --instance-id i-1 --allocation-id eipalloc-1 --allow-reassociation
