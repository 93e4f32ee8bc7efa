#!/usr/bin/env bash
# Include floors, SQL in C, and one module's queries used by another.
set -euo pipefail
cd "$(dirname "$0")/.."
rc=0
grep -rnE '^[[:space:]]*#[[:space:]]*include' --include='*.c' --include='*.h' lib fcgi sandboxd bridge ctl |
    awk -f tests/layers.awk || rc=1
# SQL lives in sql/ (STYLE 24): no statement in a C string.
if grep -rnE '"[^"]*\b(SELECT |INSERT INTO|UPDATE [a-z_]+ SET|DELETE FROM)' \
    --include='*.c' --include='*.h' lib fcgi sandboxd bridge ctl; then
	echo "layers: SQL in C; move it to sql/queries/" >&2
	rc=1
fi
[ $rc -eq 0 ] && echo "layers: clean"
exit $rc
