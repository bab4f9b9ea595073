#!/usr/bin/env bash
# The command line of the real binary. Use: tests/cli/run.sh [BINARY]
set -u
cd "$(dirname "$0")/../.."
log=build/cli.log
mkdir -p build
TEST_BINARY=${1:-build/release/incamera} timeout 300 node --test --test-concurrency=1 \
    --test-reporter=spec tests/cli/cli.test.mjs tests/cli/log.test.mjs tests/cli/witness.test.mjs tests/cli/operator.test.mjs \
    tests/cli/node.test.mjs tests/cli/audit.test.mjs >"$log" 2>&1
status=$?
grep -aE '^ℹ (tests|pass|fail)' "$log"
[ $status -eq 0 ] || { sed -n '/failing tests/,$p' "$log" | head -80; }
exit $status
