#!/usr/bin/env bash
# The ready-made ways in (deploy/cloud-init, vagrant, ansible, terraform), each as far as it can be tried without a cloud: like walking through a house
# whose lights are not connected yet. Ends with "N passed, N failed[, N skipped]"; a skipped check is named with its reason. With CI=true a tool
# that Debian has is installed, so its absence is a failure.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. tests/need.sh
. tests/ways/machines.sh
. tests/ways/readme.sh
. tests/ways/ten-minutes.sh
passed=0 failed=0 skipped=0
scratch=$(mktemp -d /tmp/fa-ways-XXXXXX)
out=${FLIPAGENT_OUT:-$PWD/out}
cache=${FLIPAGENT_TEST_CACHE:-/var/cache/flipagent-test}
trap 'switch_off; rm -rf "$scratch"' EXIT
# Neither a home directory nor the service of a maker of tools is any business of these checks.
export VAGRANT_HOME=$scratch/vagrant VAGRANT_DOTFILE_PATH=$scratch/vagrant/dot VAGRANT_CHECKPOINT_DISABLE=1
export TF_DATA_DIR=$scratch/terraform CHECKPOINT_DISABLE=1
unset TF_CLI_CONFIG_FILE

# check NAME COMMAND...: what it printed is shown only when it failed.
check() {
    local name=$1 log=$scratch/check.log began=$SECONDS
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        printf 'ok %s, %d s\n' "$name" $((SECONDS - began))
    else
        failed=$((failed + 1))
        printf 'not ok %s\n' "$name"
        tail -n "${TAIL:-40}" "$log" | sed 's/^/    /'
    fi
}

skip() {
    skipped=$((skipped + 1))
    printf 'skipped %s: %s\n' "$1" "$2"
}

# lacks NAME WHY: something is missing that CI must have.
lacks() { if [ "${CI:-}" = true ]; then check "$1: $2" false; else skip "$1" "$2"; fi; }

# without NAME PROGRAM PACKAGE: true, and the check is named, when a program that Debian has is missing.
without() {
    command -v "$2" >/dev/null && return 1
    lacks "$1" "$2 is not installed: apt-get install $3"
}

user_data() {
    deploy/cloud-init/user-data.sh web WEB_ADDRESS=auto >"$scratch/web.yaml" &&
        deploy/cloud-init/user-data.sh haproxy WEB_ADDRESS=10.110.0.14 --apt http://apt.flipagent.example "$scratch/web.yaml" >"$scratch/haproxy-apt.yaml" &&
        deploy/cloud-init/user-data.sh haproxy WEB_ADDRESS=10.110.0.14 >"$scratch/haproxy.yaml"
}

# DigitalOcean takes 64 KiB.
fits() { [ "$(wc -c <"$1")" -le 65536 ] || { ls -l "$1"; false; }; }

# Wrong arguments are refused with words, and nothing is printed that a pipe would take for user-data.
refuses() {
    local words
    for words in '' 'db' 'web wrong' 'haproxy --apt url'; do
        # shellcheck disable=SC2086 # words on purpose
        if deploy/cloud-init/user-data.sh $words >"$scratch/refused" 2>"$scratch/why" || [ -s "$scratch/refused" ] || ! grep -q usage "$scratch/why"; then
            echo "not refused: '$words'"
            return 1
        fi
    done
}

# Debian's cloud-init, unpacked and not installed: installed, it would set up this very machine at its next boot.
cloud_init_schema() {
    local folder=$cache/cloud-init
    if command -v cloud-init >/dev/null; then
        cloud-init schema --config-file "$1"
        return
    fi
    if [ ! -d "$folder" ]; then
        mkdir -p "$folder.new" "$scratch/deb" && chmod 0755 "$scratch" "$scratch/deb"
        (cd "$scratch/deb" && apt-get download -q -o APT::Sandbox::User=root cloud-init && dpkg -x cloud-init_*.deb "$folder.new") && mv "$folder.new" "$folder" || return
    fi
    PYTHONPATH=$folder/usr/lib/python3/dist-packages /usr/bin/python3 "$folder/usr/bin/cloud-init" schema --config-file "$1"
}

schema_is_read() { ! printf '#cloud-config\nwrite_files:\n- {path: /x, encoding: rot13}\n' >"$scratch/bad.yaml" || ! cloud_init_schema "$scratch/bad.yaml"; }

