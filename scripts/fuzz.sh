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
passed=0 failed=0
for target in "${targets[@]}"; do
    seeds=fuzz/corpus/$target
    found=build/fuzz/corpus/$target
    mkdir -p "$found" "$seeds"
    if build/fuzz/"${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/$target-" "$found" "$seeds" >"build/fuzz/$target.log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$target.log")
        printf '  ok    fuzz %-14s %s runs\n' "$target" "$runs"
        passed=$((passed + 1))
    else
        printf '  FAIL  fuzz %s\n' "$target"
        grep -vE '^#[0-9]+' "build/fuzz/$target.log" | tail -30 | sed 's/^/        /'
        failed=$((failed + 1))
    fi
done
echo "fuzz: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
