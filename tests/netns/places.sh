#!/usr/bin/env bash
# Run a command at a client in a namespace of its own. A node and, with the same addresses, a thief of
# its keys are in two others. Nothing joins them: each one's cable ends in the namespace that we are in,
# where a wire may lead from one end to another. Use: places.sh COMMAND…
set -eu
holders=()
trap 'kill "${holders[@]}"' EXIT

place() { # name address hardware-address: its process is in $holder
    unshare --net sleep 1000 & holder=$!
    holders+=("$holder")
    until [ "$(readlink /proc/$holder/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
    ip link add "$1" type veth peer name wire0 netns $holder
    ip link set "$1" gso_max_segs 1 up
    nsenter -t $holder -n ip link set lo up
    nsenter -t $holder -n ip link set wire0 address "$3" gso_max_segs 1 up
    nsenter -t $holder -n ip addr add "$2/24" dev wire0
}

place client 10.98.0.2 02:00:00:00:00:02
client=$holder
nsenter -t $client -n ip route add default via 10.98.0.1
place node 10.98.0.1 02:00:00:00:00:01
export NODE_PID=$holder
place thief 10.98.0.1 02:00:00:00:00:01
export THIEF_PID=$holder WIRE_PID=$$
nsenter -t $client -n "$@"
