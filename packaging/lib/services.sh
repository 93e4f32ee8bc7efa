# shellcheck shell=bash
# The table of services, and the keeper that runs it.

keep() {
	"$BIN/mcpbox-keep" "$@"
}

service_row() {
	local name=$1 program=$2 conf=$3 stop=$4
	shift 4
	printf 'service %s\n' "$name"
	printf 'log %s/log/%s\n' "$HOME_DIR" "$1"
	shift
	printf 'stamp %s\nconf %s\nstop %s\n' \
		"$(cat "$program" "${service_extra[@]}" | stamp_of)" "$conf" "$stop"
	printf '%s\n' "env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
		"env LANG=C.UTF-8" "env LC_ALL=C.UTF-8"
	[[ $BUILD != asan ]] ||
		printf 'env ASAN_OPTIONS=detect_leaks=0:exitcode=99\n'
	printf 'run %s\n' "$program"
	[[ $# == 0 ]] || printf 'arg %s\n' "$@"
}

services_postgres() {
	local service_extra=()
	pg_embedded || return 0
	service_row postgres "$PG_BIN/postgres" "$(pg_stamp)" "INT 60" \
		postgres.log -D "$HOME_DIR/pgdata" \
		-c "config_file=$HOME_DIR/run/postgres/postgresql.conf"
	printf 'reload HUP\n'
	! as_root || printf 'user postgres\n'
}

services_rest() {
	local service_extra conf=$HOME_DIR/run/mcpbox.conf
	service_extra=("$(setting MCPBOX_RUN_PROGRAM "$BIN/mcpbox-run")")
	[[ -e ${service_extra[0]} ]] || service_extra=()
	service_row sandboxd "$BIN/mcpbox-sandboxd" "$(settings_stamp)" \
		"TERM 15" sandboxd.log -c "$conf"
	printf 'orphans KILL\n'
	service_extra=()
	service_row fcgi "$BIN/mcpbox-fcgi" "$(settings_stamp)" \
		"TERM 40" fcgi.log -c "$conf"
	printf 'orphans KILL\n'
	service_row nginx "$NGINX" "$(nginx_stamp)" "TERM 10" nginx-error.log \
		-e stderr -p "$HOME_DIR/run/nginx/" \
		-c "$HOME_DIR/run/nginx/conf/nginx.conf"
	printf 'reload HUP\norphans QUIT\n'
	printf 'unlink %s\n' "$HOME_DIR/run/nginx/status.sock" \
		"$HOME_DIR/run/mcp.sock"
}

# services_write FUNCTION...: a new table, in one step.
services_write() {
	local part
	{ printf '# Written by make up, read by mcpbox-keep.\n'
	for part in "$@"; do
		"$part"
	done
	} >"$TABLE.new"
	mv "$TABLE.new" "$TABLE"
}

# services_list: lines of NAME STATE PID SECONDS.
services_list() {
	keep -l "$TABLE" "$MARKS" 2>/dev/null || true
}

# service_field NAME COLUMN
service_field() {
	services_list | awk -F'\t' -v n="$1" -v c="$2" '$1 == n { print $c }'
}

# Starts the keeper, or tells the one that runs to read the table again.
services_apply() {
	local pid program
	pid=$(service_field keep 3)
	if [[ -n $pid && $pid != - ]]; then
		program=$(readlink "/proc/$pid/exe" || true)
		if [[ $program == "$BIN/mcpbox-keep" ]]; then
			kill -HUP "$pid"
			return
		fi
		# Another build: it leaves, the services stay.
		kill -QUIT "$pid"
		wait_for 10 services_keeper_gone ||
			say_fail "the old keeper (process $pid) does not end" \
				"make down, then make up." "$KEEP_LOG"
	fi
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
		setsid "$BIN/mcpbox-keep" "$TABLE" "$MARKS" \
		</dev/null >>"$KEEP_LOG" 2>&1 &
	disown
	wait_for 10 services_keeper_runs || say_fail \
		"the keeper of the services did not start" "look at $KEEP_LOG" "$KEEP_LOG"
}

services_keeper_runs() {
	[[ $(service_field keep 2) == running ]]
}

services_keeper_gone() {
	[[ $(service_field keep 2) == down ]]
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	local until=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < until)) || return 1
		sleep 0.1
	done
}
