#!/usr/bin/env bash
# Several nodes on real NATS servers, in a network namespace of their own. Use: tests/cluster/run.sh [BINARY [PART …]]
set -u
cd "$(dirname "$0")/../.."
if [ "$(id -u)" != 0 ]; then
    echo 'The cluster needs root for its namespace: run it with sudo.' >&2
    exit 1
fi
binary=$(realpath "${1:-build/release/incamera}")
mkdir -p build/cluster
printf '127.0.0.1 localhost\n10.77.1.1 fr1.lab.example.org\n10.77.1.2 de1.lab.example.org\n10.77.1.3 us1.lab.example.org\n' >build/cluster/hosts # not every browser can be told
failed=0
shift || true
[ $# -gt 0 ] || set -- cluster restore drain relay mesh browser evidence carrier carriers drain_guests drain_browser drain_lobby
for part; do
[ "$part" != drain_browser ] || . tests/e2e/sound.sh build/cluster
log=build/cluster/$part.log
PATH=$PATH:/usr/sbin TEST_BINARY=$binary TEST_CUT_BINARY=$(dirname "$binary")/incamera_cut TEST_PART=$part unshare --net --mount bash -c '
    set -eu
    mount --bind build/cluster/hosts /etc/hosts
    ip link set lo up
    ip link add lab0 type veth peer name lab1
    ip link set lab0 up
    ip link set lab1 up
    for host in 1.1 1.2 1.3 1.4 2.1 2.2 2.3; do ip addr add "10.77.$host/16" dev lab0; done
    exec timeout $((240 + 40 * ${FAILOVER_ROUNDS:-1})) node --test --test-force-exit --test-concurrency=1 --test-reporter=spec tests/cluster/$TEST_PART.test.mjs
' </dev/null >"$log" 2>&1
status=$?
grep -aE '^(✔|✖|ℹ (tests|pass|fail)|figures)' "$log" || tail -40 "$log"
[ $status -eq 0 ] && continue
failed=1
sed -n '/failing tests/,$p' "$log" | head -120
done
exit $failed
