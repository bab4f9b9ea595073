#!/usr/bin/env bash
# Run a command among people, in a namespace of their own, with countries around: each is a namespace
# with one cable to the core, where we are, and which forwards. IPv4 and IPv6 on each cable. Nodes have
# a second address for the bus, from which they reach it. Use: regions.sh FOLDER COMMAND…
# NS_<name> is a process in that namespace.
set -eu
folder=$1
shift
holders=()
trap 'kill "${holders[@]}"' EXIT
readonly BUS_NET=10.9.16.0/21

place() { # name number
    unshare --net sleep 1200 & holder=$!
    holders+=("$holder")
    until [ "$(readlink /proc/$holder/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
    ip link add "$1" type veth peer name wan0 netns $holder
    ip link set "$1" gso_max_segs 1 up
    ip addr add "10.9.$2.1/24" dev "$1"
    ip addr add "fd09:$2::1/64" dev "$1" nodad
    nsenter -t $holder -n bash -eu -c "
        ip link set lo up
        ip link set wan0 gso_max_segs 1 up
        ip addr add 10.9.$2.2/24 dev wan0
        ip addr add fd09:$2::2/64 dev wan0 nodad
        ip route add default via 10.9.$2.1
        ip -6 route add default via fd09:$2::1"
    declare -gx "NS_$1=$holder"
}

node() { # name number
    place "$1" "$2"
    nsenter -t $holder -n ip addr add "10.9.$2.3/24" dev wan0
    nsenter -t $holder -n ip route add $BUS_NET via "10.9.$2.1" src "10.9.$2.3"
}

ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
# A stray query for a name ends here, at once.
ip route add unreachable default
ip -6 route add unreachable default
node fr1 1
node de1 2
node us1 3
node cn1 4
place people 8
place bus1 17
place bus2 18
place bus3 19
export NS_core=$$

{
    echo '127.0.0.1 localhost'
    for n in fr1:1 de1:2 us1:3 cn1:4; do
        echo "10.9.${n#*:}.2 ${n%:*}.lab.example.org"
        echo "fd09:${n#*:}::2 ${n%:*}.lab.example.org"
    done
} >"$folder/hosts"
mount --bind "$folder/hosts" /etc/hosts
export WEB_CERT=$folder/web.pem WEB_KEY=$folder/web.key NODE_EXTRA_CA_CERTS=$folder/web.pem
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=lab.example.org \
    -addext 'subjectAltName=DNS:*.lab.example.org' -keyout "$WEB_KEY" -out "$WEB_CERT" 2>/dev/null
nsenter -t "$NS_people" -n "$@"
