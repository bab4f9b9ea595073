#!/usr/bin/env bash
# The benchmarks, one after the other, most of them with real browsers, in a network namespace with nothing but
# loopback; then a table, and all of it in build/bench/report.json and, with plots,
# in report.html. Fails when something could not be measured, never because of a slow machine.
# Use (as root; `make bench` has built): scripts/bench.sh [--json] [forward|capacity|cost|srtp|saturation|scaling|memory|life|signalling|transform|remove|join|crowd]…
set -u
cd "$(dirname "$0")/.."
first_commit=008f3b75a846f04fe7558c40f5ebd06c8b610519 # the first meeting: encryption to the server only
first=build/bench/first
table=()
names=()
for each in "$@"; do
    case $each in
    --json) table+=(--json) ;;
    forward | capacity | cost | srtp | saturation | scaling | memory | life | signalling | transform | remove | join | crowd) names+=("$each") ;;
    *)
        echo 'usage: scripts/bench.sh [--json] [forward|capacity|cost|srtp|saturation|scaling|memory|life|signalling|transform|remove|join|crowd]…' >&2
        exit 2
        ;;
    esac
done
[ ${#names[@]} -gt 0 ] || names=(forward capacity cost srtp saturation scaling memory life signalling transform remove join crowd)
if [ "$(id -u)" != 0 ]; then
    echo 'The benchmarks need root for a network namespace: run them with sudo.' >&2
    exit 1
fi
# The client of the first meeting needs nothing that ours does not: its build uses the same tools.
build_first() {
    [ -x "$first/build/release/incamera" ] && [ "$(cat "$first/.commit" 2>/dev/null)" = "$first_commit" ] && return
    echo 'Building the first meeting, to compare with' >&2
    rm -rf "$first" && mkdir -p "$first/build" &&
        git archive "$first_commit" | tar -x -C "$first" &&
        ln -s ../../../../web/node_modules "$first/web/node_modules" &&
        (cd "$first/web" && node node_modules/vite/bin/vite.js build >../build/web.log 2>&1) &&
        (cd "$first" && cmake --preset release >build/cmake.log 2>&1) &&
        ninja -C "$first/build/release" -j "${JOBS:-$(nproc)}" --quiet incamera >"$first/build/ninja.log" 2>&1 &&
        echo "$first_commit" >"$first/.commit" && return
    tail -n 20 "$first"/build/*.log >&2
    return 1
}

. tests/e2e/sound.sh build/bench

for name in "${names[@]}"; do
    rm -f "build/bench/$name.json"
    if [ "$name" = join ] && ! build_first; then
        continue
    fi
    case $name in
    forward | capacity) program=yardstick ;;
    srtp) program=srtp ;;
    cost) program=budget ;;
    *) program=incamera ;;
    esac
    ninja -C build/release -j "${JOBS:-$(nproc)}" --quiet "$program" >&2 || continue
    echo "Measuring: $name" >&2
    unshare --net tests/e2e/namespace.sh timeout 2700 node "bench/$name.mjs" >"build/bench/$name.log" 2>&1 ||
        tail -n 20 "build/bench/$name.log" >&2
done
node bench/table.mjs --json "${names[@]}" >build/bench/report.json
node bench/report.mjs
node bench/table.mjs ${table[@]+"${table[@]}"} "${names[@]}"
