# shellcheck shell=bash
# Is a port free, and if not, whose is it?

# Inodes of the sockets that listen on port $1, from the kernel's tables.
port_inodes() {
	awk -v port="$(printf '%04X' "$1")" \
		'FNR > 1 && $4 == "0A" && $2 ~ ":" port "$" { print $10 }' \
		/proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# "name (process N)" of who holds a socket; empty when that is hidden from us.
port_owner() {
	local fd pid
	fd=$(find /proc/[0-9]*/fd -lname "socket:\\[$1\\]" -print -quit 2>/dev/null ||
		true)
	[[ -n $fd ]] || return 0
	pid=${fd#/proc/}
	pid=${pid%%/*}
	printf '%s (process %s)\n' "$(cat "/proc/$pid/comm" 2>/dev/null)" "$pid"
}

# Our own nginx may hold it: the master or one of its workers.
port_is_ours() {
	local master
	master=$(service_field nginx 3)
	[[ -n $master && $master != - ]] || return 1
	[[ -n $(find "/proc/$master/fd" -lname "socket:\\[$1\\]" -print -quit \
		2>/dev/null || true) ]]
}

# port_check NAME PORT
port_check() {
	local inode owner lowest
	lowest=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null ||
		echo 1024)
	as_root || (($2 >= lowest)) || say_fail \
		"$1: a plain user cannot listen on port $2" \
		"choose a port from $lowest on, as in $1=127.0.0.1:8080"
	for inode in $(port_inodes "$2"); do
		! port_is_ours "$inode" || continue
		owner=$(port_owner "$inode")
		say_fail "port $2 ($1) is taken by ${owner:-a process of another user}" \
			"stop that, or choose another port: $1=127.0.0.1:$(($2 + 100)) make up"
	done
}
