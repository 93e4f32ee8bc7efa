-- name: server_list
SELECT s.id, s.name, s.description, s.status, s.default_timeout_ms,
    c.tool_count, c.pending_count, s.created_by,
    rfc3339(s.created_at) AS created_at, rfc3339(s.updated_at) AS updated_at,
    count(*) OVER () AS full_count
FROM server s
CROSS JOIN LATERAL (SELECT count(*) AS tool_count,
	count(*) FILTER (WHERE t.approval_status = 'pending_review')
	    AS pending_count
    FROM tool_state t WHERE t.server_id = s.id) c
WHERE ($1::text IS NULL OR position(lower($1) IN s.name) > 0
	OR position(lower($1) IN lower(coalesce(s.description, ''))) > 0)
    AND ($2::text IS NULL OR s.status = $2)
ORDER BY s.created_at DESC, s.id DESC
LIMIT $3::bigint OFFSET $4::bigint;

-- name: server_get
SELECT s.id, s.name, s.description, s.status, s.default_timeout_ms,
    c.tool_count, c.pending_count, s.created_by,
    rfc3339(s.created_at) AS created_at, rfc3339(s.updated_at) AS updated_at
FROM server s
CROSS JOIN LATERAL (SELECT count(*) AS tool_count,
	count(*) FILTER (WHERE t.approval_status = 'pending_review')
	    AS pending_count
    FROM tool_state t WHERE t.server_id = s.id) c
WHERE s.id = $1::uuid;

-- name: server_tools
SELECT id, name, description, enabled, approval_status, current_version
FROM tool_state WHERE server_id = $1::uuid
ORDER BY name COLLATE "C";

-- name: server_hosts
-- As mcpbox.run_grant spells them.
SELECT ARRAY(SELECT CASE WHEN g.private THEN 'private ' ELSE '' END
	|| CASE WHEN position(':' IN g.host) > 0
	    THEN '[' || g.host || ']' ELSE g.host END
	|| ':' || coalesce(g.port::text, '*')
    FROM network_access g WHERE g.server_id = $1::uuid
	AND g.tool_id IS NULL AND g.status = 'approved'
    ORDER BY 1) AS allowed_hosts;

-- name: server_lock
SELECT id, name, status FROM server WHERE id = $1::uuid FOR UPDATE;

-- name: server_insert
INSERT INTO server (name, description, default_timeout_ms, created_by)
VALUES ($1::text, $2::text, coalesce($3::integer, 30000), $4::text)
RETURNING id;

-- name: server_update
-- $3: set the description (to $2, which may be NULL).
UPDATE server SET
    description = CASE WHEN $3::boolean THEN $2::text ELSE description END,
    default_timeout_ms = coalesce($4::integer, default_timeout_ms),
    updated_at = now()
WHERE id = $1::uuid;

-- name: server_set_status
UPDATE server SET status = $2::text, updated_at = now()
WHERE id = $1::uuid;

-- name: server_delete
DELETE FROM server WHERE id = $1::uuid;
