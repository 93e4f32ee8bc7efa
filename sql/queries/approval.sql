-- name: approval_stats
SELECT count(*) FILTER (WHERE approval_status = 'pending_review')
	AS pending_tools,
    count(*) FILTER (WHERE approval_status = 'approved') AS approved_tools,
    count(*) FILTER (WHERE approval_status = 'rejected') AS rejected_tools,
    count(*) FILTER (WHERE approval_status = 'draft') AS draft_tools,
    (SELECT count(*) FROM decision WHERE verdict = 'approve'
	AND decided_at > now() - interval '7 days') AS recently_approved,
    (SELECT count(*) FROM decision WHERE verdict = 'reject'
	AND decided_at > now() - interval '7 days') AS recently_rejected,
    (SELECT count(*) FROM network_access WHERE status = 'pending')
	AS pending_network_requests,
    (SELECT count(*) FROM network_access WHERE status = 'approved')
	AS approved_network_requests
FROM tool_state;

-- name: approval_list
-- Who has waited longest comes first; what waits for nobody, newest first.
SELECT t.id, t.server_id, t.server_name, t.kind, t.name, t.full_name, t.title,
    t.description, t.enabled, t.timeout_ms, t.secret_names, t.annotations,
    t.uri, t.mime_type, t.size, t.icons, t.client_capabilities, t.task_mode,
    t.input_schema_given, t.completes, t.current_version, encode(t.digest, 'hex') AS digest, t.approval_status,
    t.approved_version, encode(t.approved_digest, 'hex') AS approved_digest,
    t.approved_by, rfc3339(t.approved_at) AS approved_at,
    rfc3339(t.requested_at) AS approval_requested_at, t.rejection_reason,
    t.publish_notes, t.created_by, rfc3339(t.created_at) AS created_at,
    rfc3339(t.updated_at) AS updated_at, t.callable, t.requested_by,
    (SELECT count(*) FROM json_array_elements(v.findings) f
	WHERE f ->> 'severity' = 'high') AS findings_high,
    (SELECT count(*) FROM json_array_elements(v.findings) f
	WHERE f ->> 'severity' = 'warning') AS findings_warning,
    NOT EXISTS (SELECT FROM decision d WHERE d.tool_id = t.id
	AND d.verdict = 'approve') AS is_new,
    count(*) OVER () AS full_count
FROM tool_state t
JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
WHERE ($1::text = 'all' OR t.approval_status = $1)
    AND ($2::text IS NULL OR position(lower($2) IN t.full_name) > 0
	OR position(lower($2) IN lower(coalesce(t.title, ''))) > 0
	OR position(lower($2) IN lower(t.description)) > 0)
ORDER BY CASE WHEN t.approval_status = 'pending_review'
	THEN t.requested_at END NULLS LAST, t.updated_at DESC, t.id
LIMIT $3::bigint OFFSET $4::bigint;

-- name: approval_extra
-- What a reviewer needs beside the tool itself.
SELECT s.default_timeout_ms, t.requested_by, v.findings,
    ARRAY(SELECT g.line FROM run_grant g WHERE g.tool_id = t.id
	ORDER BY g.line COLLATE "C") AS hosts
FROM tool t JOIN server s ON s.id = t.server_id
JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
WHERE t.id = $1::uuid;

-- name: approval_history
SELECT verdict, version, encode(digest, 'hex') AS digest, reason, decided_by,
    rfc3339(decided_at) AS decided_at
FROM decision WHERE tool_id = $1::uuid
ORDER BY id DESC LIMIT 200;

-- name: approval_set
INSERT INTO approval (tool_id, version, digest, powers_digest, approved_by)
VALUES ($1::uuid, $2::integer, decode($3::text, 'hex'),
    decode($4::text, 'hex'), $5::text)
ON CONFLICT (tool_id) DO UPDATE SET version = EXCLUDED.version,
    digest = EXCLUDED.digest, powers_digest = EXCLUDED.powers_digest,
    approved_by = EXCLUDED.approved_by, approved_at = now();

-- name: approval_clear
DELETE FROM approval WHERE tool_id = $1::uuid;

-- name: approval_reject
INSERT INTO rejection (tool_id, version, digest, reason, rejected_by)
VALUES ($1::uuid, $2::integer, decode($3::text, 'hex'), $4::text, $5::text)
ON CONFLICT (tool_id) DO UPDATE SET version = EXCLUDED.version,
    digest = EXCLUDED.digest, reason = EXCLUDED.reason,
    rejected_by = EXCLUDED.rejected_by, rejected_at = now();

-- name: approval_unreject
DELETE FROM rejection WHERE tool_id = $1::uuid;

-- name: approval_record
INSERT INTO decision (tool_id, verdict, version, digest, reason, decided_by)
VALUES ($1::uuid, $2::text, $3::integer, decode($4::text, 'hex'), $5::text,
    $6::text);
