#!/usr/bin/env bash
# Meetings without browsers and without media: the client's own machine over the real server.
# Use: tests/meeting/run.sh short|full [BINARY]
set -u
cd "$(dirname "$0")/../.."
kind=${1:-short}
binary=${2:-build/release/incamera}
failed=0
mkdir -p build/meeting

inside() { # log seconds test-file…
    local log=$1 seconds=$2
    shift 2
    TEST_BINARY=$binary TEST_KIND=$kind timeout "$seconds" node --test --test-force-exit --test-concurrency=1 \
        --test-reporter=spec "$@" </dev/null >"$log" 2>&1 || failed=1
    grep -aE '^(✖|ℹ (tests|pass|fail)|figures)' "$log" || tail -40 "$log"
    grep -aq '^ℹ fail 0' "$log" || { failed=1; sed -n '/failing tests/,$p' "$log" | head -120; }
}

inside build/meeting/meeting.log 300 tests/meeting/meeting.test.mjs tests/meeting/unlinkable.test.mjs
inside build/meeting/wall.log 120 tests/meeting/wall.test.mjs
inside build/meeting/hostile.log 300 tests/meeting/hostile.test.mjs
if [ "$kind" = full ]; then
    inside build/meeting/load.log 240 tests/meeting/load.test.mjs
    inside build/meeting/scale.log 660 tests/meeting/scale.test.mjs
fi
exit $failed
