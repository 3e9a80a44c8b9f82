# shellcheck shell=bash
# Booted machines for tests/ways.sh, which defines check, skip, lacks, scratch, out and cache, and reads readme.sh: five droplets of systemd-nspawn on a bridge, a doll's house of
# the data centre. Debian's packages come from a folder inside, the agent's from out/, the cloud is the stand-in.
key=$(od -An -tx1 -N32 /dev/urandom | tr -d " \n")
token=dop_v1_5e7000000000000000000000000000000000000000000000000000000000cafe
hub=fw$$-hub
declare -A address=([web]=10.110.0.4 [haproxy-1]=10.110.0.2 [haproxy-2]=10.110.0.3 [cloud-web]=10.110.0.14 [cloud-haproxy]=10.110.0.12)
declare -A nspawn=()
lab=

on_machines() {
    local name='the role and setup.sh on booted machines' deb programs=(ansible-playbook debootstrap systemd-nspawn ip ssh apt-ftparchive) program
    deb=$(find "$out" -maxdepth 1 -name 'flipagent_*_amd64.deb' 2>/dev/null | sort -V | tail -n 1)
    [ "$(id -u)" -eq 0 ] || { lacks "$name" 'it needs root'; return; }
    [ -n "$deb" ] && [ -d "$out/apt" ] || { lacks "$name" "no package or repository in $out: make apt-repo"; return; }
    grep -q '^VERSION_CODENAME=bookworm' /etc/os-release || { lacks "$name" 'the packages for the machines are taken from Debian 12, which this is not'; return; }
    for program in "${programs[@]}"; do
        command -v "$program" >/dev/null || { lacks "$name" "$program is missing"; return; }
    done
    base=$(tests/system/rootfs.sh) && layer=$(build_layer "$base") || { check "$name" false; return; }
    check 'five machines boot' switch_on "${!address[@]}"
    [ "$failed" -eq 0 ] || return
    start_lab
    write_inventory "$deb"
    TAIL=120 check 'ansible: reference.yml sets up three fresh machines' playbook
    check 'ansible: a second run changes nothing' unchanged
    check 'ansible: haproxy-1 and haproxy-2 pass on site 3 of web' serves haproxy-1 haproxy-2
    check 'ansible: secrets are root:flipagent 0640, the key is the same, and nobody else can read one' secrets_are_safe
    check 'cloud-init: the web part sets up a fresh machine' cloud_init_part cloud-web web WEB_ADDRESS="${address[cloud-web]}"
    check 'cloud-init: the haproxy part sets up a fresh machine' cloud_init_part cloud-haproxy haproxy WEB_ADDRESS="${address[cloud-web]}"
    check 'cloud-init: site 3 is passed on' serves cloud-haproxy
    check 'cloud-init: setup.sh agent takes values and secrets, and starts the agent' cloud_init_agent "$deb"
    check 'cloud-init: setup.sh refuses values that are not plain words' bad_values
    if [ -n "$lab" ]; then
        check 'ansible: haproxy-1 is master and holds the floating IP, all is well' well
    else
        skip 'ansible: the agents elect a master' 'the stand-in cloud is not built: dotnet build tests/FlipAgent.Lab'
    fi
    readme "$deb"
}

