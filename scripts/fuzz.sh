#!/usr/bin/env bash
# Run fuzz targets over their seeds for some seconds each. Use: scripts/fuzz.sh SECONDS [TARGET…]
set -u
cd "$(dirname "$0")/.."
seconds=$1
shift
ninja -C build/fuzz -j "${JOBS:-$(nproc)}" --quiet || exit 1
rm -f build/fuzz/failed
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for source in fuzz/*_fuzz.c; do targets+=("$(basename "$source" _fuzz.c)"); done
fi

run() { # target; its verdict is its exit status
    local target=$1 seeds=fuzz/corpus/$1 found=build/fuzz/corpus/$1
    mkdir -p "$found" "$seeds"
    if build/fuzz/"${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/$target-" "$found" "$seeds" >"build/fuzz/$target.log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$target.log")
        printf '  ok    fuzz %-14s %s runs\n' "$target" "$runs"
    else
        { printf '  FAIL  fuzz %s\n' "$target"; grep -vE '^#[0-9]+' "build/fuzz/$target.log" | tail -30 | sed 's/^/        /'; }
        return 1
    fi
}
export -f run
export seconds

# One target keeps one core busy.
printf '%s\0' "${targets[@]}" | xargs -0 -n 1 -P "${JOBS:-$(nproc)}" bash -c 'run "$0" || { echo "$0" >>build/fuzz/failed; exit 1; }'
failed=$(cat build/fuzz/failed 2>/dev/null | wc -l)
echo "fuzz: $((${#targets[@]} - failed)) passed, $failed failed"
[ "$failed" -eq 0 ] && [ ${#targets[@]} -gt 0 ]
