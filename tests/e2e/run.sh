#!/usr/bin/env bash
# The browser tests, in a network namespace with nothing but loopback. Use: tests/e2e/run.sh short|full
set -u
cd "$(dirname "$0")/../.."
kind=${1:-short}
folder=build/e2e
failed=0
. tests/e2e/sound.sh "$folder"

inside() { # binary times log test-file…
    local binary=$1 times=$2 log=$3
    shift 3
    TEST_BINARY=$binary TEST_TIMES=$times TEST_KIND=$kind unshare --net tests/e2e/namespace.sh \
        timeout 900 node --test --test-concurrency=1 --test-reporter=spec "$@" >"$log" 2>&1 || failed=1
    grep -E '^(✔|✖|ℹ (tests|pass|fail)|figures)' "$log" || tail -40 "$log"
    grep -q '^ℹ fail 0' "$log" || { failed=1; grep -vE '^(✔|ℹ)' "$log" | tail -80; }
}

if [ "$(id -u)" != 0 ]; then
    echo 'The browser tests need root for a network namespace: run them with sudo.' >&2
    exit 1
fi
echo '-- release build: time limits'
inside build/release/incamera strict "$folder/release.log" tests/e2e/meeting.test.mjs tests/e2e/product.test.mjs \
    tests/e2e/lobby.test.mjs
echo '-- sanitizer build: packets of somebody who waits'
inside build/asan/incamera loose "$folder/packets.log" tests/e2e/lobby_packets.test.mjs
echo '-- frames through the workers, without a server'
inside none strict "$folder/frames.log" tests/e2e/frames.test.mjs
echo '-- keys that a browser keeps, and signing in at an issuer, without a server'
inside none strict "$folder/identity.log" tests/e2e/identity.test.mjs
if [ "$kind" = full ]; then
    echo '-- sanitizer build: cleanliness, outages'
    inside build/asan/incamera loose "$folder/asan.log" tests/e2e/meeting.test.mjs tests/e2e/outage.test.mjs
    echo '-- codecs; a meeting over two workers'
    inside build/release/incamera strict "$folder/workers.log" tests/e2e/codecs.test.mjs tests/e2e/workers.test.mjs
    echo '-- long figures'
    inside build/release/incamera strict "$folder/long.log" tests/e2e/long.test.mjs tests/e2e/receipts.test.mjs
fi
exit $failed
