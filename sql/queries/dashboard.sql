-- name: dashboard_stats
-- $1: minutes of the period.  Calls of clients; tests are not traffic.
SELECT (SELECT count(*) FROM server) AS total_servers,
    (SELECT count(*) FROM server s WHERE s.status = 'running')
	AS active_servers,
    (SELECT count(*) FROM tool) AS total_tools,
    (SELECT count(*) FROM tool t WHERE t.enabled) AS enabled_tools,
    (SELECT count(*) FROM tool t WHERE t.review = 'pending_review')
	AS pending_tools,
    coalesce(sum(c.runs), 0)::bigint AS total_requests,
    coalesce(sum(c.runs) FILTER (WHERE run_failed(c.outcome)), 0)::bigint
	AS total_errors,
    (sum(c.ms) / sum(c.runs))::bigint AS avg_response_time_ms
FROM run_count c
WHERE c.bucket >= run_bucket(now() - $1::integer * interval '1 minute')
    AND NOT c.is_test;

-- name: dashboard_servers
SELECT s.id, s.name, s.status,
    (SELECT count(*) FROM tool t WHERE t.server_id = s.id) AS tool_count,
    coalesce(n.requests, 0) AS requests, coalesce(n.errors, 0) AS errors
FROM server s
LEFT JOIN (SELECT c.server_id, sum(c.runs)::bigint AS requests,
	coalesce(sum(c.runs) FILTER (WHERE run_failed(c.outcome)), 0)::bigint
	    AS errors
    FROM run_count c
    WHERE c.bucket >= run_bucket(now() - $1::integer * interval '1 minute')
	AND NOT c.is_test
    GROUP BY c.server_id) n ON n.server_id = s.id
ORDER BY coalesce(n.requests, 0) DESC, s.name LIMIT 10;

-- name: dashboard_over_time
-- In steps of $2 minutes, 10 or 60, without gaps.
SELECT rfc3339(g.at) AS timestamp, coalesce(n.requests, 0) AS requests,
    coalesce(n.errors, 0) AS errors
FROM generate_series(
    date_bin($2::integer * interval '1 minute',
	now() - $1::integer * interval '1 minute', '2000-01-01 00:00+00'),
    now(), $2::integer * interval '1 minute') g(at)
LEFT JOIN (SELECT date_bin($2::integer * interval '1 minute', c.bucket,
	    '2000-01-01 00:00+00') AS at,
	sum(c.runs)::bigint AS requests,
	coalesce(sum(c.runs) FILTER (WHERE run_failed(c.outcome)), 0)::bigint
	    AS errors
    FROM run_count c
    WHERE c.bucket >= run_bucket(now() - $1::integer * interval '1 minute')
	AND NOT c.is_test
    GROUP BY 1) n ON n.at = g.at
ORDER BY g.at;

-- name: dashboard_top_tools
SELECT c.tool_id, c.tool_name, s.name AS server_name,
    sum(c.runs)::bigint AS invocations,
    (sum(c.ms) / sum(c.runs))::bigint AS avg_duration_ms
FROM run_count c LEFT JOIN server s ON s.id = c.server_id
WHERE c.bucket >= run_bucket(now() - $1::integer * interval '1 minute')
    AND NOT c.is_test
GROUP BY c.tool_id, c.tool_name, s.name
ORDER BY invocations DESC, c.tool_name LIMIT 5;

-- name: dashboard_recent_errors
SELECT r.id, rfc3339(r.created_at) AS timestamp, s.name AS server_name,
    r.tool_name, r.outcome, left(r.error, 200) AS message
FROM run_log_page(json_build_object('success', 'false', 'is_test', 'false',
    'from', run_bucket(now() - $1::integer * interval '1 minute')), 10) r
LEFT JOIN server s ON s.id = r.server_id
ORDER BY r.created_at DESC, r.id DESC;
