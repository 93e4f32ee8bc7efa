#!/bin/sh
# run.sh BUILD_DIR SECONDS NAME...: runs fuzz targets, one after the other.
# One line each; the log of a failed one in full.  Exit 1 if any failed.

set -u
build=$1
seconds=$2
shift 2
here=$(dirname "$0")
mkdir -p "$build/crash" "$build/log"
failed=0

for name in "$@"; do
	mkdir -p "$build/corpus/$name"
	log=$build/log/$name.log
	dict=$here/$name.dict
	seeds=$here/corpus/$name
	[ -f "$dict" ] && dict=-dict=$dict || dict=-use_value_profile=0
	[ -d "$seeds" ] || seeds=

	# The first folder takes what is new, the second is only read.
	if "$build/fuzz_$name" -max_total_time="$seconds" -timeout=10 \
	    -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1 \
	    "$dict" -artifact_prefix="$build/crash/$name-" \
	    "$build/corpus/$name" ${seeds:+"$seeds"} >"$log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
		echo "  ok    fuzz $name: $runs runs, $edges edges"
	else
		echo "  FAIL  fuzz $name: see $log"
		tail -n 60 "$log" | sed 's/^/        /'
		failed=1
	fi
done
exit $failed
