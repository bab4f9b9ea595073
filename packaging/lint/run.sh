#!/usr/bin/env bash
# make lint: style as a test. Each check prints what is wrong and where; exit status 1 if any did.
set -u
cd "$(dirname "$0")/../.."
build=${1:-build/asan}
failed=0

check() { # name command…
    local name=$1
    shift
    if out=$("$@" 2>&1); then
        printf '  ok    %s\n' "$name"
    else
        printf '  FAIL  %s\n%s\n' "$name" "$(printf '%s\n' "$out" | head -40 | sed 's/^/        /')"
        failed=1
    fi
}

mapfile -t sources < <(git ls-files --cached --others --exclude-standard 'server/*.c' 'server/*.h')
mapfile -t all_c < <(git ls-files --cached --others --exclude-standard '*.c' '*.h')

# Objects of the core hold no mutable data: nothing in .data or .bss (tables of constant pointers stand
# in .data.rel.ro, which is read-only once the program is loaded).
no_mutable_state() {
    local bad
    bad=$(for room in base msg crypto wire transport tlog media sfu signal cluster; do
        [ -f "$build/libic_$room.a" ] && objdump -t "$build/libic_$room.a" | sed "s/^/ic_$room: /"
    done | grep -E ' O (\.data|\.bss)(\.[^r]|[[:space:]])' | grep -vE '__asan|__odr|__ubsan|__sancov|\.Lubsan|\*\.LC|\.LASAN| \.LU')
    [ -z "$bad" ] || { echo "mutable file-scope state in the core:"; echo "$bad"; return 1; }
}

# Payload bytes are read in wire/pdesc.c and nowhere else.
payload_is_opaque() {
    ! grep -nE 'payload(_bytes)?\[[^]]' "${sources[@]}" | grep -vE '^server/(wire/pdesc|sim/)'
}

# No address of a package registry, no path of somebody's machine, no word of a test's secret.
nothing_private() {
    ! git grep -nIE '"resolved": *"https?://|registry\.npm|deb\.debian\.org|/home/[a-z]' -- . ':!packaging/lint'
}

check "layers" awk -f packaging/lint/layers.awk "${sources[@]}"
check "calls" awk -f packaging/lint/calls.awk "${sources[@]}"
check "size" awk -f packaging/lint/size.awk "${sources[@]}"
check "format" clang-format --dry-run -Werror "${all_c[@]}"
check "no mutable state in the core" no_mutable_state
check "payload is opaque" payload_is_opaque
check "nothing private" nothing_private
exit $failed
