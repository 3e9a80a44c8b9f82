#!/bin/sh
openstack server add floating ip lb-a 203.0.113.47
