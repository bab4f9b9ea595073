#!/usr/bin/env bash
# Real browsers and a server that lies. Use: tests/hostile/run.sh
set -u
cd "$(dirname "$0")/../.."
if [ "$(id -u)" != 0 ]; then
    echo 'The hostile server needs root for a network namespace: run it with sudo.' >&2
    exit 1
fi
mkdir -p build/hostile
log=build/hostile/browser.log
unshare --net tests/e2e/namespace.sh \
    timeout 900 node --test --test-concurrency=1 --test-reporter=spec tests/hostile/browser.test.mjs >"$log" 2>&1
status=$?
grep -E '^(✔|✖|ℹ (tests|pass|fail)|figures)' "$log" || tail -40 "$log"
[ $status -eq 0 ] || grep -vE '^(✔|ℹ)' "$log" | tail -80
exit $status
