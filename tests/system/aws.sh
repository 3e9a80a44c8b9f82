#!/bin/sh
# Stands in for the AWS CLI as far as /usr/lib/flipagent/providers/aws runs it, with the output that its documents have. Server i-N is droplet N of the stand-in
# cloud at @CLOUD@; what the credentials file has in it is the token.
set -u
ask() {
    curl -sf -m 4 -H "Authorization: Bearer $(cat "$AWS_SHARED_CREDENTIALS_FILE")" -H 'Content-Type: application/json' "$@"
}

fail() {
    echo "An error occurred ($1) when calling the operation: $2" >&2
    exit 254
}

[ "$1" = ec2 ] || exit 252
case "$2 $*" in
    "describe-addresses "*.InstanceId*)
        answer=$(ask "http://@CLOUD@/v2/reserved_ips/$4") || fail InternalError 'curl says why'
        id=$(printf '%s' "$answer" | sed -n 's/.*"droplet":{"id":\([0-9]*\).*/i-\1/p')
        echo "${id:-None}"
        ;;
    "describe-addresses "*.AllocationId*) echo "eipalloc-$4" ;;
    "associate-address "*)
        ask -o /dev/null -d "{\"type\":\"assign\",\"droplet_id\":${6#i-}}" "http://@CLOUD@/v2/reserved_ips/${4#eipalloc-}/actions" || fail IncorrectState 'curl says why'
        echo eipassoc-2bebb745
        ;;
    *) exit 252 ;;
esac
