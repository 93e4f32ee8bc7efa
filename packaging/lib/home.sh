# shellcheck shell=bash
# The instance folder: where it is, whether it can be used, what is in it.

# The longest socket of an instance; the kernel takes 107 bytes.
readonly home_longest_socket=/run/sandboxd/sandboxd.sock
readonly home_socket_max=107

as_root() {
	[[ $(id -u) == 0 ]]
}

# Can users other than root reach things in this folder?
home_reachable() {
	local at=$1
	while [[ $at != / ]]; do
		[[ ! -e $at ]] || (($(stat -L -c '0%a' "$at") & 1)) || return 1
		at=$(dirname "$at")
	done
}

# root's own folder is closed to the users that the services run as.  Then the
# default ./var is a link to a folder under /var/lib.
home_default() {
	local at=$ROOT/var
	if as_root && [[ ! -e $at ]] && ! home_reachable "$ROOT"; then
		local real=/var/lib/mcpbox/${ROOT#/}
		real=/var/lib/mcpbox/$(tr -c 'A-Za-z0-9._\n-' - <<<"${ROOT#/}")
		install -d -m 0755 /var/lib/mcpbox "$real"
		ln -s "$real" "$at"
		say_note "$ROOT is closed to other users: var is a link to $real"
	fi
	printf '%s\n' "$at" >/dev/null
	home_path=$at
}

# Sets HOME_DIR, absolute and without links.
home_resolve() {
	local home_path=${MCPBOX_HOME-}
	if [[ -z $home_path ]]; then
		home_default
	fi
	HOME_DIR=$(realpath -m -- "$home_path")
	[[ $HOME_DIR =~ ^/[A-Za-z0-9/._+~-]+$ ]] ||
		say_fail "MCPBOX_HOME is '$HOME_DIR'" \
			"choose a path of letters, digits and / . _ + ~ - : it is written into the settings of nginx and PostgreSQL."
	local length=$((${#HOME_DIR} + ${#home_longest_socket}))
	((length <= home_socket_max)) ||
		say_fail "MCPBOX_HOME is too long: $HOME_DIR$home_longest_socket has $length bytes, a Unix socket takes $home_socket_max" \
			"choose a folder whose path has at most $((home_socket_max - ${#home_longest_socket})) bytes: MCPBOX_HOME=/srv/mcpbox make up"
	readonly HOME_DIR
}

home_owner_check() {
	local owner
	[[ -e $HOME_DIR ]] || return 0
	[[ -d $HOME_DIR ]] || say_fail "$HOME_DIR is not a folder" \
		"choose another MCPBOX_HOME."
	owner=$(stat -c %U "$HOME_DIR")
	[[ $(stat -c %u "$HOME_DIR") == "$(id -u)" ]] ||
		say_fail "$HOME_DIR belongs to $owner, and you are $(id -un)" \
			"run this as $owner, or choose another MCPBOX_HOME."
	as_root && ! home_reachable "$HOME_DIR" || return 0
	if as_root; then
		say_fail "$HOME_DIR is closed to the users that the services run as" \
			"make each folder above it passable (chmod o+x), or choose another: MCPBOX_HOME=/var/lib/mcpbox/main make up"
	fi
}
