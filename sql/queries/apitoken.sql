-- name: apitoken_use
SELECT account_id, username, role, must_enrol, token_name, token_role, scopes
FROM api_token_use($1::bytea, $2::text);

-- name: apitoken_list
-- Of one account, or (NULL) of all.
SELECT t.id, a.username, t.name, t.prefix, t.scopes, t.role,
    rfc3339(t.created_at) AS created_at, rfc3339(t.expires_at) AS expires_at,
    rfc3339(t.last_used_at) AS last_used_at, t.last_used_ip,
    rfc3339(t.revoked_at) AS revoked_at,
    CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked'
	WHEN t.expires_at <= now() THEN 'expired' ELSE 'active' END AS status,
    count(*) OVER () AS full_count
FROM api_token t JOIN account a ON a.id = t.account_id
WHERE ($1::uuid IS NULL OR t.account_id = $1)
ORDER BY t.created_at DESC, t.id
LIMIT $2::bigint OFFSET $3::bigint;

-- name: apitoken_get
SELECT t.id, a.username, t.name, t.prefix, t.scopes, t.role,
    rfc3339(t.created_at) AS created_at, rfc3339(t.expires_at) AS expires_at,
    rfc3339(t.last_used_at) AS last_used_at, t.last_used_ip,
    rfc3339(t.revoked_at) AS revoked_at,
    CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked'
	WHEN t.expires_at <= now() THEN 'expired' ELSE 'active' END AS status
FROM api_token t JOIN account a ON a.id = t.account_id
WHERE t.id = $1::uuid AND ($2::uuid IS NULL OR t.account_id = $2);

-- name: apitoken_clear_name
-- The name of one that has ended may be used again.
UPDATE api_token SET revoked_at = expires_at
WHERE account_id = $1::uuid AND name = $2::text AND revoked_at IS NULL
    AND expires_at <= now();

-- name: apitoken_count
SELECT count(*) AS n FROM api_token WHERE account_id = $1::uuid
    AND revoked_at IS NULL AND expires_at > now();

-- name: apitoken_insert
INSERT INTO api_token (account_id, name, prefix, hash, scopes, role,
    expires_at)
VALUES ($1::uuid, $2::text, $3::text, $4::bytea, $5::text[], $6::text,
    now() + $7::integer * interval '1 day')
RETURNING id;

-- name: apitoken_revoke
UPDATE api_token SET revoked_at = now()
WHERE id = $1::uuid AND revoked_at IS NULL;
