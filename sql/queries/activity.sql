-- name: activity_list
SELECT rfc3339(a.at) AS created_at, a.id, a.type, a.level, a.actor, a.message,
    a.server_id, a.tool_id, a.target_kind, a.target_id, a.request_id,
    a.duration_ms, a.outcome,
    to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS place
FROM activity_page($1::json, $2::integer) a;

-- name: activity_run
SELECT rfc3339(a.at) AS created_at, a.id, a.type, a.level, a.actor, a.message,
    a.server_id, a.tool_id, a.target_kind, a.target_id, a.request_id,
    a.duration_ms, a.outcome, NULL AS place
FROM run_log r CROSS JOIN LATERAL activity_of_run(r) a
WHERE r.id = $1::uuid;

-- name: activity_audit
SELECT rfc3339(a.at) AS created_at, a.id, a.type, a.level, a.actor, a.message,
    a.server_id, a.tool_id, a.target_kind, a.target_id, a.request_id,
    a.duration_ms, a.outcome, NULL AS place
FROM audit t CROSS JOIN LATERAL activity_of_audit(t) a
WHERE t.seq = $1::bigint;

-- name: activity_now
SELECT n.xid, n.seq FROM activity_now() n;

-- name: activity_between
SELECT rfc3339(a.at) AS created_at, a.id, a.type, a.level, a.actor, a.message,
    a.server_id, a.tool_id, a.target_kind, a.target_id, a.request_id,
    a.duration_ms, a.outcome, NULL AS place
FROM activity_between($1::json, $2::text, $3::text, $4::bigint, $5::bigint,
    $6::integer) a;

-- name: activity_allowed
-- Whoever watches must still be who it was: by a session ($1), or by the
-- token $3 of an account ($2).
SELECT CASE WHEN $1::uuid IS NOT NULL THEN EXISTS (SELECT FROM session s
	JOIN account a ON a.id = s.account_id
	WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
	    AND a.is_active AND a.password_version = s.password_version)
    ELSE EXISTS (SELECT FROM api_token t JOIN account a ON a.id = t.account_id
	WHERE t.account_id = $2::uuid AND t.name = $3::text
	    AND t.revoked_at IS NULL AND t.expires_at > now() AND a.is_active)
    END AS allowed;

-- name: activity_stats
-- Of the newest $2 minutes; $1 a server or NULL.
SELECT x.type, x.level, sum(x.n)::bigint AS total, sum(x.ms)::bigint AS ms
FROM (
    SELECT CASE WHEN c.is_test THEN 'test' ELSE 'call' END AS type,
	run_level(c.outcome) AS level, c.runs AS n, c.ms
    FROM run_count c
    WHERE c.bucket >= run_bucket(now() - $2::integer * interval '1 minute')
	AND ($1::uuid IS NULL OR c.server_id = $1)
    UNION ALL
    SELECT activity_type(a.operation),
	CASE WHEN a.operation IN ('login_failed', 'refresh_reuse')
	    THEN 'warning' ELSE 'info' END, 1, 0
    FROM audit a
    WHERE a.at >= run_bucket(now() - $2::integer * interval '1 minute')
	AND ($1::uuid IS NULL OR a.target_id = $1::text
	    OR a.target_id IN (SELECT t.id::text FROM tool t
		WHERE t.server_id = $1))) x
GROUP BY x.type, x.level ORDER BY x.type, x.level;
