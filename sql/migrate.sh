#!/bin/bash
# Brings a database to the newest schema.
#
#	sql/migrate.sh URL [SECRETS]
#
# URL names the database and a user who may create roles and the schema
# `mcpbox` (the embedded cluster's superuser, or what a provider gives).
# SECRETS is a folder with db-owner.pw, db-admin.pw, db-gateway.pw and
# db-jobs.pw; without it the passwords of the login roles stay as they are.
#
# One psql session does it all and holds an advisory lock from start to end, so
# two machines that come up together migrate once.  Each migration is one
# transaction with its row in mcpbox.schema_migration.  What was applied must
# still be here with the same checksum: migrations are only ever added.
# Prints one line a migration; exit 1 with a sentence when it cannot.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
migrations=${MCPBOX_MIGRATIONS:-$here/migrations}
lock_key=1835233378 # "mcpb"

fail() {
	printf 'migrate: %s\n' "$*" >&2
	exit 1
}

# "0002_accounts.sql" -> "2"; anything else in the folder is a mistake.
list_migrations() {
	local file name
	for file in "$migrations"/*; do
		name=${file##*/}
		[[ $name =~ ^[0-9]{4}_[a-z0-9_]+\.sql$ ]] ||
			fail "$name: a migration is called NNNN_name.sql"
		[[ $file != *[\'\\]* ]] || fail "$file: a path without quotes, please"
		printf '%s %s %s\n' "$((10#${name:0:4}))" "$name" \
			"$(sha256sum <"$file" | cut -d' ' -f1)"
	done
}

sql_session() {
	cat <<-SQL
	\\set QUIET on
	\\set VERBOSITY terse
	\\o /dev/null
	SET client_min_messages = warning;
	SET lock_timeout = '60s';
	SELECT pg_advisory_lock($lock_key);
	SET lock_timeout = '30s';
	SQL
}

# Roles belong to the cluster, not to the database, so they may be there.
sql_roles() {
	local role
	printf '%s\n' "DO \$do\$ BEGIN"
	for role in mcpbox mcpbox_admin mcpbox_gateway mcpbox_jobs; do
		printf "IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%s') THEN CREATE ROLE %s LOGIN; END IF;\n" \
			"$role" "$role"
	done
	cat <<-'SQL'
	IF NOT pg_has_role(current_user, 'mcpbox', 'USAGE') THEN
		EXECUTE format('GRANT mcpbox TO %I', current_user);
	END IF;
	END $do$;
	CREATE SCHEMA IF NOT EXISTS mcpbox AUTHORIZATION mcpbox;
	SET ROLE mcpbox;
	CREATE TABLE IF NOT EXISTS mcpbox.schema_migration (
		version integer PRIMARY KEY CHECK (version > 0),
		name text NOT NULL,
		checksum text NOT NULL,
		applied_at timestamptz NOT NULL DEFAULT now()
	);
	RESET ROLE;
	SQL
}

# $1: lines of list_migrations.
sql_check() {
	local version name sum values=
	while read -r version name sum; do
		values+="${values:+,}($version,'$name','$sum')"
	done <<<"$1"
	cat <<-SQL
	DO \$do\$
	DECLARE r record;
	BEGIN
	FOR r IN
		SELECT coalesce(k.name, m.name) AS name, k.version IS NULL AS unknown,
		    m.version IS NOT NULL AND k.checksum <> m.checksum AS changed,
		    m.version IS NULL AND k.version <
		        (SELECT max(version) FROM mcpbox.schema_migration) AS late
		FROM mcpbox.schema_migration m
		FULL JOIN (VALUES $values) AS k (version, name, checksum)
		    USING (version)
	LOOP
		IF r.unknown THEN
			RAISE EXCEPTION 'the database has migration %, which this version of mcpbox does not know: it was written by a newer one; use that, or restore a backup', r.name;
		ELSIF r.changed THEN
			RAISE EXCEPTION 'migration % was changed after it was applied: put the old text back and add a new migration', r.name;
		ELSIF r.late THEN
			RAISE EXCEPTION 'migration % has a lower number than one that was already applied: give it the next free number', r.name;
		END IF;
	END LOOP;
	END \$do\$;
	SQL
}

# Each in its own transaction, together with its row.
sql_apply() {
	local version name sum
	while read -r version name sum; do
		cat <<-SQL
		SELECT NOT EXISTS (SELECT FROM mcpbox.schema_migration
		    WHERE version = $version) AS todo \\gset
		\\if :todo
		\\echo applying $name
		BEGIN;
		SET LOCAL ROLE mcpbox;
		\\i '$migrations/$name'
		INSERT INTO mcpbox.schema_migration (version, name, checksum)
		VALUES ($version, '$name', '$sum');
		COMMIT;
		\\endif
		SQL
	done <<<"$1"
}

# The statements hold passwords, so a failing one must not reach the server's
# log (only a superuser may say so).
sql_passwords() {
	local role file password
	cat <<-'SQL'
	SELECT set_config('log_min_error_statement', 'panic', false)
	FROM pg_roles WHERE rolname = current_user AND rolsuper;
	SQL
	for role in mcpbox mcpbox_admin mcpbox_gateway mcpbox_jobs; do
		file=$1/db-${role#mcpbox_}.pw
		[[ $role != mcpbox ]] || file=$1/db-owner.pw
		[[ -r $file ]] || fail "$file cannot be read"
		password=$(<"$file")
		[[ $password =~ ^[A-Za-z0-9_-]{16,}$ ]] ||
			fail "$file: a password is 16 or more of A-Z a-z 0-9 _ -"
		printf "ALTER ROLE %s PASSWORD '%s';\n" "$role" "$password"
	done
}

sql_grants() {
	[[ -e $here/roles.sql ]] || fail "$here/roles.sql is missing"
	[[ $here != *[\'\\]* ]] || fail "$here: a path without quotes, please"
	printf "BEGIN;\nSET LOCAL ROLE mcpbox;\n\\\\i '%s/roles.sql'\nCOMMIT;\n" "$here"
}

main() {
	local list script duplicate
	[[ $# -ge 1 && $# -le 2 ]] || fail "usage: sql/migrate.sh URL [SECRETS]"
	list=$(list_migrations)
	duplicate=$(cut -d' ' -f1 <<<"$list" | uniq -d | head -n 1)
	[[ -z $duplicate ]] || fail "two migrations have the number $duplicate"
	script=$(sql_session; sql_roles; sql_check "$list"; sql_apply "$list"
		[[ $# -lt 2 ]] || sql_passwords "$2"
		sql_grants)
	PGAPPNAME=mcpbox-migrate \
		psql -X -v ON_ERROR_STOP=1 -f - "$1" <<<"$script" ||
		fail "the database is as it was before the statement above"
}

main "$@"
