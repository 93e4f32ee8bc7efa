#!/bin/sh
# run-unit.sh DIR BINARY...: runs cmocka programs, one after the other.
#
# Prints a line a program, what failed in full, and at last
# "N passed, N failed", counting tests.  A program that crashes, hangs, runs
# fewer tests than it planned or none at all counts as one failure more.
# Each program's whole output stays in DIR/log/.  Exit 1 on any failure.

set -u
LIMIT=120 # seconds a program may take

[ $# -ge 1 ] || { echo "usage: run-unit.sh DIR BINARY..." >&2; exit 2; }
dir=$1
shift
mkdir -p "$dir/log" || exit 2

passed=0
failed=0
for program in "$@"; do
	name=${program#"$dir/"}
	log=$dir/log/$(printf '%s' "$name" | tr / -).tap

	CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 5 "$LIMIT" "$program" \
	    >"$log" 2>&1 </dev/null
	status=$?

	# "1..N" plans, "ok N", "not ok N", "not ok N # SKIP".
	counts=$(awk '
		/^1\.\.[0-9]+/ { split($1, a, "[.][.]"); planned += a[2] }
		/^ok / { good++ }
		/^not ok .*# SKIP/ { skipped++; next }
		/^not ok / { bad++ }
		END { print good + 0, bad + 0, skipped + 0, planned + 0 }
	' "$log")
	good=${counts%% *}; counts=${counts#* }
	bad=${counts%% *}; counts=${counts#* }
	skipped=${counts%% *}
	planned=${counts#* }

	why=
	if [ "$status" -eq 124 ]; then
		why="still running after $LIMIT s"
	elif [ "$status" -gt 128 ]; then
		why="killed by signal $((status - 128))"
	elif [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		why="exit status $status"
	elif [ "$planned" -eq 0 ]; then
		why="no tests"
	elif [ $((good + bad + skipped)) -ne "$planned" ]; then
		why="$((good + bad + skipped)) of $planned tests ran"
	fi
	[ -z "$why" ] || bad=$((bad + 1))

	if [ "$bad" -eq 0 ]; then
		note=
		[ "$skipped" -eq 0 ] || note=", $skipped skipped"
		echo "  ok    $name: $good$note"
	else
		echo "  FAIL  $name: $good passed, $bad failed${why:+ ($why)}"
		sed 's/^/        /' "$log"
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
