#!/usr/bin/env python3
import json, os, sys
import requests

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, 'failover.json')) as f:
    settings = json.load(f)
if sys.argv[3] == 'MASTER':
    for one in settings['floating-ips']:
        requests.post(settings['url-floating'].format(one['floating-ip-id']), json={'server': settings['server-id']},
                      headers={'Authorization': 'Bearer ' + settings['api-token']})
