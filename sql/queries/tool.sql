-- name: tool_list
SELECT id, server_id, server_name, kind, name, full_name, title, description,
    enabled, timeout_ms, secret_names, annotations, uri, mime_type, size, icons,
    client_capabilities, task_mode, input_schema_given, completes,
    current_version,
    encode(digest, 'hex') AS digest, approval_status, approved_version,
    encode(approved_digest, 'hex') AS approved_digest, approved_by,
    rfc3339(approved_at) AS approved_at,
    rfc3339(requested_at) AS approval_requested_at, rejection_reason,
    publish_notes, created_by, rfc3339(created_at) AS created_at,
    rfc3339(updated_at) AS updated_at, callable,
    count(*) OVER () AS full_count
FROM tool_state WHERE server_id = $1::uuid AND kind = ANY ($2::text[])
ORDER BY created_at, id
LIMIT $3::bigint OFFSET $4::bigint;

-- name: tool_get
SELECT t.id, t.server_id, t.server_name, t.kind, t.name, t.full_name, t.title,
    t.description, t.enabled, t.timeout_ms, t.secret_names, t.annotations,
    t.uri, t.mime_type, t.size, t.icons, t.client_capabilities, t.task_mode,
    t.input_schema_given, t.completes, t.current_version, encode(t.digest, 'hex') AS digest, t.approval_status,
    t.approved_version, encode(t.approved_digest, 'hex') AS approved_digest,
    t.approved_by, rfc3339(t.approved_at) AS approved_at,
    rfc3339(t.requested_at) AS approval_requested_at, t.rejection_reason,
    t.publish_notes, t.created_by, rfc3339(t.created_at) AS created_at,
    rfc3339(t.updated_at) AS updated_at, t.callable,
    v.code AS python_code, v.input_schema, v.output_schema
FROM tool_state t
JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
WHERE t.id = $1::uuid;

-- name: tool_lock
-- Every change of a tool, and every decision about it, begins here.
SELECT id FROM tool WHERE id = $1::uuid FOR UPDATE;

-- name: tool_exists
SELECT EXISTS (SELECT FROM tool
    WHERE server_id = $1::uuid AND name = $2::text) AS taken;

-- name: tool_insert
INSERT INTO tool (server_id, name, created_by, kind)
VALUES ($1::uuid, $2::text, $3::text, $4::text)
RETURNING id;

-- name: tool_set_version
-- A new content goes back to review; a draft stays a draft.
UPDATE tool SET current_version = $2::integer, review = $3::text,
    requested_at = CASE WHEN $3 = 'pending_review' THEN now()
	ELSE requested_at END,
    requested_by = CASE WHEN $3 = 'pending_review' THEN $4::text
	ELSE requested_by END,
    updated_at = now()
WHERE id = $1::uuid;

-- name: tool_set_enabled
UPDATE tool SET enabled = $2::boolean, updated_at = now()
WHERE id = $1::uuid;

-- name: tool_request
UPDATE tool SET review = 'pending_review', requested_at = now(),
    requested_by = $2::text, publish_notes = $3::text, updated_at = now()
WHERE id = $1::uuid;

-- name: tool_set_review
UPDATE tool SET review = $2::text, updated_at = now()
WHERE id = $1::uuid;

-- name: tool_delete
DELETE FROM tool WHERE id = $1::uuid;
