#!/usr/bin/env bash
# Run a command in the network namespace that we are in: loopback, and an interface with a default
# route that leads nowhere, because Firefox offers no UDP candidate on loopback alone.
set -eu
ip link set lo up
ip link add lab0 type veth peer name lab1
ip addr add 10.99.0.1/24 dev lab0
ip link set lab0 up
ip link set lab1 up
ip route add default via 10.99.0.2 dev lab0
exec "$@"
