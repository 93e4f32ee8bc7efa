-- name: account_setup_required
SELECT NOT EXISTS (SELECT FROM setup_done) AS setup_required;

-- name: account_setup_lock
SELECT pg_advisory_xact_lock(hashtext('mcpbox setup'));

-- name: account_setup_done
INSERT INTO setup_done (account_id) VALUES ($1::uuid);

-- name: account_insert
INSERT INTO account (username, password_hash, role)
VALUES ($1::text, $2::text, $3::text)
RETURNING id, username, role, is_active, rfc3339(last_login_at) AS
    last_login_at, rfc3339(created_at) AS created_at, password_version,
    password_hash, false AS must_enrol;

-- name: account_get
SELECT id, username, role, is_active, rfc3339(last_login_at) AS last_login_at,
    rfc3339(created_at) AS created_at, password_version, password_hash,
    account_must_enrol(id, role) AS must_enrol
FROM account WHERE id = $1::uuid;

-- name: account_by_name
SELECT id, username, role, is_active, rfc3339(last_login_at) AS last_login_at,
    rfc3339(created_at) AS created_at, password_version, password_hash,
    account_must_enrol(id, role) AS must_enrol
FROM account WHERE lower(username) = lower($1::text);

-- name: account_signed_in
-- Unless it changed while the password was being checked.
UPDATE account SET last_login_at = now(),
    password_hash = coalesce($3::text, password_hash)
WHERE id = $1::uuid AND password_version = $2::integer AND is_active;

-- name: account_set_password
UPDATE account SET password_hash = $3::text,
    password_version = password_version + 1
WHERE id = $1::uuid AND password_version = $2::integer AND is_active;
