#!/usr/bin/env bash
# Run a command of the lab of countries, with networks, mounts and processes of its own: nothing is left behind,
# however it ends. Needs root. Use: tests/netns/geofence/run.sh COMMAND…
set -u
if [ "$(id -u)" != 0 ]; then
    echo 'The lab needs root for its network namespaces: run it with sudo.' >&2
    exit 1
fi
here=$(dirname "$0")
mkdir -p build/meeting # the client's own modules are bundled there
folder=$(mktemp -d)
PATH=$PATH:/usr/sbin unshare --net --mount --pid --fork --kill-child --mount-proc "$here/regions.sh" "$folder" "$@" </dev/null
status=$?
rm -rf "$folder"
exit $status
