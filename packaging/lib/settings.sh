# shellcheck shell=bash
# Settings: etc/mcpbox.conf, then the environment, which wins.  Together they are
# written to run/mcpbox.conf, which the programs read (they check names and
# values), and so do make down and make status: what counts is what runs.
# shellcheck disable=SC2034  # what is set here is read by the other parts

declare -A SETTING=()

# Not a program's business: no reason to restart one.
readonly settings_here='^MCPBOX_(BIN|BUILD|TLS_[A-Z]+|NGINX_RATE_[A-Z]+|ADMIN_(USERNAME|PASSWORD))(_FILE)? '

# NAME and NAME_FILE are two ways to say the same: the later one counts.
setting_put() {
	unset "SETTING[$1_FILE]" "SETTING[${1%_FILE}]"
	SETTING[$1]=$2
}

# settings_file FILE
settings_file() {
	local line number=0 file=$1
	[[ -e $file ]] || return 0
	[[ -r $file ]] || say_fail "$file cannot be read" "chmod u+r $file"
	while IFS= read -r line || [[ -n $line ]]; do
		number=$((number + 1))
		[[ ! $line =~ ^[[:space:]]*(#.*)?$ ]] || continue
		[[ $line =~ ^[[:space:]]*(MCPBOX_[A-Z0-9_]+)[[:space:]]*=[[:space:]]*(.*)$ ]] ||
			say_fail "$file, line $number: '$line'" \
				"write NAME = value, with a name that begins with MCPBOX_."
		line=${BASH_REMATCH[2]}
		setting_put "${BASH_REMATCH[1]}" "${line%"${line##*[![:space:]]}"}"
	done <"$file"
}

settings_environment() {
	local name
	for name in $(compgen -e MCPBOX_); do
		[[ -z ${!name} ]] || setting_put "$name" "${!name}"
	done
}

setting_has() {
	[[ -n ${SETTING[$1]-} || -n ${SETTING[$1_FILE]-} ]]
}

# setting NAME [DEFAULT]
setting() {
	local file=${SETTING[$1_FILE]-}
	if [[ -n $file ]]; then
		[[ -r $file ]] || say_fail "$1_FILE: $file cannot be read" \
			"name a file that $(id -un) may read."
		cat "$file"
	else
		printf '%s\n' "${SETTING[$1]:-${2-}}"
	fi
}

# setting_listen NAME DEFAULT: sets LISTEN_HOST and LISTEN_PORT.
setting_listen() {
	local value port=0
	value=$(setting "$1" "$2")
	if [[ $value =~ ^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})$ ]]; then
		port=$((10#${BASH_REMATCH[2]}))
	fi
	((port >= 1 && port <= 65535)) || say_fail "$1 is '$value'" \
		"write HOST:PORT, as in 127.0.0.1:8080 or [::1]:8080."
	LISTEN_HOST=${BASH_REMATCH[1]}
	LISTEN_PORT=$port
}

# settings_load: what make up is to make.
settings_load() {
	settings_file "$HOME_DIR/etc/mcpbox.conf"
	settings_environment
	settings_names
}

# settings_load_running: what it made.
settings_load_running() {
	if [[ ! -e $HOME_DIR/run/mcpbox.conf ]]; then
		settings_load
		return
	fi
	SETTING=()
	settings_file "$HOME_DIR/run/mcpbox.conf"
	settings_names
}

settings_names() {
	setting_listen MCPBOX_LISTEN 127.0.0.1:8080
	ADMIN_HOST=$LISTEN_HOST ADMIN_PORT=$LISTEN_PORT
	setting_listen MCPBOX_GATEWAY_LISTEN 127.0.0.1:8081
	GATEWAY_HOST=$LISTEN_HOST GATEWAY_PORT=$LISTEN_PORT
	((ADMIN_PORT != GATEWAY_PORT)) ||
		say_fail "MCPBOX_LISTEN and MCPBOX_GATEWAY_LISTEN have the same port $ADMIN_PORT" \
			"give the gateway listener a port of its own: MCPBOX_GATEWAY_LISTEN=127.0.0.1:$((ADMIN_PORT + 1))"
	METRICS_HOST='' METRICS_PORT=''
	if setting_has MCPBOX_METRICS_LISTEN; then
		setting_listen MCPBOX_METRICS_LISTEN ''
		METRICS_HOST=$LISTEN_HOST METRICS_PORT=$LISTEN_PORT
		((METRICS_PORT != ADMIN_PORT && METRICS_PORT != GATEWAY_PORT)) ||
			say_fail "MCPBOX_METRICS_LISTEN has the port $METRICS_PORT of another listener" \
				"give it a port of its own, as in 127.0.0.1:9464."
	fi
	USER_ADMIN=$(setting MCPBOX_USER mcpbox)
	USER_GATEWAY=$(setting MCPBOX_GATEWAY_USER mcpbox-gateway)
	USER_NGINX=$(setting MCPBOX_NGINX_USER mcpbox-nginx)
	USER_EGRESS=$(setting MCPBOX_EGRESS_USER mcpbox-egress)
	BUILD=$(setting MCPBOX_BUILD release)
	[[ $BUILD =~ ^(release|debug|asan|cov)$ ]] ||
		say_fail "MCPBOX_BUILD is '$BUILD'" "use release, debug, asan or cov."
	BIN=$(setting MCPBOX_BIN "$ROOT/build/$BUILD")
	BIN=$(realpath -m -- "$BIN")
	if setting_has MCPBOX_TLS_CERT; then
		setting_has MCPBOX_TLS_KEY || say_fail \
			"MCPBOX_TLS_CERT is set and MCPBOX_TLS_KEY is not" "set both."
		SCHEME=https
	else
		SCHEME=http
	fi
}

# What the programs read.  The first admin's password is in it only until the
# account exists (settings_forget_admin).
settings_write() {
	local name file=$HOME_DIR/run/mcpbox.conf
	setting_put MCPBOX_LISTEN "$ADMIN_HOST:$ADMIN_PORT"
	setting_put MCPBOX_GATEWAY_LISTEN "$GATEWAY_HOST:$GATEWAY_PORT"
	setting_put MCPBOX_BUILD "$BUILD"
	setting_put MCPBOX_HOME "$HOME_DIR"
	setting_has MCPBOX_RUN_PROGRAM || [[ $BUILD != asan ]] ||
		setting_put MCPBOX_RUN_PROGRAM "$ROOT/build/release/mcpbox-run"
	(umask 077
		exec >"$file.new"
		printf '# Written by make up; your settings belong into etc/mcpbox.conf.\n'
		for name in "${!SETTING[@]}"; do
			printf '%s = %s\n' "$name" "${SETTING[$name]}"
		done | sort)
	mv "$file.new" "$file"
}

settings_forget_admin() {
	local file=$HOME_DIR/run/mcpbox.conf
	grep -Eq '^MCPBOX_ADMIN_(USERNAME|PASSWORD)' "$file" || return 0
	(umask 077
		grep -Ev '^MCPBOX_ADMIN_(USERNAME|PASSWORD)' "$file" >"$file.new")
	mv "$file.new" "$file"
}

# Changes when a running program must be told.
settings_stamp() {
	grep -Ev "$settings_here" "$HOME_DIR/run/mcpbox.conf" | stamp_of
}

stamp_of() {
	sha256sum | cut -c1-32
}
