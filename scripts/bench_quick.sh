#!/usr/bin/env bash
# The regression gate of speed: what a forwarded packet costs the server, counted (bench/budget.c), against
# bench/budget.json; and that this gate is red when runs of packets are switched off.
# Use (`make bench-quick` has installed what it needs): scripts/bench_quick.sh
set -u
cd "$(dirname "$0")/.."
if [ "$(uname -m)" != x86_64 ]; then
    echo "The budget of bench/budget.json is for x86-64: nothing was counted on $(uname -m)."
    exit 0
fi
[ -f build/release/build.ninja ] || cmake --preset release >build/cmake-release.log || { cat build/cmake-release.log; exit 2; }
ninja -C build/release -j "${JOBS:-$(nproc)}" --quiet budget || exit 2
node bench/budget.mjs || exit
node bench/budget.mjs --without-runs V >build/bench/without-runs.log 2>&1
if [ $? != 1 ] || ! grep -q 'V: messages.*TOO MUCH' build/bench/without-runs.log; then
    cat build/bench/without-runs.log
    echo 'ERROR: without runs (UDP_SEGMENT) more messages go to the kernel, and the budget did not say so.'
    exit 1
fi
echo '  The same behind a kernel that cuts no messages is above the budget, as it has to be.'
