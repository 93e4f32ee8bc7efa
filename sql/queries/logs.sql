-- name: logs_list
-- A page of the log: the filters as run_log_where knows them (migration 0018).
SELECT r.id, r.tool_id, r.server_id, r.tool_name, r.version, r.run_kind AS kind,
    r.source, r.is_test, r.outcome, r.outcome = 'result' AS success,
    left(r.error, 500) AS error, r.duration_ms, r.cpu_ms, r.peak_kib,
    r.caller AS executed_by, r.session, r.request_id, r.trace_id,
    rfc3339(r.created_at) AS created_at,
    to_char(r.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
	AS place
FROM run_log_page($1::json, $2::integer) r
ORDER BY r.created_at DESC, r.id DESC;

-- name: logs_export
-- The same with all that is kept, for a download.
SELECT r.id, r.tool_id, r.server_id, r.tool_name, r.version, r.run_kind AS kind,
    r.source, r.is_test, r.outcome, r.outcome = 'result' AS success,
    r.error, r.duration_ms, r.cpu_ms, r.peak_kib,
    r.caller AS executed_by, r.session, r.request_id, r.trace_id,
    rfc3339(r.created_at) AS created_at,
    to_char(r.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
	AS place,
    r.input_args::text AS input_args, r.result::text AS result, r.stdout
FROM run_log_page($1::json, $2::integer) r
ORDER BY r.created_at DESC, r.id DESC;

-- name: logs_get
SELECT r.id, r.tool_id, r.server_id, r.tool_name, r.version, r.run_kind AS kind,
    r.source, r.is_test, r.outcome, r.outcome = 'result' AS success,
    r.error, r.duration_ms, r.cpu_ms, r.peak_kib,
    r.caller AS executed_by, r.session, r.request_id, r.trace_id,
    rfc3339(r.created_at) AS created_at, encode(r.digest, 'hex') AS digest,
    r.client_ip, r.input_args, r.result, r.stdout, r.requests
FROM run_log r WHERE r.id = $1::uuid;

-- name: runlog_of_tool
-- For the tool's author: the newest runs, cut.
SELECT r.id, r.run_kind AS kind, r.version, r.outcome = 'result' AS success,
    r.outcome, r.duration_ms, r.error, r.input_args, r.result, r.stdout,
    r.caller AS executed_by, rfc3339(r.created_at) AS created_at
FROM run_log_of_tool($1::uuid, $2::integer) r;

-- name: logs_forget
SELECT run_log_forget($1::integer, $2::integer) AS gone;

-- name: logs_totals
-- Of all time, and of the newest $4 hours; $1 server, $2 tool, $3 tests only
-- or none (NULL: whatever).
SELECT coalesce(sum(t.runs), 0)::bigint AS total_executions,
    coalesce(sum(t.good), 0)::bigint AS successful,
    coalesce(sum(t.bad), 0)::bigint AS failed,
    (sum(t.ms) / sum(t.runs))::bigint AS avg_duration_ms,
    coalesce(sum(t.new_runs), 0)::bigint AS period_executions,
    coalesce(sum(t.new_good), 0)::bigint AS period_successful,
    coalesce(sum(t.new_bad), 0)::bigint AS period_failed,
    (sum(t.new_ms) / nullif(sum(t.new_runs), 0))::bigint
	AS period_avg_duration_ms,
    count(*) AS unique_tools, run_callers() AS unique_users
FROM (SELECT c.tool_id, sum(c.runs) AS runs, sum(c.ms) AS ms,
	coalesce(sum(c.runs) FILTER (WHERE c.outcome = 'result'), 0) AS good,
	coalesce(sum(c.runs) FILTER (WHERE c.bucket >= p.since), 0) AS new_runs,
	coalesce(sum(c.ms) FILTER (WHERE c.bucket >= p.since), 0) AS new_ms,
	coalesce(sum(c.runs) FILTER (WHERE c.bucket >= p.since
	    AND c.outcome = 'result'), 0) AS new_good,
	coalesce(sum(c.runs) FILTER (WHERE run_failed(c.outcome)), 0) AS bad,
	coalesce(sum(c.runs) FILTER (WHERE c.bucket >= p.since
	    AND run_failed(c.outcome)), 0) AS new_bad
    FROM run_count c, (SELECT run_bucket(now()
	- $4::integer * interval '1 hour') AS since) p
    WHERE ($1::uuid IS NULL OR c.server_id = $1)
	AND ($2::uuid IS NULL OR c.tool_id = $2)
	AND ($3::boolean IS NULL OR c.is_test = $3)
    GROUP BY c.tool_id) t;

-- name: logs_percentiles
-- Of the newest $2 runs that $1 (run_log_where) lets through.
SELECT count(*) AS sampled,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY r.duration_ms)::bigint AS p50,
    percentile_disc(0.95) WITHIN GROUP (ORDER BY r.duration_ms)::bigint AS p95,
    percentile_disc(0.99) WITHIN GROUP (ORDER BY r.duration_ms)::bigint AS p99
FROM run_log_page($1::json, $2::integer) r;

-- name: logs_by_outcome
SELECT c.outcome, sum(c.runs)::bigint AS executions
FROM run_count c
WHERE c.bucket >= run_bucket(now() - $4::integer * interval '1 hour')
    AND ($1::uuid IS NULL OR c.server_id = $1)
    AND ($2::uuid IS NULL OR c.tool_id = $2)
    AND ($3::boolean IS NULL OR c.is_test = $3)
GROUP BY c.outcome ORDER BY executions DESC, c.outcome;

-- name: logs_by_tool
SELECT c.tool_id, c.tool_name, c.server_id, sum(c.runs)::bigint AS executions,
    coalesce(sum(c.runs) FILTER (WHERE run_failed(c.outcome)), 0)::bigint
	AS failed,
    (sum(c.ms) / sum(c.runs))::bigint AS avg_duration_ms
FROM run_count c
WHERE c.bucket >= run_bucket(now() - $4::integer * interval '1 hour')
    AND ($1::uuid IS NULL OR c.server_id = $1)
    AND ($2::uuid IS NULL OR c.tool_id = $2)
    AND ($3::boolean IS NULL OR c.is_test = $3)
GROUP BY c.tool_id, c.tool_name, c.server_id
ORDER BY executions DESC, c.tool_name LIMIT 20;

-- name: logs_by_server
SELECT c.server_id, s.name AS server_name, sum(c.runs)::bigint AS executions,
    coalesce(sum(c.runs) FILTER (WHERE run_failed(c.outcome)), 0)::bigint
	AS failed,
    (sum(c.ms) / sum(c.runs))::bigint AS avg_duration_ms
FROM run_count c LEFT JOIN server s ON s.id = c.server_id
WHERE c.bucket >= run_bucket(now() - $4::integer * interval '1 hour')
    AND ($1::uuid IS NULL OR c.server_id = $1)
    AND ($2::uuid IS NULL OR c.tool_id = $2)
    AND ($3::boolean IS NULL OR c.is_test = $3)
GROUP BY c.server_id, s.name
ORDER BY executions DESC, c.server_id LIMIT 20;

-- name: logs_over_time
-- By $5 ('hour', 'day'), without gaps.
SELECT rfc3339(g.at) AS timestamp, coalesce(n.executions, 0) AS executions,
    coalesce(n.failed, 0) AS failed
FROM generate_series(
    date_trunc($5::text, now() - $4::integer * interval '1 hour', 'UTC'), now(),
    CASE $5::text WHEN 'day' THEN interval '24 hours'
	ELSE interval '1 hour' END) g(at)
LEFT JOIN (SELECT date_trunc($5::text, c.bucket, 'UTC') AS at,
	sum(c.runs)::bigint AS executions,
	coalesce(sum(c.runs) FILTER (WHERE run_failed(c.outcome)), 0)::bigint
	    AS failed
    FROM run_count c
    WHERE c.bucket >= run_bucket(now() - $4::integer * interval '1 hour')
	AND ($1::uuid IS NULL OR c.server_id = $1)
	AND ($2::uuid IS NULL OR c.tool_id = $2)
	AND ($3::boolean IS NULL OR c.is_test = $3)
    GROUP BY 1) n ON n.at = g.at
ORDER BY g.at;
