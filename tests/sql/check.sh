#!/bin/bash
# Runs check_queries in a scratch cluster:  tests/sql/check.sh PROGRAM
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d /tmp/mcpbox-sql-XXXXXX)
trap '"$here/cluster.sh" stop "$work/pg" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
chmod 0755 "$work"
url=$("$here/cluster.sh" start "$work/pg")
"$1" "$url"
