-- name: secret_list
-- has_value by the time: not everybody may look at the envelope.
SELECT s.id, s.server_id, s.name AS key_name, s.description,
    s.set_at IS NOT NULL AS has_value, s.set_by, rfc3339(s.set_at) AS set_at,
    s.created_by, rfc3339(s.created_at) AS created_at,
    rfc3339(s.updated_at) AS updated_at
FROM secret s WHERE s.server_id = $1::uuid
ORDER BY s.name COLLATE "C";

-- name: secret_get
SELECT s.id, s.server_id, s.name AS key_name, s.description,
    s.set_at IS NOT NULL AS has_value, s.set_by, rfc3339(s.set_at) AS set_at,
    s.created_by, rfc3339(s.created_at) AS created_at,
    rfc3339(s.updated_at) AS updated_at
FROM secret s WHERE s.server_id = $1::uuid AND s.name = $2::text;

-- name: secret_uses
-- Which tools declare which secret, by their current version; $2: one name.
SELECT n.name AS key_name, t.id AS tool_id, t.full_name, t.approval_status
FROM tool_state t CROSS JOIN unnest(t.secret_names) n(name)
WHERE t.server_id = $1::uuid AND ($2::text IS NULL OR n.name = $2)
ORDER BY n.name COLLATE "C", t.full_name COLLATE "C";

-- name: secret_count
SELECT count(*) AS n FROM secret WHERE server_id = $1::uuid;

-- name: secret_insert
INSERT INTO secret (server_id, name, description, created_by)
VALUES ($1::uuid, $2::text, $3::text, $4::text);

-- name: secret_lock
SELECT id FROM secret WHERE server_id = $1::uuid AND name = $2::text
FOR UPDATE;

-- name: secret_set
UPDATE secret SET sealed = $3::bytea, set_by = $4::text, set_at = now(),
    updated_at = now()
WHERE server_id = $1::uuid AND name = $2::text;

-- name: secret_delete
DELETE FROM secret WHERE server_id = $1::uuid AND name = $2::text;
