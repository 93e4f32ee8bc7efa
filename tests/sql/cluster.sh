#!/bin/bash
# A scratch PostgreSQL for tests: Unix socket only, anyone on this machine who
# can reach the folder may log in as anyone.
#
#	tests/sql/cluster.sh start DIR   makes it, migrates, prints its URL
#	tests/sql/cluster.sh stop DIR    stops it and removes DIR
#
# As root the server runs as user postgres, else as the caller.
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

fail() {
	printf 'cluster: %s\n' "$*" >&2
	exit 1
}

as_server() {
	if [[ $EUID -eq 0 ]]; then
		(cd / && exec setpriv --reuid=postgres --regid=postgres \
			--init-groups -- "$@")
	else
		"$@"
	fi
}

pg_bin() {
	local dir
	for dir in /usr/lib/postgresql/*/bin; do
		[[ -x $dir/initdb ]] && bin=$dir
	done
	[[ -n ${bin:-} ]] || fail "PostgreSQL's server programs are not installed"
}

start() {
	local dir=$1 url
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	[[ ${#dir} -le 80 ]] || fail "$dir: too long for a socket path"
	[[ $EUID -ne 0 ]] || chown postgres:postgres "$dir"
	chmod 0755 "$dir"
	as_server "$bin/initdb" -D "$dir/data" -U postgres -A trust \
		-E UTF8 --locale=C --no-sync >"$dir.log" 2>&1 ||
		fail "initdb: $(tail -n 3 "$dir.log")"
	as_server "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/log" -w -s \
		-o "-c listen_addresses='' -c unix_socket_directories='$dir' -c fsync=off -c max_connections=200" \
		start || fail "the server did not start: $dir/data/log"
	url="postgresql:///mcpbox?host=$dir"
	psql -X -q "postgresql:///postgres?host=$dir&user=postgres" \
		-c 'CREATE DATABASE mcpbox'
	"$root/sql/migrate.sh" "$url&user=postgres" >/dev/null
	rm -f "$dir.log"
	printf '%s\n' "$url"
}

stop() {
	[[ -d $1/data ]] || fail "$1: no cluster of ours"
	as_server "$bin/pg_ctl" -D "$(cd "$1" && pwd)/data" -w -s -m immediate stop ||
		true
	rm -rf "$1"
}

[[ $# -eq 2 ]] || fail "usage: cluster.sh start|stop DIR"
pg_bin
case $1 in
start) start "$2" ;;
stop) stop "$2" ;;
*) fail "usage: cluster.sh start|stop DIR" ;;
esac
