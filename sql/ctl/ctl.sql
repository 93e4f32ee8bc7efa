-- Statements of mcpboxctl, which connects as mcpbox_admin.

-- name: begin
BEGIN;

-- name: begin_look
-- Rows and head of the trail at one moment.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: commit
COMMIT;

-- name: audit_append
SELECT audit_append($1::text, NULL, NULL, $2::text, $3::text, $4::text, NULL,
    $5::json);

-- name: user_list
SELECT a.username, a.role,
    CASE WHEN a.is_active THEN 'active' ELSE 'disabled' END AS state,
    CASE WHEN EXISTS (SELECT FROM totp t WHERE t.account_id = a.id
	AND t.confirmed_at IS NOT NULL) THEN 'yes' ELSE 'no' END AS totp,
    coalesce(rfc3339(a.last_login_at), '-') AS last_login
FROM account a ORDER BY a.created_at, a.id;

-- name: user_find
SELECT id, username, is_active FROM account
WHERE lower(username) = lower($1::text) FOR UPDATE;

-- name: user_set_active
UPDATE account SET is_active = $2::boolean WHERE id = $1::uuid;

-- name: user_end_sessions
UPDATE session SET revoked_at = now(), revoked_why = 'disabled'
WHERE account_id = $1::uuid AND revoked_at IS NULL;

-- name: user_drop_resets
DELETE FROM invite WHERE kind = 'reset' AND account_id = $1::uuid
    AND used_at IS NULL;

-- name: user_reset
INSERT INTO invite (kind, token_hash, account_id, remove_totp, created_by,
    expires_at)
VALUES ('reset', decode($2::text, 'hex'), $1::uuid, $3::boolean, $4::text,
    now() + $5::integer * interval '1 hour')
RETURNING rfc3339(expires_at) AS expires_at;

-- name: user_forgive
-- Nobody who lost a password shall wait for those who guessed at it.
DELETE FROM login_failure WHERE (kind = 'account' AND who = lower($1::text))
    OR (kind = 'pair' AND starts_with(who, lower($1::text) || '@'));

-- name: token_list
SELECT t.prefix, a.username, t.name, array_to_string(t.scopes, ',') AS scopes,
    coalesce(t.role, '-') AS role, rfc3339(t.expires_at) AS expires,
    coalesce(rfc3339(t.last_used_at), '-') AS last_used
FROM api_token t JOIN account a ON a.id = t.account_id
WHERE t.revoked_at IS NULL AND t.expires_at > now()
ORDER BY t.created_at, t.id;

-- name: token_find
-- By the id, or by how the token begins.
SELECT t.id, a.username, t.name, t.prefix
FROM api_token t JOIN account a ON a.id = t.account_id
WHERE t.revoked_at IS NULL AND (t.id::text = lower($1::text) OR t.prefix = $1)
ORDER BY t.created_at LIMIT 2 FOR UPDATE OF t;

-- name: token_revoke
UPDATE api_token SET revoked_at = now()
WHERE id = $1::uuid AND revoked_at IS NULL;

-- name: audit_rows
-- Text of JSON as stored, byte for byte.
SELECT seq, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
	AS at, db_role, actor, ip, request_id, operation, target_kind,
    target_id, before::text AS before, after::text AS after,
    encode(prev, 'hex') AS prev, encode(hash, 'hex') AS hash
FROM audit WHERE seq > $1::bigint ORDER BY seq LIMIT 1000;

-- name: audit_head
SELECT seq, encode(hash, 'hex') AS hash FROM audit_head;
