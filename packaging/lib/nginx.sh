# shellcheck shell=bash
# nginx: the templates of nginx/ become run/nginx/conf/.

declare -A NGINX_VALUE=()

# Names by which this instance may be called, with any port.
nginx_hosts() {
	local host extra url
	local -A seen=()
	extra=$(setting MCPBOX_ALLOWED_HOSTS)
	url=$(setting MCPBOX_PUBLIC_URL)
	url=${url#*://}
	for host in 127.0.0.1 localhost '[::1]' "$ADMIN_HOST" "$GATEWAY_HOST" \
		"${url%%/*}" ${extra//,/ }; do
		[[ $host =~ ^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:[0-9]+)?$ ]] || {
			[[ -z $host ]] || say_fail "MCPBOX_ALLOWED_HOSTS has '$host'" \
				"write names or addresses, separated by commas."
			continue
		}
		host=${BASH_REMATCH[1],,}
		[[ $host == 0.0.0.0 || $host == '[::]' || -n ${seen[$host]-} ]] ||
			printf '%s ' "$host"
		seen[$host]=1
	done
}

nginx_rate() {
	local value
	value=$(setting "$1" "$2")
	[[ $value =~ ^[1-9][0-9]{0,5}r/[sm]$ ]] ||
		say_fail "$1 is '$value'" "write a rate as nginx does: 30r/m or 100r/s."
	printf '%s\n' "$value"
}

# Twice what a second brings: bursts pass, floods do not.
nginx_burst() {
	local n=${1%r/*}
	[[ $1 == */s ]] || n=$((n / 2))
	((n > 0)) || n=1
	[[ $1 == */m ]] || n=$((n * 2))
	printf '%d\n' "$n"
}

nginx_tls() {
	local cert key version
	NGINX_VALUE[TLS_FLAGS]='' NGINX_VALUE[TLS_LINES]=''
	[[ $SCHEME == https ]] || return 0
	cert=$(realpath -m -- "$(setting MCPBOX_TLS_CERT)")
	key=$(realpath -m -- "$(setting MCPBOX_TLS_KEY)")
	[[ -r $cert && -r $key ]] || say_fail \
		"MCPBOX_TLS_CERT or MCPBOX_TLS_KEY cannot be read: $cert, $key" \
		"name two PEM files that $(id -un) may read."
	version=$("$NGINX" -v 2>&1 | sed 's/.*nginx\/\([0-9.]*\).*/\1/')
	NGINX_VALUE[TLS_FLAGS]=' ssl http2'
	if [[ $(printf '1.25.1\n%s\n' "$version" | sort -V | head -n 1) == 1.25.1 ]]; then
		NGINX_VALUE[TLS_FLAGS]=' ssl'
		NGINX_VALUE[TLS_LINES]='http2 on; '
	fi
	NGINX_VALUE[TLS_LINES]+="ssl_certificate \"$cert\"; ssl_certificate_key \"$key\"; ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:tls:1m; ssl_session_tickets off;"
}

nginx_values() {
	local rate nofile
	nofile=$(ulimit -Hn)
	if [[ $nofile == unlimited ]] || ((nofile > 20000)); then
		nofile=20000
	fi
	NGINX_VALUE=(
		[HOME]=$HOME_DIR [USER_LINE]='' [NOFILE]=$nofile
		[CONNECTIONS]=$((nofile > 16384 ? 8192 : nofile / 2))
		[LISTEN]=$ADMIN_HOST:$ADMIN_PORT [LISTEN_PORT]=$ADMIN_PORT
		[GATEWAY_LISTEN]=$GATEWAY_HOST:$GATEWAY_PORT
		[GATEWAY_PORT]=$GATEWAY_PORT
		[ADMIN_SOCKET]=$(setting MCPBOX_ADMIN_SOCKET "$HOME_DIR/run/fcgi/admin.sock")
		[GATEWAY_SOCKET]=$(setting MCPBOX_GATEWAY_SOCKET "$HOME_DIR/run/fcgi/gateway.sock")
	)
	! as_root || NGINX_VALUE[USER_LINE]="user $USER_NGINX;"
	NGINX_VALUE[HOSTS]=$(nginx_hosts)
	for rate in LOGIN=120r/m API=200r/s MCP=1000r/s; do
		NGINX_VALUE[RATE_${rate%=*}]=$(nginx_rate \
			"MCPBOX_NGINX_RATE_${rate%=*}" "${rate#*=}")
		NGINX_VALUE[BURST_${rate%=*}]=$(nginx_burst \
			"${NGINX_VALUE[RATE_${rate%=*}]}")
	done
	NGINX_VALUE[METRICS_LISTEN]=${METRICS_PORT:+$METRICS_HOST:$METRICS_PORT}
	NGINX_VALUE[METRICS_INCLUDE]=${METRICS_PORT:+include metrics.conf;}
	NGINX_VALUE[METRICS_DEFAULT]=${METRICS_PORT:+listen $METRICS_HOST:$METRICS_PORT default_server;}
	NGINX_VALUE[METRICS_MAP]=${METRICS_PORT:+$METRICS_PORT metrics;}
	nginx_tls
}

# Replaces each @NAME@; one that nobody knows is a mistake of ours.
nginx_render() {
	local text name
	text=$(<"$1")
	for name in "${!NGINX_VALUE[@]}"; do
		text=${text//"@$name@"/"${NGINX_VALUE[$name]}"}
	done
	[[ ! $text =~ @[A-Z_]+@ ]] ||
		say_fail "$1 has the unknown ${BASH_REMATCH[0]}" ""
	printf '%s\n' "$text" >"$2"
}

# nginx_write DIR: all files, checked by nginx itself.
nginx_write() {
	local file name
	rm -rf "$1"
	mkdir -m 0755 "$1"
	nginx_values
	for file in "$ROOT"/nginx/*.conf "$ROOT"/nginx/*.conf.in; do
		name=${file##*/}
		nginx_render "$file" "$1/${name%.in}"
	done
}

nginx_settings() {
	local dir=$HOME_DIR/run/nginx message
	nginx_write "$dir/conf.new"
	message=$("$NGINX" -e stderr -t -q -p "$dir/" -c "$dir/conf.new/nginx.conf" 2>&1) ||
		say_fail "nginx refuses its settings: $message" \
			"the files are in $dir/conf.new; nginx that runs keeps its old ones."
	rm -rf "$dir/conf.old"
	[[ ! -e $dir/conf ]] || mv "$dir/conf" "$dir/conf.old"
	mv "$dir/conf.new" "$dir/conf"
	rm -rf "$dir/conf.old"
}

nginx_stamp() {
	{ cat "$HOME_DIR"/run/nginx/conf/*
	[[ $SCHEME != https ]] ||
		cat "$(setting MCPBOX_TLS_CERT)" "$(setting MCPBOX_TLS_KEY)"
	} | stamp_of
}
