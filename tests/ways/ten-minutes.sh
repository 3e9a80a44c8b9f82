# shellcheck shell=bash
# docs/first-ten-minutes.md: its commands on three fresh machines, and what they answer. Read by tests/ways.sh after readme.sh. REWRITE=1 puts in what came.

# Each command of the README's steps is in the transcript, in its order.
transcript_agrees() {
    local n line typed bad=0
    typed=$(sed -n 's/^root@[a-z0-9-]*:[^#]*# //p' docs/first-ten-minutes.md)
    for n in 1 2 4; do
        while IFS= read -r line; do
            grep -qxF "$line" <<<"$typed" || { echo "docs/first-ten-minutes.md has not: $line"; bad=1; }
        done < <(readme_block "$n" | sed 's/ *#.*//')
    done
    return $bad
}

ten_minutes() {
    local name
    local -a machines=()
    fresh_machines "$1" && [ -n "$lab" ] || return
    for name in web haproxy-1 haproxy-2; do machines+=("$name=$(leader "$name")"); done
    # shellcheck disable=SC2086 # an option or none
    tests/ways/transcript.py ${REWRITE:+--rewrite} docs/first-ten-minutes.md "${machines[@]}"
}
