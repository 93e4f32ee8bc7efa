# shellcheck shell=bash
# The instance folder: where it is, whether it can be used, what is in it.

# The longest socket of an instance, and what the kernel takes.
readonly home_longest_socket=/run/sandboxd/sandboxd.sock
readonly home_socket_max=107

as_root() {
	[[ $(id -u) == 0 ]]
}

# Can users other than the owner pass through this folder and those above it?
home_reachable() {
	local at=$1
	while [[ $at != / ]]; do
		[[ ! -e $at ]] || (($(stat -L -c '0%a' "$at") & 1)) || return 1
		at=$(dirname "$at")
	done
}

# Root's own folder is closed to the users that the services run as: then the
# default ./var becomes a link to a folder under /var/lib.
home_default() {
	local name
	if as_root && [[ ! -e $ROOT/var ]] && ! home_reachable "$ROOT"; then
		name=$(tr -c 'A-Za-z0-9._\n-' - <<<"${ROOT#/}")
		install -d -m 0755 /var/lib/mcpbox "/var/lib/mcpbox/$name"
		ln -s "/var/lib/mcpbox/$name" "$ROOT/var"
		say_note "$ROOT is closed to other users: var is a link to /var/lib/mcpbox/$name"
	fi
}

# Sets HOME_DIR: absolute, without links.
home_resolve() {
	local length max=$((home_socket_max - ${#home_longest_socket}))
	[[ -n ${MCPBOX_HOME-} ]] || home_default
	HOME_DIR=$(realpath -m -- "${MCPBOX_HOME:-$ROOT/var}")
	[[ $HOME_DIR =~ ^/[A-Za-z0-9/._+~-]+$ ]] ||
		say_fail "MCPBOX_HOME is '$HOME_DIR'" \
			"choose a path of letters, digits and / . _ + ~ - only: it is written into the settings of nginx and PostgreSQL."
	length=$((${#HOME_DIR} + ${#home_longest_socket}))
	((length <= home_socket_max)) ||
		say_fail "MCPBOX_HOME is too long: $HOME_DIR$home_longest_socket has $length bytes, and the path of a Unix socket at most $home_socket_max" \
			"choose a folder whose path has at most $max bytes, as in: MCPBOX_HOME=/srv/mcpbox make up"
}

home_check_owner() {
	local owner
	[[ -e $HOME_DIR ]] || return 0
	[[ -d $HOME_DIR ]] ||
		say_fail "$HOME_DIR is not a folder" "choose another MCPBOX_HOME."
	owner=$(stat -c %U "$HOME_DIR")
	[[ $(stat -c %u "$HOME_DIR") == "$(id -u)" ]] ||
		say_fail "$HOME_DIR belongs to $owner, and you are $(id -un)" \
			"run this as $owner, or choose another MCPBOX_HOME."
}

home_check_reachable() {
	! as_root || home_reachable "$HOME_DIR" ||
		say_fail "$HOME_DIR is closed to the users that the services run as" \
			"make each folder above it passable (chmod o+x), or choose another: MCPBOX_HOME=/var/lib/mcpbox/main make up"
}

# home_dir MODE PATH [OWNER:GROUP]: the last only matters as root.
home_dir() {
	install -d -m "$1" "$HOME_DIR/$2"
	[[ -z ${3-} ]] || ! as_root || chown "$3" "$HOME_DIR/$2"
}

home_user() {
	getent passwd "$1" >/dev/null ||
		useradd --system --user-group --no-create-home \
			--home-dir /nonexistent --shell /usr/sbin/nologin "$1"
}

home_make() {
	if as_root; then
		home_user "$USER_ADMIN"
		home_user "$USER_GATEWAY"
		home_user "$USER_NGINX"
		# A number needs no user.
		[[ $USER_EGRESS =~ ^[0-9]+$ ]] || home_user "$USER_EGRESS"
	fi
	mkdir -p "$HOME_DIR" 2>/dev/null || true
	[[ -w $HOME_DIR ]] || say_fail "$HOME_DIR cannot be made or written" \
		"choose another MCPBOX_HOME, or change the permissions of $(dirname "$HOME_DIR")."
	home_dir 0755 .
	home_dir 0755 etc
	home_dir 0755 log
	home_dir 0755 run
	home_dir 0755 run/keep
	home_dir 0755 run/pg postgres:postgres
	home_dir 0755 run/postgres
	home_dir 0755 run/sandboxd
	home_dir 0755 run/fcgi
	home_dir 0755 run/nginx
	home_dir 0755 run/nginx/tmp
	if as_root; then
		home_dir 0710 secrets "root:$USER_ADMIN"
	else
		home_dir 0700 secrets
	fi
}

# home_secret NAME BYTES: random, hexadecimal, made once.
home_secret() {
	local file=$HOME_DIR/secrets/$1
	[[ ! -s $file ]] || return 0
	(umask 077
		od -An -v -tx1 -N"$2" /dev/urandom | tr -d ' \n' >"$file.new")
	[[ $(stat -c %s "$file.new") == $(($2 * 2)) ]] ||
		say_fail "no random bytes could be read" ""
	mv "$file.new" "$file"
}

home_secrets() {
	local role
	setting_has MCPBOX_ENCRYPTION_KEY || home_secret encryption.key 32
	for role in owner admin gateway jobs; do
		home_secret "db-$role.pw" 24
	done
	home_secret setup.token 16
	# Compared by the admin pool, at the moment of the setup.
	! as_root || chown "$USER_ADMIN:$USER_ADMIN" "$HOME_DIR/secrets/setup.token"
}
