-- name: factor_get
SELECT t.account_id, encode(t.sealed, 'hex') AS sealed,
    t.confirmed_at IS NOT NULL AS confirmed,
    rfc3339(t.confirmed_at) AS confirmed_at,
    (SELECT count(*) FROM recovery_code r WHERE r.account_id = t.account_id
	AND r.used_at IS NULL) AS recovery_codes
FROM totp t WHERE t.account_id = $1::uuid;

-- name: factor_begin
-- A key that was never confirmed gives way to the next one.
INSERT INTO totp AS t (account_id, sealed) VALUES ($1::uuid, $2::bytea)
ON CONFLICT (account_id) DO UPDATE SET sealed = EXCLUDED.sealed,
    last_step = 0, created_at = now()
WHERE t.confirmed_at IS NULL;

-- name: factor_confirm
UPDATE totp SET confirmed_at = now(), last_step = $2::bigint
WHERE account_id = $1::uuid AND confirmed_at IS NULL;

-- name: factor_step
-- A code is taken once, and after it none of before.
UPDATE totp SET last_step = $2::bigint
WHERE account_id = $1::uuid AND last_step < $2::bigint;

-- name: factor_recover
UPDATE recovery_code SET used_at = now()
WHERE account_id = $1::uuid AND hash = $2::bytea AND used_at IS NULL;

-- name: factor_drop_codes
DELETE FROM recovery_code WHERE account_id = $1::uuid;

-- name: factor_add_code
INSERT INTO recovery_code (account_id, hash) VALUES ($1::uuid, $2::bytea);

-- name: factor_remove
DELETE FROM totp WHERE account_id = $1::uuid;
