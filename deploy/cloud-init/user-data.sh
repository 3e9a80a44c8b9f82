#!/bin/sh
# user-data.sh: prints cloud-init user-data for one droplet of the reference cluster. Like a parcel: the files of deploy/reference, setup.sh that
# puts them in place, and one line that says which part this droplet plays. There is no secret in it and no option to add one: user-data can be read
# by every process of the droplet, for as long as it lives, from the metadata service.
#   user-data.sh web|haproxy [NAME=value...] [--apt URL KEYRING]
# NAME=value: the table "Variables" of deploy/reference/README.md.
set -eu
cd "$(dirname "$0")/../.."
usage() { echo "usage: user-data.sh web|haproxy [NAME=value...] [--apt URL KEYRING]; $*" >&2; exit 2; }

# file PATH-ON-DROPLET MODE, content from standard input
file() { printf -- "- path: /root/reference/%s\n  permissions: '%s'\n  encoding: b64\n  content: %s\n" "$1" "$2" "$(base64 -w 0)"; }

part=${1:-}
[ "$part" = web ] || [ "$part" = haproxy ] || usage "the part is '$part'"
shift
values='' url='' ring=''
while [ $# -gt 0 ]; do
    case $1 in
        --apt)
            [ $# -ge 3 ] || usage '--apt wants two words'
            [ -r "$3" ] || usage "no key ring $3"
            url=$2 ring=$3
            shift 2
            ;;
        [A-Z]*=?*) values="$values$1
" ;;
        *) usage "what is '$1'?" ;;
    esac
    shift
done

cat <<END
#cloud-config
# FlipAgent's reference cluster: $part. Made by deploy/cloud-init/user-data.sh.
write_files:
END
file setup.sh 0755 <deploy/cloud-init/setup.sh
case $part in
    web) folders='www apache' ;;
    haproxy) folders='haproxy rsyslog flipagent.yaml' ;;
esac
(cd deploy/reference && for folder in $folders; do find "$folder" -type f; done) | LC_ALL=C sort | while IFS= read -r path; do
    file "$path" 0644 <"deploy/reference/$path"
done
[ -z "$values" ] || printf '%s' "$values" | file values 0644
if [ -n "$url" ]; then
    echo "$url" | file apt-url 0644
    file flipagent.gpg 0644 <"$ring"
fi
cat <<END
runcmd:
- [/root/reference/setup.sh, $part]
END
