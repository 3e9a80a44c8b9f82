#!/bin/sh
FAILOVER_IP=203.0.113.9
SERVER_IP=198.51.100.3
curl -s -K /etc/robot https://robot-ws.your-server.de/failover/$FAILOVER_IP -d active_server_ip=$SERVER_IP
