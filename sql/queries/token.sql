-- name: token_state
SELECT username, role, must_enrol
FROM token_state($1::uuid, $2::uuid, $3::integer);

-- name: token_insert
INSERT INTO refresh_token (hash, session_id, expires_at)
SELECT $1::bytea, s.id,
    least(now() + $3::integer * interval '1 second', s.expires_at)
FROM session s WHERE s.id = $2::uuid;

-- name: token_use
-- Uses a refresh token up.  Of parallel uses one sees a row; the others wait
-- for it and then find the token used.
UPDATE refresh_token t SET used_at = now()
FROM session s JOIN account a ON a.id = s.account_id
WHERE t.hash = $1::bytea AND t.used_at IS NULL AND t.expires_at > now()
    AND s.id = t.session_id AND s.revoked_at IS NULL AND s.expires_at > now()
    AND a.is_active AND a.password_version = s.password_version
RETURNING s.id AS session_id, a.id AS account_id, a.username, a.role,
    a.password_version;

-- name: token_owner
-- Whose refresh token is this, and was it used before?
SELECT s.id AS session_id, a.id AS account_id, a.username, a.role,
    a.password_version, t.used_at IS NOT NULL AS used
FROM refresh_token t JOIN session s ON s.id = t.session_id
JOIN account a ON a.id = s.account_id
WHERE t.hash = $1::bytea;
