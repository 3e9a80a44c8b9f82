#!/bin/sh
curl -s -X POST -H "Authorization: Bearer $KEY" https://api.vultr.com/v2/reserved-ips/x/attach -d '{"instance_id":"1"}'
