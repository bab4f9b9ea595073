#!/usr/bin/env bash
# The audit of the server's memory and of what passes through it. Use: tests/audit/run.sh short|full
set -u
cd "$(dirname "$0")/../.."
kind=${1:-short}
folder=build/audit
if [ "$(id -u)" != 0 ]; then
    echo 'The audit needs root for gcore and a network namespace: run it with sudo.' >&2
    exit 1
fi
mkdir -p "$folder"
log=$folder/audit.log
AUDIT_KIND=$kind unshare --net tests/e2e/namespace.sh \
    timeout 900 node --test --test-concurrency=1 --test-reporter=spec tests/audit/dump.test.mjs >"$log" 2>&1
status=$?
grep -E '^(✔|✖|ℹ (tests|pass|fail)|figures)' "$log" || tail -40 "$log"
[ $status -eq 0 ] || grep -vE '^(✔|ℹ)' "$log" | tail -80
exit $status
