# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # names shared with the other pieces
# Hosts, links and recordings. Sourced by record-captures, inside its namespaces.
#
#   host NAME MAC ADDR…          a namespace with eth0 on the switch
#   on NAME COMMAND…             runs a command there
#   daemon NAME LOG COMMAND…     starts one there in the background
#   capture_start FILE [NAME IFACE [tcpdump option…]], capture_stop

work=
capture_pid=
failed=()
declare -A is_host=()

say() { printf '%(%T)T  %s\n' -1 "$*" >&2; }

net_prepare() {
    [[ $(readlink /proc/self/ns/net) != "$WEIR_HOST_NETNS" ]] ||
        { echo "record-captures: still in the machine's network namespace" >&2; exit 1; }
    [[ $(ip -o link | grep -cv ': lo:') == 0 ]] ||
        { echo "record-captures: this namespace has links other than lo" >&2; exit 1; }
    work=$(mktemp -d /tmp/weir-record.XXXXXX)
    chmod 755 "$work"
    mount -t tmpfs tmpfs /run
    mkdir -p /run/netns /run/lock /run/sshd /run/user
    export TMPDIR=$work LC_ALL=C.UTF-8 XTABLES_LOCKFILE=$work/xtables.lock
    # One resolver for all hosts, and no look-ups by anything but DNS.
    echo 'hosts: files dns' >"$work/nsswitch.conf"
    sed '/^hosts:/d' /etc/nsswitch.conf >>"$work/nsswitch.conf"
    hostname client
    printf '127.0.0.1 localhost\n::1 localhost\n192.0.2.10 client\n' >"$work/hosts"
    : >"$work/resolv.conf"
    local f
    for f in nsswitch.conf hosts resolv.conf; do
        mount --bind "$work/$f" "$(readlink -f /etc/$f)"
    done
    clang -O2 -target bpf -I/usr/include/"$(uname -m)"-linux-gnu -c "$pieces/link.bpf.c" -o "$work/link.bpf.o"
    ip link set lo up
}

net_cleanup() { # what was started ends with this PID namespace
    trap - EXIT
    [[ -n ${KEEP_WORK:-} ]] || rm -rf "$work" 2>/dev/null || true
}

# No way out: not one interface of a host leads to anything but a namespace of ours.
assert_closed() {
    local n
    for n in "${!is_host[@]}"; do
        if [[ $(on "$n" readlink /proc/self/ns/net) == "$WEIR_HOST_NETNS" ]] ||
            on "$n" ip -o -d link | grep -v ' lo: ' | grep -qv -e veth -e bridge -e tun -e vxlan; then
            echo "record-captures: $n has a link that is not ours" >&2
            exit 1
        fi
    done
}

plain_frames() { # NAME IFACE: frames as on a wire, no offloads
    on "$1" ethtool -K "$2" tx off rx off sg off tso off gso off gro off txvlan off >/dev/null 2>&1 || true
}

on() { nsenter --net="/run/netns/$1" -- "${@:2}"; }

daemon() {
    local name=$1 log=$2
    shift 2
    on "$name" setsid "$@" >"$work/$log.log" 2>&1 </dev/null &
    disown
}

namespace() {
    ip netns add "$1"
    is_host[$1]=1
    on "$1" ip link set lo up
    on "$1" sysctl -qw net.ipv6.conf.default.accept_ra="${2:-0}" net.ipv6.conf.default.router_solicitations=0 \
        net.ipv4.ping_group_range='0 2147483647' \
        net.ipv6.conf.default.use_tempaddr=0 net.ipv6.conf.default.dad_transmits="${2:-0}" net.ipv4.ip_unprivileged_port_start=0
}

switch() {
    namespace "$1"
    on "$1" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
    on "$1" ip link add br0 type bridge mcast_snooping 0
    on "$1" ip link set br0 up
}

# link SWITCH NAME IFACE MAC: a cable from a port of the switch to an interface
link() {
    local port=p$2
    [[ $3 == eth0 ]] || port=p$2-$3
    port=${port:0:15}
    ip link add name "$port" netns "$1" address 02:ff:00:"$(printf '%02x:%02x:%02x' $((RANDOM % 256)) $((RANDOM % 256)) $((RANDOM % 256)))" \
        type veth peer name "$3" netns "$2" address "$4"
    plain_frames "$1" "$port"
    plain_frames "$2" "$3"
    on "$1" ip link set "$port" master br0 up
    on "$2" ip link set "$3" up
}

addresses() { # NAME IFACE ADDR…
    local a
    for a in "${@:3}"; do
        if [[ $a == *:* ]]; then on "$1" ip addr add "$a" dev "$2" nodad; else on "$1" ip addr add "$a" dev "$2"; fi
    done
}

host() {
    namespace "$1"
    link sw "$1" eth0 "$2"
    addresses "$1" eth0 "${@:3}"
}

# port_filter SWITCH PORT INGRESS EGRESS: programs of link.bpf.c on a switch port ('-' for none)
port_filter() {
    on "$1" tc qdisc replace dev "$2" clsact
    [[ $3 == - ]] || on "$1" tc filter replace dev "$2" ingress bpf obj "$work/link.bpf.o" sec "$3" direct-action
    [[ $4 == - ]] || on "$1" tc filter replace dev "$2" egress bpf obj "$work/link.bpf.o" sec "$4" direct-action
}

port_plain() { on "$1" tc qdisc del dev "$2" clsact; }

capture_start() {
    local file=$1 name=${2:-sw} iface=${3:-br0}
    shift $(($# < 3 ? $# : 3))
    rm -f "$work/tcpdump.log"
    nsenter --net="/run/netns/$name" -- tcpdump -i "$iface" -Z root -n -U --immediate-mode -s 65535 -B 65536 -w "$file" "$@" 2>"$work/tcpdump.log" </dev/null &
    capture_pid=$!
    until grep -q 'listening on' "$work/tcpdump.log" 2>/dev/null; do
        kill -0 "$capture_pid" || { cat "$work/tcpdump.log" >&2; return 1; }
        sleep 0.05
    done
}

capture_stop() {
    sleep 0.4
    kill -TERM "$capture_pid"
    wait "$capture_pid" || true
    capture_pid=
    grep -q '^0 packets dropped by kernel' "$work/tcpdump.log" || { cat "$work/tcpdump.log" >&2; return 1; }
}

wait_port() { # NAME PORT [ADDR]: until something listens there
    local i
    for i in {1..300}; do
        on "$1" ss -Hlntu "sport = :$2" | grep -q . && return 0
        sleep 0.1
    done
    echo "record-captures: nothing listens on port $2 of $1" >&2
    return 1
}
