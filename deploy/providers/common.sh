# shellcheck shell=sh
# What the programs in this folder share: their arguments, and running a client. Read by them, not run.
usage() {
  echo "usage: $0 holder ADDRESS | assign ADDRESS SERVER_ID" >&2
  exit 64
}

verb=${1:-} address=${2:-} server=${3:-}
case $verb:$# in
  holder:2 | assign:3) ;;
  *) usage ;;
esac

output='' errors=''
# run CLIENT ARGUMENT...: its output in $output; when it fails, its complaint goes on and judge says what it means.
run() {
  complaint=$(mktemp) || exit 1
  if output=$("$@" 2>"$complaint"); then
    rm -f "$complaint"
    return
  fi
  errors=$(cat "$complaint")
  rm -f "$complaint"
  printf '%s\n' "$errors" >&2
  judge
}
