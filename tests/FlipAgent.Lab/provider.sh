#!/bin/sh
# A program for `provider: exec`, for demonstration and tests: asks the stand-in cloud (DigitalOcean's API) with curl. FLIPAGENT_LAB is made part of it when it is
# installed: sed "s|@LAB@|URL|".
set -u
url=@LAB@/v2/reserved_ips/$2
answer=$(mktemp) || exit 1
trap 'rm -f "$answer"' EXIT
ask() {
  code=$(curl -s -m 4 -o "$answer" -w '%{http_code}' -H "Authorization: Bearer $(cat "$FLIPAGENT_TOKEN_FILE")" -H 'Content-Type: application/json' "$@")
  case $code in
    200 | 201) ;;
    401 | 403) exit 3 ;;
    404) exit 4 ;;
    422) exit 5 ;;
    429) exit 6 ;;
    *) exit 1 ;;
  esac
}
case $1 in
  holder)
    ask "$url"
    if grep -q '"droplet":null' "$answer"; then
      echo none
    else
      sed 's/.*"droplet":{"id":\([0-9]*\).*/\1/' "$answer"
    fi
    ;;
  assign) ask -X POST -d "{\"type\":\"assign\",\"droplet_id\":$3}" "$url/actions" ;;
  *) exit 64 ;;
esac
