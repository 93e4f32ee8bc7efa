#!/bin/bash
# One instance of mcpbox: up, down, status; what the Makefile's targets call.
#
#	packaging/instance.sh up|down|status
#	packaging/instance.sh run     up, then stay until TERM (containers)
#	packaging/instance.sh prepare all of up but the start (systemd)
#	packaging/instance.sh deps [SECTION...]
#	                              install packages (deps.txt), nothing else
#
# The instance is the folder MCPBOX_HOME (default ./var); several run side by
# side with different folders and ports.  Everything it starts is kept alive
# by mcpbox-keep (packaging/keep), so nothing here needs to stay.
# shellcheck disable=SC2034  # what is set here is read by the parts
set -euo pipefail
export LC_ALL=C.UTF-8 PATH="$PATH:/usr/sbin:/sbin"
umask 022
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly ROOT

# shellcheck source-path=SCRIPTDIR
for part in say home settings build postgres nginx services ports health; do
	# shellcheck source=/dev/null
	. "$ROOT/packaging/lib/$part.sh"
done

# instance_names settings_load|settings_load_running
instance_names() {
	home_resolve
	home_check_owner
	"$1"
	UP_LOG=$HOME_DIR/log/up.log
	KEEP_LOG=$HOME_DIR/log/keep.log
	TABLE=$HOME_DIR/run/keep/table
	MARKS=$HOME_DIR/run/keep
	NGINX=/usr/sbin/nginx
	PG_BIN=
}

# Two make up for one folder would undo each other's work.
instance_lock() {
	exec {UP_LOCK}>"$HOME_DIR/run/up.lock"
	flock -n "$UP_LOCK" || {
		say_note "another make up or make down works on $HOME_DIR: waiting"
		flock -w 900 "$UP_LOCK" ||
			say_fail "it does not end" "look what holds $HOME_DIR/run/up.lock"
	}
}

instance_unlock() {
	exec {UP_LOCK}>&-
}

# The programs know every setting; what they refuse, nothing should start.
instance_check_settings() {
	local message
	message=$(env -i PATH="$PATH" ASAN_OPTIONS=detect_leaks=0 "$BIN/mcpbox-fcgi" -t \
		-c "$HOME_DIR/run/mcpbox.conf" 2>&1) || say_fail \
		"mcpbox-fcgi refuses the settings:"$'\n'"$message" \
		"correct $HOME_DIR/etc/mcpbox.conf or the environment; mcpbox-fcgi --help lists the settings."
}

instance_start_database() {
	local line
	pg_embedded || return 0
	pg_settings
	! pg_ready || return 0
	say_begin "starting PostgreSQL"
	line=$(($(wc -l <"$KEEP_LOG") + 1))
	# The others run on if they run; else they come after the migration.
	[[ -e $TABLE && $(services_list | grep -c running) -gt 1 ]] ||
		services_write services_postgres
	services_apply
	wait_for 60 pg_ready_or_hopeless "$line" || true
	pg_ready || health_fail postgres
	say_done
}

pg_ready_or_hopeless() {
	pg_ready || [[ -n $(health_hopeless "$1") ]]
}

instance_is_well() {
	[[ -e $TABLE ]] || return 1
	! services_list | grep -qv running && health_sandbox_socket && health_well
}

instance_prepare() {
	home_make
	home_check_reachable
	: >>"$KEEP_LOG"
	instance_lock
	: >"$UP_LOG"
	if setting_has MCPBOX_BIN; then
		build_packages runtime
	else
		build_packages runtime build
	fi
	build_all
	home_secrets
	settings_write
	instance_check_settings
	! pg_embedded || pg_find
	nginx_settings
}

instance_say() {
	local base
	base=$(health_base)
	printf '\n  %s (%s)\n\n' "$1" "$(say_elapsed)"
	printf '    Page          %s/\n' "$base"
	printf '    MCP endpoint  %s/mcp\n' "$base"
	printf '    Gateway       %s (only /mcp)\n' \
		"$SCHEME://$GATEWAY_HOST:$GATEWAY_PORT/mcp"
	printf '    Folder        %s\n' "$HOME_DIR"
	if health_setup_required; then
		printf '\n    Setup token   %s\n' "$(<"$HOME_DIR/secrets/setup.token")"
		printf '    Open the page and make the first account with it.\n'
	else
		settings_forget_admin
	fi
	printf '\n'
}

