#!/usr/bin/env bash
# Every test, in one order, with the time that each part took. Use: scripts/test.sh short|full|check|e2e|netns
# docs/testing.md holds the time budget of each part.
set -u -o pipefail
cd "$(dirname "$0")/.."
kind=${1:-short}
jobs=${JOBS:-$(nproc)}
passed=0 failed=0
WHY_LINES=12 # of each part that failed, said again at the end: who reads only the end must know why
why=
names=() verdicts=() times=()

part() { # name command…
    local name=$1 start=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    mkdir -p build
    if "$@" 2>&1 | tee build/part.log; then
        verdicts+=(ok)
        passed=$((passed + 1))
    else
        verdicts+=(FAIL)
        failed=$((failed + 1))
        why+=$(printf '\n-- %s\n' "$name"; grep -E '✖|Error|ERROR|error:|not within|FAIL|TOO MUCH|\(Failed\)|does not|expected' build/part.log | cut -c1-400 | awk '!seen[$0]++' | head -"$WHY_LINES")$'\n'
    fi
    names+=("$name")
    times+=($((SECONDS - start)))
}

configure() { [ -f "build/$1/build.ninja" ] || cmake --preset "$1" >"build/cmake-$1.log" || { cat "build/cmake-$1.log"; return 1; }; }
compile() { configure "$1" && ninja -C "build/$1" -j "$jobs" --quiet; }

web_client() { make --no-print-directory -s web/dist/index.html; }
web_check() {
    # IC_FULL: 1,000 random operations of a group in place of 100; IC_SERVER: drivers over the real server
    local long=0
    [ "$kind" = full ] && long=1
    (cd web && IC_FULL=$long IC_SERVER="$PWD/../build/asan/incamera" npm run --silent check)
}
# The last lines of ctest, and before them what the programs said that failed.
brief() { awk '/^ *[0-9]+\/[0-9]+ Test .*Passed/ || /^ *Start / { next } { print }' | tail -"$1"; }
unit_tests() { ctest --preset asan -L unit -j "$jobs" --output-on-failure | brief 150; return "${PIPESTATUS[0]}"; }
scenarios() {
    # placement decisions, over all seeds
    local decisions=50000
    [ "$kind" = full ] && decisions=1000000
    DECISIONS=$decisions ctest --preset asan -L scenario -j "$jobs" --output-on-failure | brief 150
    return "${PIPESTATUS[0]}"
}
threads() { compile tsan && ctest --preset tsan -R 'unit.shell_' -j "$jobs" --output-on-failure | brief 150; return "${PIPESTATUS[0]}"; }
fuzzing() { configure fuzz && scripts/fuzz.sh "$1"; }
http_tests() { tests/http/run.sh; }
command_line() { tests/cli/run.sh; }
meetings() { tests/meeting/run.sh "$1"; }
cluster() {
    [ "$1" = full ] || { tests/cluster/run.sh build/release/incamera cluster; return; }
    ninja -C build/release -j "$jobs" --quiet incamera_cut && tests/cluster/run.sh
}
# beside TITLE BEHIND FRONT KIND: both at once; what BEHIND says is shown at the end.
beside() {
    "$2" "$4" >build/beside.log 2>&1 &
    local behind=$! status=0
    "$3" || status=1
    wait $behind || status=1
    echo "-- $1"
    cat build/beside.log
    return $status
}
# The nodes have a network of their own, and mostly wait for each other.
http_and_nodes() { beside 'several nodes' cluster http_tests "$1"; }
browsers() { tests/e2e/run.sh "$1"; }
lab() {
    [ "$1" = short ] || ninja -C build/release -j "$jobs" --quiet incamera_hostile || return 1
    tests/netns/run.sh "$1"
}
hostile() { ninja -C build/release -j "$jobs" --quiet incamera_hostile && tests/hostile/run.sh "$1"; }
budget() { scripts/bench_quick.sh; }
# What is counted for the budget does not depend on what else runs.
command_line_and_budget() { beside 'cost of a packet' budget command_line "$1"; }
audit() {
    (cd web && npm run --silent build -- --mode audit >../build/web-audit.log 2>&1) || { cat build/web-audit.log; return 1; }
    cmake build/release >/dev/null && ninja -C build/release -j "$jobs" --quiet incamera_tap && tests/audit/run.sh "$1"
}

check_parts() {
    part 'build of the client' web_client
    part 'build (ASan+UBSan)' compile asan
    part lint packaging/lint/run.sh build/asan
    part 'unit tests' unit_tests
    part scenarios scenarios
    part 'web client' web_check
}

case $kind in
check) check_parts ;;
e2e)
    part 'build of the client' web_client
    part 'build (release)' compile release
    part 'build (ASan+UBSan)' compile asan
    part 'real browsers' browsers full
    ;;
netns)
    part 'build of the client' web_client
    part 'build (release)' compile release
    part 'network lab' lab full
    part 'hostile server' hostile full
    ;;
short | full)
    check_parts
    part 'build (release)' compile release
    [ "$kind" = short ] || part 'threads (TSan)' threads
    part 'fuzz targets' fuzzing "$([ "$kind" = full ] && echo 300 || echo 1)"
    part 'command line; packets' command_line_and_budget "$kind"
    part 'HTTP; several nodes' http_and_nodes "$kind"
    part 'meetings without media' meetings "$kind"
    part 'real browsers' browsers "$kind"
    part 'hostile server' hostile "$kind"
    part 'audit of a core dump' audit "$kind"
    part 'network lab' lab "$kind"
    ;;
*)
    echo 'usage: scripts/test.sh short|full|check|e2e|netns' >&2
    exit 2
    ;;
esac

printf '%s\n' "$why"
for i in "${!names[@]}"; do
    printf '  %-4s  %-24s %4d s\n' "${verdicts[$i]}" "${names[$i]}" "${times[$i]}"
done
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
