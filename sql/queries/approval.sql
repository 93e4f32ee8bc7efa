-- name: approval_stats
SELECT r.*, (SELECT count(*) FROM decision WHERE verdict = 'approve'
	AND decided_at > now() - interval '7 days') AS recently_approved,
    (SELECT count(*) FROM decision WHERE verdict = 'approve'
	AND decided_by LIKE 'policy:%'
	AND decided_at > now() - interval '7 days') AS recently_auto_approved,
    (SELECT count(*) FROM decision WHERE verdict = 'reject'
	AND decided_at > now() - interval '7 days') AS recently_rejected,
    (SELECT count(*) FROM network_access WHERE status = 'pending')
	AS pending_network_requests,
    (SELECT count(*) FROM network_access WHERE status = 'approved')
	AS approved_network_requests,
    (SELECT count(*) FROM network_access WHERE status = 'rejected')
	AS rejected_network_requests
FROM (SELECT count(*) FILTER (WHERE status = 'pending_review')
	AS pending_tools,
    count(*) FILTER (WHERE status = 'approved') AS approved_tools,
    count(*) FILTER (WHERE status = 'rejected') AS rejected_tools,
    count(*) FILTER (WHERE status = 'draft') AS draft_tools,
    count(*) FILTER (WHERE status = 'pending_review'
	AND scope = 'description') AS pending_light,
    count(*) FILTER (WHERE status = 'pending_review'
	AND kind IN ('resource', 'template')) AS pending_resources,
    count(*) FILTER (WHERE status = 'pending_review' AND kind = 'prompt')
	AS pending_prompts,
    rfc3339(min(since) FILTER (WHERE status = 'pending_review'))
	AS oldest_pending_at
    FROM review_index) r;

-- name: approval_list
-- The copy (review_index) is what is filtered, sorted and counted; what is
-- shown of the few rows of a page is read anew.  By waiting time: who has
-- waited longest comes first; what waits for nobody, newest first.
SELECT t.id, t.server_id, t.server_name, t.kind, t.name, t.full_name, t.title,
    t.description, t.enabled, t.timeout_ms, t.secret_names, t.annotations,
    t.uri, t.mime_type, t.size, t.icons, t.client_capabilities, t.task_mode,
    t.input_schema_given, t.completes, t.current_version,
    encode(t.digest, 'hex') AS digest, t.approval_status,
    t.approved_version, encode(t.approved_digest, 'hex') AS approved_digest,
    t.approved_by, rfc3339(t.approved_at) AS approved_at,
    rfc3339(t.requested_at) AS approval_requested_at, t.rejection_reason,
    t.publish_notes, t.created_by, rfc3339(t.created_at) AS created_at,
    rfc3339(t.updated_at) AS updated_at, t.callable, t.requested_by,
    p.high AS findings_high, p.warning AS findings_warning, p.is_new,
    p.scope, p.author, v.change_summary, rfc3339(p.since) AS since,
    (SELECT count(*) FROM review_comment c WHERE c.tool_id = t.id
	AND c.reply_to IS NULL AND c.resolved_at IS NULL) AS open_comments,
    p.full_count
FROM (SELECT r.*, count(*) OVER () AS full_count,
	row_number() OVER (ORDER BY
	    CASE WHEN $11::text = 'waiting' AND r.status = 'pending_review'
		THEN r.since END NULLS LAST,
	    CASE WHEN $11 = 'oldest' THEN r.since END,
	    CASE WHEN $11 = 'name' THEN r.full_name END,
	    CASE WHEN $11 = 'findings' THEN r.high END DESC,
	    CASE WHEN $11 = 'findings' THEN r.warning END DESC,
	    r.since DESC, r.tool_id) AS place
    FROM review_index r
    WHERE r.status = ANY ($1::text[])
	AND ($2::text IS NULL OR r.search LIKE literal($2))
	AND ($3::text IS NULL OR r.kind = $3)
	AND ($4::uuid IS NULL OR r.server_id = $4)
	AND ($5::text IS NULL OR r.author = $5)
	AND ($6::integer IS NULL
	    OR r.since <= now() - make_interval(hours => $6))
	AND ($7::integer IS NULL
	    OR r.since >= now() - make_interval(hours => $7))
	AND CASE $8::text WHEN 'high' THEN r.high > 0
	    WHEN 'warning' THEN r.high + r.warning > 0
	    WHEN 'none' THEN r.high + r.warning = 0 ELSE true END
	AND ($9::boolean IS NULL OR r.is_new = $9)
	AND ($10::text IS NULL OR r.scope = $10)
    ORDER BY place LIMIT $12::bigint OFFSET $13::bigint) p
