-- name: network_list
-- What waits comes by its waiting time, then the rest, newest first.
SELECT a.id, a.server_id, s.name AS server_name, a.tool_id,
    s.name || '__' || t.name AS tool_name, a.host, a.port, a.private,
    a.justification, a.status, a.source, a.requested_by,
    rfc3339(a.created_at) AS created_at, a.decided_by,
    rfc3339(a.decided_at) AS decided_at, a.reason,
    count(*) OVER () AS full_count
FROM network_access a
JOIN server s ON s.id = a.server_id
LEFT JOIN tool t ON t.id = a.tool_id
WHERE a.status = ANY ($1::text[])
    AND ($2::uuid IS NULL OR a.server_id = $2)
    AND ($3::uuid IS NULL OR a.tool_id = $3)
    AND ($4::text IS NULL OR concat_ws(U&'\0001', a.host, lower(a.justification),
	s.name, s.name || '__' || t.name, lower(a.requested_by),
	lower(a.decided_by), lower(a.reason)) LIKE literal($4))
    AND ($5::text IS NULL OR a.source = $5)
    AND ($6::text IS NULL OR a.requested_by = $6)
    AND ($7::integer IS NULL
	OR a.created_at <= now() - make_interval(hours => $7))
    AND ($8::integer IS NULL
	OR a.created_at >= now() - make_interval(hours => $8))
ORDER BY
    CASE WHEN $9::text = 'waiting' AND a.status = 'pending'
	THEN a.created_at END NULLS LAST,
    CASE WHEN $9 = 'oldest' THEN coalesce(a.decided_at, a.created_at) END,
    CASE WHEN $9 = 'host' THEN a.host END,
    CASE WHEN $9 = 'host' THEN a.port END NULLS FIRST,
    coalesce(a.decided_at, a.created_at) DESC, a.id
LIMIT $10::bigint OFFSET $11::bigint;

-- name: network_of_tool
-- All that was asked, granted and refused for a tool, also through its server.
SELECT a.id, a.server_id, s.name AS server_name, a.tool_id,
    s.name || '__' || t.name AS tool_name, a.host, a.port, a.private,
    a.justification, a.status, a.source, a.requested_by,
    rfc3339(a.created_at) AS created_at, a.decided_by,
    rfc3339(a.decided_at) AS decided_at, a.reason
FROM tool o
JOIN network_access a ON a.server_id = o.server_id
    AND (a.tool_id IS NULL OR a.tool_id = o.id)
JOIN server s ON s.id = a.server_id
LEFT JOIN tool t ON t.id = a.tool_id
WHERE o.id = $1::uuid AND ($2::text IS NULL OR a.status = $2)
ORDER BY a.created_at, a.id
LIMIT 500;

-- name: network_get
SELECT a.id, a.server_id, s.name AS server_name, a.tool_id,
    s.name || '__' || t.name AS tool_name, a.host, a.port, a.private,
    a.justification, a.status, a.source, a.requested_by,
    rfc3339(a.created_at) AS created_at, a.decided_by,
    rfc3339(a.decided_at) AS decided_at, a.reason
FROM network_access a
JOIN server s ON s.id = a.server_id
LEFT JOIN tool t ON t.id = a.tool_id
WHERE a.id = $1::uuid;

-- name: network_place
-- The server of a tool.
SELECT server_id AS id FROM tool WHERE id = $1::uuid;

-- name: network_standing
-- What stands in the way of asking for host $3, port $4 (NULL: any), for tool
-- $2 (NULL: the server): a grant that covers it, the same request, its refusal.
SELECT a.id, a.status, a.tool_id IS NULL AS server_wide, a.port, a.private,
    a.reason
FROM network_access a
WHERE a.server_id = $1::uuid AND a.host = $3::text
    AND CASE a.status
	WHEN 'approved' THEN (a.tool_id IS NULL OR a.tool_id = $2::uuid)
	    AND (a.port IS NULL OR a.port = $4::integer)
	WHEN 'revoked' THEN false
	ELSE a.tool_id IS NOT DISTINCT FROM $2
	    AND a.port IS NOT DISTINCT FROM $4 END
ORDER BY CASE a.status WHEN 'approved' THEN 1 WHEN 'pending' THEN 2
    ELSE 3 END, a.created_at DESC
LIMIT 1;

-- name: network_reach
-- What covers host $3, port $4, for tool $2 (NULL: any) of a server: granted,
-- else asked for, else refused.
SELECT a.id, a.status, a.tool_id IS NULL AS server_wide, a.port, a.private,
    a.reason
FROM network_access a
WHERE a.server_id = $1::uuid AND a.host = $3::text AND a.status <> 'revoked'
    AND (a.tool_id IS NULL OR a.tool_id = $2::uuid)
    AND (a.port IS NULL OR a.port = $4::integer)
ORDER BY CASE a.status WHEN 'approved' THEN 1 WHEN 'pending' THEN 2
    ELSE 3 END, a.created_at DESC
LIMIT 1;

-- name: network_same
-- The rows in force or waiting for exactly this.
SELECT a.id, a.status, a.tool_id IS NULL AS server_wide, a.port, a.private,
    a.reason
FROM network_access a
WHERE a.server_id = $1::uuid AND a.host = $3::text
    AND a.status IN ('approved', 'pending')
    AND a.tool_id IS NOT DISTINCT FROM $2::uuid
    AND a.port IS NOT DISTINCT FROM $4::integer
ORDER BY a.status
LIMIT 1;

-- name: network_waiting
SELECT count(*) AS n FROM network_access
WHERE server_id = $1::uuid AND status = 'pending';

-- name: network_request
INSERT INTO network_access (server_id, tool_id, host, port, justification,
    source, requested_by)
VALUES ($1::uuid, $2::uuid, $3::text, $4::integer, $5::text, $6::text,
    $7::text)
RETURNING id;

-- name: network_lock
SELECT id FROM network_access WHERE id = $1::uuid FOR UPDATE;

-- name: network_grant
INSERT INTO network_access (server_id, tool_id, host, port, justification,
    source, requested_by, private, status, decided_by, decided_at)
VALUES ($1::uuid, $2::uuid, $3::text, $4::integer, $5::text, $6::text,
    $7::text, $8::boolean, 'approved', $7, now())
RETURNING id;

-- name: network_approve
UPDATE network_access SET status = 'approved', private = $2::boolean,
    decided_by = $3::text, decided_at = now(), reason = $4::text
WHERE id = $1::uuid;

-- name: network_reject
UPDATE network_access SET status = 'rejected', decided_by = $2::text,
    decided_at = now(), reason = $3::text
WHERE id = $1::uuid;

-- name: network_revoke
UPDATE network_access SET status = 'revoked', decided_by = $2::text,
    decided_at = now(), reason = $3::text
WHERE id = $1::uuid;

-- name: network_delete
DELETE FROM network_access WHERE id = $1::uuid;

-- name: network_auto
-- Did the policy approve it?
SELECT network_auto($1::uuid, $2::text, $3::text, $4::text) AS approved;
