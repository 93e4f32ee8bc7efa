# shellcheck shell=bash
# Is it well?  Real questions to each part, not just "does it run".

health_base() {
	local host=$ADMIN_HOST
	[[ $host != 0.0.0.0 ]] || host=127.0.0.1
	[[ $host != '[::]' ]] || host='[::1]'
	printf '%s://%s:%s\n' "$SCHEME" "$host" "$ADMIN_PORT"
}

health_get() {
	curl --silent --insecure --globoff --noproxy '*' --max-time 5 \
		"$(health_base)$1" 2>/dev/null || true
}

health_sandbox_socket() {
	keep -p "$(setting MCPBOX_SANDBOX_SOCKET \
		"$HOME_DIR/run/sandboxd/sandboxd.sock")" 2>/dev/null
}

# A member of a flat JSON object, as text.
json_member() {
	sed -n 's/.*"'"$1"'" *: *"\{0,1\}\([^",}]*\).*/\1/p' | head -n 1
}

health_well() {
	[[ $(health_get /health | json_member status) == healthy ]]
}

health_setup_required() {
	[[ $(health_get /auth/status | json_member setup_required) == true ]]
}

# Names of services that ended by themselves three times since line $1 of the
# keeper's log: waiting longer will not help.
health_hopeless() {
	tail -n +"$1" "$KEEP_LOG" 2>/dev/null |
		sed -n 's/.*"service ended by itself".*"service":"\([a-z]*\)".*/\1/p' |
		sort | uniq -c | awk '$1 >= 3 { print $2; exit }'
}

health_log() {
	case $1 in
	nginx) printf '%s/log/nginx-error.log\n' "$HOME_DIR" ;;
	*) printf '%s/log/%s.log\n' "$HOME_DIR" "$1" ;;
	esac
}

# Everything runs, and yet it is not well: whose doing is it?
health_blame() {
	local answer
	answer=$(health_get /health)
	if [[ -n $answer && $(json_member database <<<"$answer") != running ]]; then
		printf 'postgres\n'
	elif ! health_sandbox_socket ||
		[[ -n $answer && $(json_member sandbox <<<"$answer") != running ]]; then
		printf 'sandboxd\n'
	else
		printf 'fcgi\n'
	fi
}

health_fail() {
	say_fail "$1 does not come up" \
		"the whole log is $(health_log "$1"); after a change run make up again. Nothing was lost: the data is in the database." \
		"$(health_log "$1")"
}

# health_wait LINE: until all is well, or it is clear that it will not be.
health_wait() {
	local until=$((SECONDS + 60)) bad name state
	until health_sandbox_socket && health_well; do
		bad=$(health_hopeless "$1")
		[[ -z $bad ]] || health_fail "$bad"
		if ((SECONDS >= until)); then
			while IFS=$'\t' read -r name state _; do
				[[ $state == running ]] || health_fail "$name"
			done < <(services_list)
			health_fail "$(health_blame)"
		fi
		sleep 0.2
	done
}

health_row() {
	printf '  %s %-10s %-10s %8s %10s  %s\n' "$@"
}

health_age() {
	local s=$1
	[[ $s != - ]] || { printf -- '-\n'; return; }
	if ((s < 120)); then printf '%d s\n' "$s"
	elif ((s < 7200)); then printf '%d min\n' $((s / 60))
	else printf '%d h\n' $((s / 3600)); fi
}

# health_complaint NAME HEALTH: what is wrong with it, or nothing.
health_complaint() {
	case $1 in
	postgres) pg_ready || printf 'does not answer on its socket\n' ;;
	sandboxd)
		health_sandbox_socket || printf 'does not answer on its socket\n'
		json_member sandbox <<<"$2" | sed '/^running$/d; s/^/says: /'
		;;
	fcgi) [[ -n $(json_member status <<<"$2") ]] ||
		printf 'does not answer through nginx\n' ;;
	nginx) [[ -n $2 ]] ||
		printf 'does not answer at %s\n' "$(health_base)" ;;
	esac
}

# The table of `make status`; fails when a part is unwell.
health_table() {
	local name state pid age complaint answer bad=0
	answer=$(health_get /health)
	health_row ' ' part state process since ''
	while IFS=$'\t' read -r name state pid age; do
		complaint=
		[[ $state == down ]] || complaint=$(health_complaint "$name" "$answer")
		if [[ $state == running && -z $complaint ]]; then
			health_row '✓' "$name" "$state" "$pid" "$(health_age "$age")" ''
		else
			bad=1
			health_row '✗' "$name" "$state" "$pid" "$(health_age "$age")" \
				"$complaint"
		fi
	done < <(services_list)
	return "$bad"
}