CROSS JOIN LATERAL (SELECT * FROM tool_state s
    WHERE s.id = p.tool_id OFFSET 0) t
JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
ORDER BY p.place;

-- name: approval_extra
-- What a reviewer needs beside the tool itself.
SELECT s.default_timeout_ms, t.requested_by, r.scope, a.powers,
    ARRAY(SELECT g.line FROM run_grant g WHERE g.tool_id = t.id
	ORDER BY g.line COLLATE "C") AS hosts,
    l.memory_mib, l.cpu_ms, l.result_kib, l.output_kib, l.threads, l.requests,
    l.transfer_kib, l.concurrency, l.rate_per_minute
FROM tool t JOIN server s ON s.id = t.server_id
JOIN review_index r ON r.tool_id = t.id
LEFT JOIN approval a ON a.tool_id = t.id
CROSS JOIN LATERAL (SELECT * FROM run_limit x
    WHERE x.tool_id = t.id OFFSET 0) l
WHERE t.id = $1::uuid;

-- name: approval_trials
-- The last runs of this content that were no calls: those of its author (what
-- it was tried with before review was asked for) and of reviewers.
SELECT id, caller, version, outcome, outcome = 'result' AS success,
    left(input_args::text, 8000) AS input_args,
    left(result::text, 8000) AS result, left(error, 8000) AS error,
    left(stdout, 8000) AS stdout, left(requests::text, 8000) AS requests,
    duration_ms, cpu_ms, peak_kib, rfc3339(created_at) AS created_at
FROM run_log
WHERE tool_id = $1::uuid AND is_test AND version = $2::integer
    AND digest = decode($3::text, 'hex')
    AND created_at >= (SELECT v.created_at FROM tool_version v
	WHERE v.tool_id = $1 AND v.version = $2)
ORDER BY created_at DESC LIMIT 10;

-- name: approval_history
SELECT verdict, version, encode(digest, 'hex') AS digest, reason, decided_by,
    rfc3339(decided_at) AS decided_at
FROM decision WHERE tool_id = $1::uuid
ORDER BY id DESC LIMIT 200;

-- name: approval_set
INSERT INTO approval (tool_id, version, digest, powers_digest, approved_by,
    powers)
VALUES ($1::uuid, $2::integer, decode($3::text, 'hex'),
    decode($4::text, 'hex'), $5::text, $6::json)
ON CONFLICT (tool_id) DO UPDATE SET version = EXCLUDED.version,
    digest = EXCLUDED.digest, powers_digest = EXCLUDED.powers_digest,
    powers = EXCLUDED.powers,
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

-- name: approval_policy
SELECT tool_mode, network_mode, updated_by, rfc3339(updated_at) AS updated_at
FROM approval_policy;

-- name: approval_set_policy
UPDATE approval_policy SET tool_mode = coalesce($1::text, tool_mode),
    network_mode = coalesce($2::text, network_mode), updated_by = $3::text,
    updated_at = now();

-- name: approval_auto
-- The policy that decided, or nothing.
SELECT approval_auto($1::uuid, $2::integer, decode($3::text, 'hex'),
    decode($4::text, 'hex'), $5::json, $6::text, $7::text, $8::text)
    AS policy;
