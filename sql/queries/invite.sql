-- name: invite_list
SELECT i.id, i.role, i.note, i.created_by,
    rfc3339(i.created_at) AS created_at, rfc3339(i.expires_at) AS expires_at,
    rfc3339(i.used_at) AS used_at, a.username,
    CASE WHEN i.used_at IS NOT NULL THEN 'used'
	WHEN i.expires_at <= now() THEN 'expired' ELSE 'open' END AS status,
    count(*) OVER () AS full_count
FROM invite i LEFT JOIN account a ON a.id = i.account_id
WHERE i.kind = 'invite'
ORDER BY i.created_at DESC, i.id
LIMIT $1::bigint OFFSET $2::bigint;

-- name: invite_get
SELECT i.id, i.role, i.note, i.created_by,
    rfc3339(i.created_at) AS created_at, rfc3339(i.expires_at) AS expires_at,
    rfc3339(i.used_at) AS used_at, a.username,
    CASE WHEN i.used_at IS NOT NULL THEN 'used'
	WHEN i.expires_at <= now() THEN 'expired' ELSE 'open' END AS status
FROM invite i LEFT JOIN account a ON a.id = i.account_id
WHERE i.id = $1::uuid AND i.kind = 'invite';

-- name: invite_insert
INSERT INTO invite (kind, token_hash, role, account_id, note, remove_totp,
    created_by, expires_at)
VALUES ($1::text, $2::bytea, $3::text, $4::uuid, $5::text, $6::boolean,
    $7::text, now() + $8::integer * interval '1 hour')
RETURNING id, rfc3339(expires_at) AS expires_at;

-- name: invite_drop_resets
-- A new link ends the one before.
DELETE FROM invite WHERE kind = 'reset' AND account_id = $1::uuid
    AND used_at IS NULL;

-- name: invite_delete
DELETE FROM invite WHERE id = $1::uuid AND kind = 'invite'
    AND used_at IS NULL;

-- name: invite_find
SELECT i.id, i.kind, coalesce(i.role, a.role) AS role, a.username,
    i.account_id, i.remove_totp, rfc3339(i.expires_at) AS expires_at
FROM invite i LEFT JOIN account a ON a.id = i.account_id
WHERE i.token_hash = $1::bytea AND i.used_at IS NULL
    AND i.expires_at > now();

-- name: invite_use
-- Of parallel uses one sees the row unused.
UPDATE invite SET used_at = now()
WHERE id = $1::uuid AND used_at IS NULL AND expires_at > now();

-- name: invite_became
UPDATE invite SET account_id = $2::uuid WHERE id = $1::uuid;
