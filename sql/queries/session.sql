-- name: session_insert_cookie
INSERT INTO session (account_id, kind, cookie_hash, password_version, ip,
    user_agent, expires_at)
VALUES ($1::uuid, 'cookie', $2::bytea, $3::integer, $4::text, $5::text,
    now() + $6::integer * interval '1 second')
RETURNING id, coalesce(encode(cookie_hash, 'hex'), '') AS cookie_hash,
    rfc3339(expires_at) AS expires_at;

-- name: session_insert_token
INSERT INTO session (account_id, kind, password_version, ip, user_agent,
    expires_at)
VALUES ($1::uuid, 'token', $2::integer, $3::text, $4::text,
    now() + $5::integer * interval '1 second')
RETURNING id, coalesce(encode(cookie_hash, 'hex'), '') AS cookie_hash,
    rfc3339(expires_at) AS expires_at;

-- name: session_by_cookie
-- One query a request: the session, its person, and whether to note the visit.
SELECT s.id, a.id AS account_id, a.username, a.role,
    account_must_enrol(a.id, a.role) AS must_enrol,
    s.last_seen_at < now() - interval '1 minute' AS stale
FROM session s JOIN account a ON a.id = s.account_id
WHERE s.cookie_hash = $1::bytea AND s.revoked_at IS NULL
    AND s.expires_at > now()
    AND s.last_seen_at > now() - $2::integer * interval '1 second'
    AND a.is_active AND a.password_version = s.password_version;

-- name: session_seen
UPDATE session SET last_seen_at = now()
WHERE id = $1::uuid AND last_seen_at < now() - interval '1 minute';

-- name: session_get
SELECT id, coalesce(encode(cookie_hash, 'hex'), '') AS cookie_hash,
    rfc3339(expires_at) AS expires_at
FROM session WHERE id = $1::uuid AND revoked_at IS NULL;

-- name: session_revoke
UPDATE session SET revoked_at = now(), revoked_why = $3::text
WHERE id = $1::uuid AND account_id = $2::uuid AND revoked_at IS NULL;

-- name: session_revoke_all
-- All of an account but one (NULL: none is spared).
UPDATE session SET revoked_at = now(), revoked_why = $3::text
WHERE account_id = $1::uuid AND id IS DISTINCT FROM $2::uuid
    AND revoked_at IS NULL;

-- name: session_renew_cookie
-- The same session under a new cookie, after its owner changed the password.
UPDATE session SET cookie_hash = $2::bytea, password_version = $3::integer,
    last_seen_at = now()
WHERE id = $1::uuid AND kind = 'cookie' AND revoked_at IS NULL;

-- name: session_list
-- Those of an account that live.
SELECT s.id, s.kind, s.ip, s.user_agent, rfc3339(s.created_at) AS created_at,
    rfc3339(s.last_seen_at) AS last_seen_at,
    rfc3339(s.expires_at) AS expires_at,
    s.id IS NOT DISTINCT FROM $2::uuid AS current,
    count(*) OVER () AS full_count
FROM session s JOIN account a ON a.id = s.account_id
WHERE s.account_id = $1::uuid AND s.revoked_at IS NULL
    AND s.expires_at > now() AND a.password_version = s.password_version
    AND (s.kind = 'token'
	OR s.last_seen_at > now() - $3::integer * interval '1 second')
ORDER BY s.last_seen_at DESC, s.id
LIMIT $4::bigint OFFSET $5::bigint;
