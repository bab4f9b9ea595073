#!/usr/bin/env bash
# The raw-socket tests of HTTP and WebSocket, against the real server on loopback, plain and TLS.
# Use: tests/http/run.sh [BINARY]
set -u
cd "$(dirname "$0")/../.."
binary=${1:-build/release/incamera}
folder=$(mktemp -d)
failed=0
mkdir -p build/http

against() { # url listen flags…
    local url=$1 listen=$2 log=build/http/${1%%:*}.log
    shift 2
    "$binary" serve --dev "$@" --listen "$listen" --media-port 10300 --media-udp-base 10300 \
        --media-address 127.0.0.1 --data-dir "$folder/data" >"$folder/server.log" 2>&1 &
    local server=$!
    for _ in $(seq 100); do
        curl -fsk -o "$folder/ready" "$url/readyz" 2>"$folder/curl.log" && break
        sleep 0.1
    done
    IC_TEST_URL=$url NODE_TLS_REJECT_UNAUTHORIZED=0 timeout 300 node --test --test-concurrency=1 \
        --test-reporter=spec tests/http/*.mjs >"$log" 2>&1 || failed=1
    kill "$server"
    wait "$server" || { failed=1; echo "the server ended badly:"; tail -20 "$folder/server.log"; }
    echo "-- $url"
    grep -E '^ℹ (tests|pass|fail)' "$log" || tail -30 "$log"
    grep -q '^ℹ fail 0' "$log" || { failed=1; sed -n '/failing tests/,$p' "$log" | head -80; }
}

against http://localhost:8380 127.0.0.1:8380
against https://localhost:8381 127.0.0.1:8381 --tls self-signed
rm -rf "$folder"
exit $failed
