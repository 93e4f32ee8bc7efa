-- name: people_list
SELECT a.id, a.username, a.role, a.is_active,
    rfc3339(a.last_login_at) AS last_login_at,
    rfc3339(a.created_at) AS created_at,
    EXISTS (SELECT FROM totp t WHERE t.account_id = a.id
	AND t.confirmed_at IS NOT NULL) AS totp,
    (SELECT count(*) FROM session s WHERE s.account_id = a.id
	AND s.revoked_at IS NULL AND s.expires_at > now()
	AND s.password_version = a.password_version) AS sessions,
    (SELECT count(*) FROM api_token k WHERE k.account_id = a.id
	AND k.revoked_at IS NULL AND k.expires_at > now()) AS tokens,
    count(*) OVER () AS full_count
FROM account a
WHERE ($1::text IS NULL OR a.role = $1)
    AND ($2::boolean IS NULL OR a.is_active = $2)
    AND ($3::text IS NULL OR position(lower($3) IN lower(a.username)) > 0)
ORDER BY a.created_at, a.id
LIMIT $4::bigint OFFSET $5::bigint;

-- name: people_get
SELECT a.id, a.username, a.role, a.is_active,
    rfc3339(a.last_login_at) AS last_login_at,
    rfc3339(a.created_at) AS created_at,
    EXISTS (SELECT FROM totp t WHERE t.account_id = a.id
	AND t.confirmed_at IS NOT NULL) AS totp,
    (SELECT count(*) FROM session s WHERE s.account_id = a.id
	AND s.revoked_at IS NULL AND s.expires_at > now()
	AND s.password_version = a.password_version) AS sessions,
    (SELECT count(*) FROM api_token k WHERE k.account_id = a.id
	AND k.revoked_at IS NULL AND k.expires_at > now()) AS tokens
FROM account a WHERE a.id = $1::uuid;

-- name: people_lock
-- One change of a person at a time.
SELECT id FROM account WHERE id = $1::uuid FOR UPDATE;

-- name: people_update
UPDATE account SET role = coalesce($2::text, role),
    is_active = coalesce($3::boolean, is_active)
WHERE id = $1::uuid;

-- name: people_delete
DELETE FROM account WHERE id = $1::uuid;

-- name: people_policy
SELECT author_may_approve, approvals_needed, admins_need_totp, updated_by,
    rfc3339(updated_at) AS updated_at
FROM people_policy;

-- name: people_set_policy
UPDATE people_policy SET
    author_may_approve = coalesce($1::boolean, author_may_approve),
    approvals_needed = coalesce($2::integer, approvals_needed),
    admins_need_totp = coalesce($3::boolean, admins_need_totp),
    updated_by = $4::text, updated_at = now();
