# shellcheck shell=bash
# The private PostgreSQL cluster: Unix socket only, made once, never shared.

pg_embedded() {
	! setting_has MCPBOX_DATABASE_URL
}

# Sets PG_BIN: of the version that made the cluster, else the newest.
pg_find() {
	local version=
	if [[ -s $HOME_DIR/pgdata/PG_VERSION ]]; then
		version=$(<"$HOME_DIR/pgdata/PG_VERSION")
		PG_BIN=/usr/lib/postgresql/$version/bin
	else
		PG_BIN=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin \
			2>/dev/null | sort -V | tail -n 1)
	fi
	[[ -x $PG_BIN/postgres ]] || say_fail \
		"PostgreSQL ${version:-} is not installed (looked for ${PG_BIN:-/usr/lib/postgresql/*/bin}/postgres)" \
		"${version:+the data in $HOME_DIR/pgdata was made by version $version: install postgresql-$version, or move the data with pg_dump.}"
}

# The cluster's own user; as a plain user that is you.
pg_as() {
	if as_root; then
		(cd / && setpriv --reuid=postgres --regid=postgres --init-groups \
			--inh-caps=-all -- "$@")
	else
		(cd / && "$@")
	fi
}

pg_init() {
	local data=$HOME_DIR/pgdata
	[[ ! -s $data/PG_VERSION ]] || return 0
	say_begin "creating the PostgreSQL cluster"
	rm -rf "$data.new"
	home_dir 0700 pgdata.new postgres:postgres
	pg_as "$PG_BIN/initdb" -D "$data.new" -U postgres -E UTF8 \
		--locale=C.UTF-8 --auth-local=peer --auth-host=reject \
		--data-checksums --no-instructions >>"$UP_LOG" 2>&1 ||
		say_fail "initdb failed" "the whole output is in $UP_LOG" "$UP_LOG"
	mv "$data.new" "$data"
	say_done
}

# Who owns the cluster is its superuser, all others need a password.
pg_settings() {
	local dir=$HOME_DIR/run/postgres
	cat >"$dir/postgresql.conf" <<-CONF
	# Written by make up; your own settings: ALTER SYSTEM.
	listen_addresses = ''
	unix_socket_directories = '$HOME_DIR/run/pg'
	hba_file = '$dir/pg_hba.conf'
	ident_file = '$dir/pg_ident.conf'
	password_encryption = 'scram-sha-256'
	max_connections = 100
	shared_buffers = 64MB
	max_wal_size = 256MB
	jit = off
	timezone = 'UTC'
	log_timezone = 'UTC'
	log_line_prefix = '%m [%p] %q%u %a '
	lc_messages = 'C'
	CONF
	printf 'local all postgres peer map=owner\nlocal all all scram-sha-256\n' \
		>"$dir/pg_hba.conf"
	printf 'owner "%s" postgres\n' "$(id -un)" >"$dir/pg_ident.conf"
	! as_root || printf 'owner postgres postgres\n' >>"$dir/pg_ident.conf"
	chmod 0644 "$dir"/*.conf
}

pg_stamp() {
	cat "$HOME_DIR"/run/postgres/*.conf | stamp_of
}

pg_ready() {
	"$PG_BIN/pg_isready" -q -t 2 -h "$HOME_DIR/run/pg" -d postgres -U postgres
}

pg_psql() {
	"$PG_BIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$HOME_DIR/run/pg" \
		-U postgres "$@"
}

pg_database() {
	local there
	there=$(pg_psql -d postgres -c \
		"SELECT (SELECT count(*) FROM pg_roles WHERE rolname = 'mcpbox') + 2 * (SELECT count(*) FROM pg_database WHERE datname = 'mcpbox')")
	((there & 1)) || pg_psql -d postgres -c 'CREATE ROLE mcpbox LOGIN'
	((there & 2)) || pg_psql -d postgres -c 'CREATE DATABASE mcpbox OWNER mcpbox'
}

pg_migrate() {
	local url
	say_begin "bringing the database up to date"
	if pg_embedded; then
		pg_database >>"$UP_LOG" 2>&1 || say_fail \
			"the database cannot be made" "look at $UP_LOG" "$UP_LOG"
		url="postgresql://postgres@/mcpbox?host=$HOME_DIR/run/pg"
	else
		url=$(setting MCPBOX_DATABASE_URL)
	fi
	PATH=${PG_BIN:+$PG_BIN:}$PATH \
		"$ROOT/sql/migrate.sh" "$url" "$HOME_DIR/secrets" >>"$UP_LOG" 2>&1 ||
		say_fail "the database could not be migrated" \
			"nothing was changed by the migration that failed; the sentence above says why" "$UP_LOG"
	say_done
}
