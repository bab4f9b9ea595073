#!/usr/bin/env bash
# Run fuzz targets over their seeds for some seconds each. Use: scripts/fuzz.sh SECONDS [TARGET…]
set -u
cd "$(dirname "$0")/.."
seconds=$1
shift
ninja -C build/fuzz -j "${JOBS:-$(nproc)}" --quiet || exit 1
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for source in fuzz/*_fuzz.c; do targets+=("$(basename "$source" _fuzz.c)"); done
fi

run() { # target; whoever passed is noted, so that a run that was cut short is no success
    local target=$1 seeds=fuzz/corpus/$1 found=build/fuzz/corpus/$1
    mkdir -p "$found" "$seeds"
    if build/fuzz/"${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/$target-" "$found" "$seeds" >"build/fuzz/$target.log" 2>&1; then
        printf '  ok    fuzz %-14s %s runs\n' "$target" "$(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$target.log")"
        echo "$target" >>build/fuzz/passed
    else
        printf '  FAIL  fuzz %s\n' "$target"
        grep -vE '^#[0-9]+' "build/fuzz/$target.log" | tail -30 | sed 's/^/        /'
    fi
}
export -f run
export seconds

# One target keeps one core busy.
: >build/fuzz/passed
printf '%s\0' "${targets[@]}" | xargs -0 -n 1 -P "${JOBS:-$(nproc)}" bash -c 'run "$0"'
passed=$(wc -l <build/fuzz/passed)
echo "fuzz: $passed passed, $((${#targets[@]} - passed)) failed"
[ "$passed" -eq ${#targets[@]} ]