yaml() {
    git ls-files -co --exclude-standard deploy/ansible | grep '\.yml$' |
        xargs yamllint -s -d '{extends: default, rules: {line-length: disable, document-start: disable, braces: disable, comments: {min-spaces-from-content: 1}}}'
}

vagrant_validate() { (cd deploy/vagrant && DEB=/dev/null vagrant validate --ignore-provider); }

ansible_syntax() { (cd deploy/ansible && ansible-playbook --syntax-check -i inventory.example.yml reference.yml); }

terraform_fmt() { terraform fmt -check -diff -recursive deploy/terraform; }

# The part of the module that needs no provider, really applied: the same files as user-data.sh packs.
terraform_user_data() {
    local part=$1
    (
        cd deploy/terraform/user-data && terraform init -no-color -input=false >/dev/null && terraform validate -no-color &&
            terraform apply -auto-approve -no-color -state="$scratch/$part.tfstate" -backup=- -var part="$part" -var "values={WEB_ADDRESS=\"$2\"}" >/dev/null &&
            terraform output -raw -no-color -state="$scratch/$part.tfstate" text >"$scratch/$part.terraform.yaml"
    ) && tests/ways/same-user-data.py "$scratch/$part.yaml" "$scratch/$part.terraform.yaml"
}

# Needs the provider, which nobody here may download: a machine that has it in Terraform's plug-in folder runs it.
terraform_validate() {
    (cd deploy/terraform && terraform init -no-color -input=false -backend=false -lockfile=readonly "-plugin-dir=$1" && terraform validate -no-color)
}

# No way in carries a secret, and none has a place for one in what stays behind.
no_secrets() { ! grep -rnE 'dop_v1_|hooks\.slack\.com/services/T|sensitive *=' deploy/cloud-init deploy/vagrant deploy/ansible deploy/terraform; }

need_packages ways || true
check 'user-data.sh prints user-data for each part' user_data
check 'user-data.sh refuses wrong words' refuses
for file in web haproxy haproxy-apt; do
    check "user-data of $file fits into 64 KiB" fits "$scratch/$file.yaml"
done
if command -v cloud-init >/dev/null || { [ "$(id -u)" -eq 0 ] && /usr/bin/python3 -c 'import jsonschema, configobj, netifaces' 2>/dev/null; }; then
    for file in web haproxy haproxy-apt; do
        check "cloud-init schema: user-data of $file" cloud_init_schema "$scratch/$file.yaml"
    done
    check 'cloud-init schema refuses what is wrong' schema_is_read
else
    lacks 'cloud-init schema' 'cloud-init is not installed, and only root unpacks it here'
fi
without 'YAML of the role' yamllint yamllint || check 'YAML of the role' yaml
without 'Vagrantfile: ruby -c' ruby ruby || check 'Vagrantfile: ruby -c' ruby -c deploy/vagrant/Vagrantfile
without 'vagrant validate' vagrant vagrant || check 'vagrant validate' vagrant_validate
without 'ansible-playbook --syntax-check' ansible-playbook ansible-core || check 'ansible-playbook --syntax-check' ansible_syntax
if command -v terraform >/dev/null; then
    check 'terraform fmt' terraform_fmt
    check 'terraform: user-data of web is what user-data.sh prints' terraform_user_data web auto
    check 'terraform: user-data of haproxy is what user-data.sh prints' terraform_user_data haproxy 10.110.0.14
    plugins=${TF_PLUGINS:-$HOME/.terraform.d/plugins}
    if [ -d "$plugins" ] && find "$plugins" -name 'terraform-provider-digitalocean*' | grep -q .; then
        check 'terraform validate' terraform_validate "$plugins"
    else
        skip 'terraform validate' "no provider digitalocean in $plugins, and it is not downloaded here"
    fi
else
    skip 'terraform fmt, validate, user-data' 'Debian has no terraform'
fi
check 'no secret, and no place for one' no_secrets
check 'README.md and deploy/reference/README.md have the same commands' readme_agrees
check 'docs/first-ten-minutes.md has the commands of README.md' transcript_agrees
on_machines
printf '%d passed, %d failed' "$passed" "$failed"
[ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
printf '\n'
[ "$failed" -eq 0 ]
