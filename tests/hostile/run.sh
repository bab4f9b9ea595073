#!/usr/bin/env bash
# Real browsers and a server that lies. Use: tests/hostile/run.sh [short|full]
set -u
kind=${1:-short}
cd "$(dirname "$0")/../.."
if [ "$(id -u)" != 0 ]; then
    echo 'The hostile server needs root for a network namespace: run it with sudo.' >&2
    exit 1
fi
mkdir -p build/hostile
failed=0

inside() { # binary log test
    TEST_BINARY=$1 TEST_KIND=$kind unshare --net tests/e2e/namespace.sh \
        timeout 1200 node --test --test-concurrency=1 --test-reporter=spec "$3" >"$2" 2>&1
    local status=$?
    grep -E '^(✔|✖|ℹ (tests|pass|fail)|figures)' "$2" || tail -40 "$2"
    [ $status -eq 0 ] && return
    failed=1
    grep -vE '^(✔|ℹ)' "$2" | tail -80
}

echo '-- lies about people, keys and packets'
inside build/release/incamera_hostile build/hostile/browser.log tests/hostile/browser.test.mjs
echo '-- one thing wrong about the machine that carries the meeting'
TEST_NO_WALL=1 inside build/release/incamera_hostile build/hostile/mutations.log tests/hostile/mutations.test.mjs
exit $failed