# build_layer BASE: prints the folder of what is on the machines besides rootfs.sh's root: Python and SSH for Ansible, and a folder of packages to
# install from; the large ones that Apache needs are installed already. Made once; the name holds a sum over this function.
build_layer() {
    local made=$cache/ways-$({ declare -f build_layer && cat "$1/var/lib/dpkg/status"; } | sha256sum | cut -c 1-12) root=$scratch/layer
    [ -d "$made" ] && { echo "$made"; return; }
    {
        rm -rf "$made.new" "$made.work"
        mkdir -p "$made.new/srv/debs" "$made.work" "$root" "$scratch/apt/partial"
        apt-get -q -y --no-install-recommends --download-only -o Dir::State::status="$1/var/lib/dpkg/status" -o Dir::Cache::archives="$scratch/apt" \
            -o APT::Sandbox::User=root install python3 python3-apt openssh-server apache2 rsyslog &&
            mv "$scratch"/apt/*.deb "$made.new/srv/debs/" &&
            (cd "$made.new/srv/debs" && apt-ftparchive packages . >Packages) &&
            mount -t overlay overlay "$root" -o "lowerdir=$1,upperdir=$made.new,workdir=$made.work" &&
            echo 'deb [trusted=yes] file:/srv/debs ./' >"$root/etc/apt/sources.list" &&
            echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/short-lived" &&
            chroot "$root" apt-get update -q &&
            DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -q -y --no-install-recommends python3 python3-apt openssh-server apache2-bin perl &&
            rm -f "$root/etc/machine-id" && : >"$root/etc/machine-id" && umount "$root" && rm -rf "$made.work" && mv "$made.new" "$made"
    } >"$scratch/layer.log" 2>&1 || { tail -n 20 "$scratch/layer.log" >&2; umount "$root" 2>/dev/null; return 1; }
    echo "$made"
}

# switch_on NAME...: the network, and these machines in it.
switch_on() {
    local name
    [ -e "$scratch/id" ] || ssh-keygen -q -t ed25519 -N '' -f "$scratch/id" || return
    ip netns add "$hub" || return
    ip -n "$hub" link set lo up
    ip -n "$hub" link add br0 type bridge && ip -n "$hub" link set br0 up
    for name in 10.110.0.1/24 169.254.169.254/32 203.0.113.10/32; do ip -n "$hub" address add "$name" dev br0; done
    for name; do boot "$name" || return; done
    for name; do
        until_true 90 inside "$name" systemctl is-active -q ssh multi-user.target || { echo "$name does not boot"; tail -n 20 "$scratch/$name/console"; return 1; }
    done
}

# boot NAME: a machine as in tests/system/Host/Droplet.cs, with what it writes in a layer of its own.
boot() {
    local name=$1 folder=$scratch/$1 net=fw$$-$1
    mkdir -p "$folder"/{upper,work,root}
    mount -t overlay overlay "$folder/root" -o "lowerdir=$layer:$base,upperdir=$folder/upper,workdir=$folder/work" || return
    install -D -m 0600 "$scratch/id.pub" "$folder/root/root/.ssh/authorized_keys"
    # A droplet knows its own name without asking; Apache asks at each start, and here nobody answers.
    printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >"$folder/root/etc/hosts"
    : >"$folder/root/etc/resolv.conf"
    cp -r "$out/apt" "$folder/root/srv/apt" && chmod -R a+rX "$folder/root/srv/apt"
    ip netns add "$net" && ip link add "v-$name" netns "$hub" type veth peer name eth0 netns "$net" || return
    ip -n "$hub" link set "v-$name" master br0 up
    ip -n "$net" link set lo up
    ip -n "$net" address add "${address[$name]}/24" dev eth0 && ip -n "$net" link set eth0 up && ip -n "$net" route add default via 10.110.0.1
    tests/system/machine.sh "$name" "$folder/root" "$net" >"$folder/console" 2>&1 </dev/null &
    nspawn[$name]=$!
}

# leader NAME: the pid of its systemd.
leader() { tr ' ' '\n' <"/proc/${nspawn[$1]}/task/${nspawn[$1]}/children" 2>/dev/null | head -n 1 | grep .; }

inside() {
    local pid
    pid=$(leader "$1") || return
    shift
    nsenter -t "$pid" -m -u -i -n -p env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
}

until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}

switch_off() {
    local name pid
    [ -z "$lab" ] || kill "$lab" 2>/dev/null
    for name in "${!nspawn[@]}"; do
        pid=$(leader "$name") && kill -KILL "$pid"
        wait "${nspawn[$name]}" 2>/dev/null
    done
    for name in "${!nspawn[@]}"; do umount -l "$scratch/$name/root"; ip netns delete "fw$$-$name"; done
    tests/system/machine.sh
    [ ! -e "/run/netns/$hub" ] || ip netns delete "$hub"
    nspawn=() lab=
}

# The cloud of the system tests, when it is built.
start_lab() {
    local dll
    dll=$(find tests/FlipAgent.Lab/bin -name flipagent-lab.dll -path '*/net10.0/*' 2>/dev/null | head -n 1)
    [ -n "$dll" ] || return 0
    rm -f "$scratch/lab.log"
    printf '%s\n' "$token" >"$scratch/token"
    ip netns exec "$hub" dotnet "$dll" serve --listen 10.110.0.1:80 --listen 169.254.169.254:80 --droplet 3164444,haproxy-1,10.110.0.2 \
        --droplet 3164445,haproxy-2,10.110.0.3 --floating-ip 203.0.113.10,3164444 --forward 8001-8007 --token "lab,$scratch/token" >"$scratch/lab.log" 2>&1 &
    lab=$!
    until_true 30 grep -q ^ready "$scratch/lab.log" || { cat "$scratch/lab.log"; lab=; }
}

# haproxy-1 gets the package from a file, haproxy-2 from a signed repository.
write_inventory() {
    local from=$scratch/secrets
    mkdir -m 0700 "$from"
    printf '%s\n' "$token" >"$from/do-token"
    echo http://10.110.0.1/services/T0SECRET/B0SECRET/XSECRET >"$from/slack-webhook"
    cat >"$scratch/inventory.yml" <<END
all:
  vars:
    ansible_user: root
    ansible_ssh_private_key_file: $scratch/id
    ansible_ssh_common_args: -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ControlPath=$scratch/%C
    floating_ip: 203.0.113.10
    more_values: {DIGITALOCEAN_API_URL: "http://10.110.0.1"}
    private_network: 10.110.0.0/16
    flipagent_token_file: $from/do-token
    flipagent_slack_file: $from/slack-webhook
  children:
    web_servers:
      hosts:
        web: {ansible_host: 10.110.0.4, private_address: 10.110.0.4}
    load_balancers:
      hosts:
        haproxy-1: {ansible_host: 10.110.0.2, private_address: 10.110.0.2, droplet_id: 3164444, flipagent_deb: $1}
        haproxy-2: {ansible_host: 10.110.0.3, private_address: 10.110.0.3, droplet_id: 3164445, flipagent_apt_url: "file:///srv/apt", flipagent_apt_keyring: $out/apt/flipagent.gpg}
END
}

playbook() {
    # ansible.cfg is found in the current directory only.
    (cd deploy/ansible && ANSIBLE_HOME=$scratch/ansible ANSIBLE_LOCAL_TEMP=$scratch/ansible/tmp ANSIBLE_NOCOLOR=1 ip netns exec "$hub" ansible-playbook -i "$scratch/inventory.yml" reference.yml)
}

# The three lines of the recap say changed=0, and nothing was restarted.
unchanged() {
    local before
    before=$(inside haproxy-1 systemctl show -p MainPID flipagent haproxy)
    playbook >"$scratch/second" && [ "$(grep -c 'changed=0 .*unreachable=0 .*failed=0' "$scratch/second")" -eq 3 ] &&
        [ "$before" = "$(inside haproxy-1 systemctl show -p MainPID flipagent haproxy)" ] || { cat "$scratch/second"; return 1; }
}

serves() {
    local name
    for name in "$@"; do
        until_true 20 site_3_of "$name" || { ip netns exec "$hub" curl -m 5 -i "http://${address[$name]}:8003/"; return 1; }
    done
}

site_3_of() { ip netns exec "$hub" curl -s -m 5 "http://${address[$1]}:8003/" | grep -qx 'Backend 3'; }

secrets_are_safe() {
    local name secret found
    for name in haproxy-1 haproxy-2; do
        for secret in do-token cluster.key slack-webhook; do
            found=$(inside "$name" stat -c '%U:%G %a' "/etc/flipagent/$secret")
            [ "$found" = 'root:flipagent 640' ] || { echo "$name: $secret is $found"; return 1; }
        done
        # Whatever the machine wrote since it was poured is in its layer; only those three files may hold a secret.
        found=$(grep -rlaE "$token|T0SECRET|$(head -c 32 "$scratch/haproxy-1/root/etc/flipagent/cluster.key")" "$scratch/$name/upper" 2>/dev/null | grep -vE '/etc/flipagent/(do-token|cluster\.key|slack-webhook)$')
        [ -z "$found" ] || { printf '%s: a secret is also in\n%s\n' "$name" "$found"; return 1; }
    done
    cmp "$scratch"/haproxy-[12]/root/etc/flipagent/cluster.key
}

# cloud_init_part MACHINE PART [NAME=value...]: what cloud-init would do at the first boot.
cloud_init_part() {
    local name=$1
    shift
    deploy/cloud-init/user-data.sh "$@" >"$scratch/$name.yaml" && tests/ways/unpack-user-data.py "$scratch/$name.yaml" "$scratch/$name/root" &&
        inside "$name" /root/reference/setup.sh "$1"
}

# What the README has a person bring over SSH afterwards. Nothing answers as its API here: what counts is that it starts and knows who it is.
cloud_init_agent() {
    local folder=$scratch/cloud-haproxy/root/root/reference
    mkdir -m 0700 "$folder/secrets" && cp "$scratch"/secrets/* "$folder/secrets/" && echo "$key" >"$folder/secrets/cluster.key" && cp "$1" "$folder/" || return
    printf '%s\n' HAPROXY_1_ADDRESS=10.110.0.12 HAPROXY_1_DROPLET=5 HAPROXY_2_ADDRESS=10.110.0.13 DIGITALOCEAN_API_URL=http://127.0.0.1:9 >>"$folder/values"
    inside cloud-haproxy /root/reference/setup.sh agent && inside cloud-haproxy flipagentctl config check || return
    inside cloud-haproxy systemctl is-active flipagent && inside cloud-haproxy systemctl is-enabled flipagent || return
    [ -z "$(ls "$folder/secrets")" ] && [ "$(inside cloud-haproxy stat -c '%U:%G %a' /etc/flipagent/do-token)" = 'root:flipagent 640' ] || return
    until_true 30 knows_itself
}

# (status ends with 7: this node is degraded.)
knows_itself() {
    { inside cloud-haproxy flipagentctl status --json || true; } | grep -q '"node": *"haproxy-1"'
}

bad_values() {
    local values=$scratch/cloud-haproxy/root/root/reference/values
    # shellcheck disable=SC2016 # that is what must not be run
    echo 'FLOATING_IP=$(reboot)' >>"$values"
    ! inside cloud-haproxy /root/reference/setup.sh agent >"$scratch/why" 2>&1 && grep -q 'expected NAME=value' "$scratch/why"
}

well() { until_true 60 is_well || { inside haproxy-1 flipagentctl status; inside haproxy-2 flipagentctl status; return 1; }; }

is_well() { inside haproxy-1 flipagentctl status | grep -q '^OK  haproxy-1 is master and holds 203.0.113.10'; }
