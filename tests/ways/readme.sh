# shellcheck shell=bash
# The README as a newcomer follows it, word for word: three fresh machines, its commands in its order, its failure test. Read by tests/ways.sh after
# machines.sh, whose functions it uses.

# readme_block N: the commands of its step N.
readme_block() { awk -v head="**$1. " 'within && /^```$/ { exit } within { print } index($0, head) == 1 { on = 1 } on && /^```sh$/ { within = 1 }' README.md; }

# Each command of a step is also in deploy/reference/README.md, which has the same steps with more words.
readme_agrees() {
    local n line bad=0
    for n in 1 2 4; do
        while IFS= read -r line; do
            grep -qxF "$line" <(sed 's/ *#.*//' deploy/reference/README.md) || { echo "deploy/reference/README.md has not: $line"; bad=1; }
        done < <(readme_block "$n" | sed 's/ *#.*//')
    done
    return $bad
}

# step N MACHINE [WITHOUT]: types the commands of step N there, in a copy of deploy/reference.
step() {
    local text
    text=$(readme_block "$1" | if [ -n "${3:-}" ]; then grep -v "$3"; else cat; fi)
    [ -n "$text" ] || { echo "README.md has no step $1"; return 1; }
    inside "$2" env DEBIAN_FRONTEND=noninteractive sh -e -c "cd /root/reference
$text"
}

# fresh_machines DEB: the three machines of the README, with what its reader has.
fresh_machines() {
    local name folder
    switch_off
    for name in web haproxy-1 haproxy-2; do rm -rf "${scratch:?}/$name"; done
    switch_on web haproxy-1 haproxy-2 || return
    start_lab
    for name in web haproxy-1 haproxy-2; do
        folder=$scratch/$name/root/root/reference
        cp -r deploy/reference "$folder" && cp "$1" "$folder/flipagent_1.6.3_amd64.deb" || return
        cp "$scratch/secrets/do-token" "$folder/token" && cp "$scratch/secrets/slack-webhook" "$folder/webhook" || return
        sed -i 's#:-https://api.digitalocean.com}#:-http://10.110.0.1}#' "$folder/flipagent.yaml"
    done
    # Its reader gets from haproxy-2 to haproxy-1.
    install -m 0600 "$scratch/id" "$scratch/haproxy-2/root/root/.ssh/id_ed25519"
    printf 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n' >"$scratch/haproxy-2/root/root/.ssh/config"
}

readme_secrets() {
    local name secret found
    for name in haproxy-1 haproxy-2; do
        for secret in do-token cluster.key slack-webhook; do
            found=$(inside "$name" stat -c '%U:%G %a' "/etc/flipagent/$secret")
            [ "$found" = 'root:flipagent 640' ] || { echo "$name: $secret is $found"; return 1; }
        done
    done
    cmp "$scratch"/haproxy-[12]/root/etc/flipagent/cluster.key
}

readme() {
    local name
    check 'README: three fresh machines boot' fresh_machines "$1"
    [ "$failed" -eq 0 ] || return
    [ -n "$lab" ] || { lacks 'README' 'the stand-in cloud is not built: dotnet build tests/FlipAgent.Lab'; return; }
    check 'README: step 1 on web' step 1 web
    for name in haproxy-1 haproxy-2; do check "README: step 2 on $name" step 2 "$name"; done
    check 'README: both nodes pass on site 3 of web' serves haproxy-1 haproxy-2
    check 'README: step 4 on haproxy-1' agent haproxy-1 'flipagentctl join'
    check 'README: step 4 on haproxy-2, with the key of haproxy-1' agent haproxy-2 keygen
    check 'README: secrets are root:flipagent 0640, the key is the same' readme_secrets
    check 'README: haproxy-1 is master and holds the floating IP, all is well' well
    check 'README: status looks as it shows' until_shown
    check 'README: the failure test, and reverting' failure_test
    check 'docs/first-ten-minutes.md: its commands answer as it shows' ten_minutes "$1"
}

# (status ends with 7 as long as the other node is not there.)
agent() { step 4 "$@" || [ $? -eq 7 ]; }

status_as_shown() {
    local shape='s/[0-9.]+ s/N s/g; s/ +/ /g; s/ $//'
    diff <(awk '/^OK  haproxy-1/ { on = 1 } on && /^```$/ { exit } on' README.md | sed -E "$shape") <(inside haproxy-1 flipagentctl status | head -n 4 | sed -E "$shape")
}

# (The other node may still be starting.)
until_shown() { until_true 30 status_as_shown || status_as_shown; }

failure_test() {
    local said
    # shellcheck disable=SC2016 # backticks of Markdown
    for said in '**Failure test**: `systemctl stop haproxy` on haproxy-1.' '`systemctl start haproxy` on haproxy-1; nothing moves. `systemctl stop flipagent` on haproxy-2;'; do
        grep -qF "$said" README.md || { echo "README.md does not say: $said"; return 1; }
    done
    inside haproxy-1 systemctl stop haproxy && until_true 60 served_by haproxy-2 || { inside haproxy-2 flipagentctl status; return 1; }
    inside haproxy-1 systemctl start haproxy && sleep 5 && served_by haproxy-2 || return
    inside haproxy-2 systemctl stop flipagent && until_true 60 served_by haproxy-1 || { inside haproxy-1 flipagentctl status; return 1; }
    inside haproxy-2 systemctl start flipagent && until_true 60 is_well
}

# served_by NODE: it says that it holds the address, and site 1 answers there. (status ends with 7 while the other node could not take over.)
served_by() {
    { inside "$1" flipagentctl status || true; } | grep -q "$1 is master and holds 203.0.113.10" && ip netns exec "$hub" curl -s -m 5 http://203.0.113.10:8001/ | grep -qx 'Backend 1'
}
