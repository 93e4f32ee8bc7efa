-- Statements of mcpboxctl key rotate, which connects as mcpbox_admin.

-- name: key_lock
-- One rotation at a time, until the connection ends.
SELECT pg_try_advisory_lock(hashtext('mcpbox key rotate')) AS mine;

-- name: key_secrets
-- Sealed with another key than $1: some, held until the end.
SELECT s.id, s.server_id, s.name, v.name AS server,
    encode(s.sealed, 'hex') AS sealed
FROM secret s JOIN server v ON v.id = s.server_id
WHERE s.sealed IS NOT NULL AND s.key_id <> $1::integer
ORDER BY s.id LIMIT 200 FOR UPDATE OF s;

-- name: key_secret_set
-- Not another value: neither who set it nor when changes.
UPDATE secret SET sealed = decode($2::text, 'hex') WHERE id = $1::uuid;

-- name: key_factors
SELECT t.account_id, a.username, encode(t.sealed, 'hex') AS sealed
FROM totp t JOIN account a ON a.id = t.account_id
WHERE get_byte(t.sealed, 1) <> $1::integer
ORDER BY t.account_id LIMIT 200 FOR UPDATE OF t;

-- name: key_factor_set
UPDATE totp SET sealed = decode($2::text, 'hex') WHERE account_id = $1::uuid;

-- name: key_left
-- What no key but $1 and $2 opens, or (both the same) all that is not $1's.
SELECT (SELECT count(*) FROM secret WHERE sealed IS NOT NULL
	AND key_id NOT IN ($1::integer, $2::integer))
    + (SELECT count(*) FROM totp
	WHERE get_byte(sealed, 1) NOT IN ($1, $2)) AS n;
