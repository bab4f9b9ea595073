#!/usr/bin/env bash
# The network lab: namespaces joined by cables. Use: tests/netns/run.sh short|full
set -u
cd "$(dirname "$0")/../.."
kind=${1:-short}
if [ "$(id -u)" != 0 ]; then
    echo 'The network lab needs root for its namespaces: run it with sudo.' >&2
    exit 1
fi
mkdir -p build/netns
failed=0

report() { # status log
    grep -E '^(✔|✖|ℹ (tests|pass|fail)|figures)' "$2" || tail -40 "$2"
    [ "$1" -eq 0 ] && return
    failed=1
    grep -vE '^(✔|ℹ)' "$2" | tail -60
}

echo '-- strangers: two namespaces joined by a cable'
log=build/netns/lab.log
unshare --net bash -c '
    set -eu
    ip link set lo up
    ip link add lab0 type veth peer name lab1
    unshare --net sleep 1000 & stranger=$!
    trap "kill $stranger" EXIT
    sleep 0.3
    ip link set lab1 netns $stranger
    ip addr add 10.99.0.1/24 dev lab0
    ip link set lab0 up
    nsenter -t $stranger -n ip addr add 10.99.0.2/24 dev lab1
    nsenter -t $stranger -n ip link set lab1 up
    ip route add default via 10.99.0.2
    export STRANGER_PID=$stranger LAB_SECONDS='"$([ "$kind" = full ] && echo 60 || echo 12)"'
    timeout 600 node --test --test-reporter=spec tests/netns/lab.test.mjs
' >"$log" 2>&1
report $? "$log"

echo "-- egress: a node's ruleset in the kernel"
log=build/netns/egress.log
PATH=$PATH:/usr/sbin unshare --net bash -c '
    set -eu
    ip link set lo up
    unshare --net sleep 1000 & world=$!
    trap "kill $world" EXIT
    until [ "$(readlink /proc/$world/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
    ip link add de0 type veth peer name world0 netns $world
    ip link set de0 up
    nsenter -t $world -n ip link set lo up
    nsenter -t $world -n ip link set world0 up
    export WORLD_PID=$world
    timeout 300 node --test --test-reporter=spec tests/netns/egress.test.mjs
' >"$log" 2>&1
report $? "$log"

echo '-- speed of light: a wire that delays'
log=build/netns/light.log
cc -std=c17 -O2 -Wall -Wextra -Werror -o build/netns/wire tests/netns/wire.c || exit 1
LAB_KIND=$kind unshare --net tests/netns/places.sh \
    timeout 600 node --test --test-reporter=spec tests/netns/light.test.mjs >"$log" 2>&1
report $? "$log"

echo '-- the geofence: two countries where meetings may run, two where they may not'
log=build/netns/geofence.log
tests=(tests/netns/geofence/geofence.test.mjs)
[ "$kind" = full ] && tests=(tests/netns/geofence/*.test.mjs)
LAB_KIND=$kind tests/netns/geofence/run.sh \
    timeout 900 node --test --test-force-exit --test-concurrency=1 --test-reporter=spec "${tests[@]}" >"$log" 2>&1
report $? "$log"
exit $failed