up() {
	local before line
	instance_names settings_load
	instance_prepare
	port_check MCPBOX_LISTEN "$ADMIN_PORT"
	port_check MCPBOX_GATEWAY_LISTEN "$GATEWAY_PORT"
	[[ -z $METRICS_PORT ]] || port_check MCPBOX_METRICS_LISTEN "$METRICS_PORT"
	! pg_embedded || pg_init
	instance_start_database
	pg_migrate
	before=$(services_list)
	services_write services_postgres services_rest
	if instance_is_well; then
		instance_say "mcpbox was running and is well; nothing was started."
		return
	fi
	say_begin "starting sandboxd, mcpbox-fcgi and nginx"
	line=$(($(wc -l <"$KEEP_LOG") + 1))
	services_apply
	health_wait "$line"
	wait_for 20 instance_is_well || true
	say_done
	instance_say_changes "$before"
	instance_say "mcpbox is running."
}

# Which parts have another process than before.
instance_say_changes() {
	local changed
	changed=$(diff <(cut -f1,3 <<<"$1") <(services_list | cut -f1,3) |
		sed -n 's/^> \([a-z]*\)\t.*/\1/p' | tr '\n' ' ') || true
	[[ -z $changed ]] || say_note "started: $changed"
}

# For systemd, which then starts the services itself (docs/install.md).
prepare() {
	instance_names settings_load
	! pg_embedded || say_fail "MCPBOX_DATABASE_URL is not set" \
		"name the database in $HOME_DIR/etc/mcpbox.conf: without mcpbox-keep nobody would start the embedded one."
	instance_prepare
	pg_migrate
	say_note "ready: $HOME_DIR"
}

down() {
	local pid
	instance_names settings_load_running
	[[ -e $TABLE ]] || { say_note "nothing runs in $HOME_DIR"; return; }
	instance_lock
	[[ -x $BIN/mcpbox-keep ]] || build_make BUILD="$BUILD" "build/$BUILD/mcpbox-keep"
	if ! services_list | grep -q 'running\|outdated'; then
		say_note "nothing runs in $HOME_DIR"
		return
	fi
	say_begin "stopping nginx, mcpbox-fcgi, sandboxd and PostgreSQL"
	pid=$(service_field keep 3)
	if [[ $pid != - ]]; then
		kill -TERM "$pid"
		wait_for 150 services_keeper_gone || say_fail \
			"the keeper (process $pid) does not end" "look at $KEEP_LOG" "$KEEP_LOG"
	else
		keep -s "$TABLE" "$MARKS" >>"$KEEP_LOG" 2>&1 || true
	fi
	! services_list | grep -q 'running\|outdated' || say_fail \
		"some parts still run" "make status names them; $KEEP_LOG says more" "$KEEP_LOG"
	say_done
	say_note "the data stays in $HOME_DIR"
}

status() {
	instance_names settings_load_running
	if [[ ! -e $TABLE || ! -x $BIN/mcpbox-keep ]]; then
		say_note "there is no instance in $HOME_DIR: make up"
		exit 1
	fi
	! pg_embedded || pg_find
	printf '  %s\n\n' "$HOME_DIR"
	if health_table; then
		printf '\n  all is well: %s/\n' "$(health_base)"
	else
		printf '\n  make up repairs what is down; the logs are in %s/log\n' "$HOME_DIR"
		exit 1
	fi
}

# For a container: process 1 is this script, which ends when told to.
run() {
	up
	instance_unlock
	trap 'down; exit 0' TERM INT
	while services_keeper_runs; do
		sleep 5 &
		wait $! || true
	done
	exit 1
}

# Without a folder: the log of the installation is a file that passes away.
deps() {
	UP_LOG=$(mktemp)
	# shellcheck disable=SC2064  # the path is meant as it is now
	trap "rm -f '$UP_LOG'" EXIT
	build_packages runtime build "$@"
}

case ${1-} in
up | down | status | run | prepare) "$1" ;;
deps) "$@" ;;
*)
	echo "usage: packaging/instance.sh up | down | status | run | prepare | deps" >&2
	exit 2
	;;
esac
