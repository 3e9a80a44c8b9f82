#!/bin/sh
oci network vnic assign-private-ip --unassign-if-already-assigned --vnic-id "$VNIC" --ip-address 10.0.0.77
