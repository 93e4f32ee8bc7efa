-- name: run_find
-- The one way to code that a client may run: approved as it is, enabled, on a
-- running server, all in the statement that fetches it, and with it all that
-- the run may use: hosts, secrets (sealed, in the order of secret_names, empty
-- where there is no value), limits of its own.  What may not run now comes
-- without, with the reasons.  Each call begins here: OFFSET 0 keeps the planner
-- from asking for the limits of all tools, EXISTS spares those without grants
-- the rest.
SELECT t.id AS tool_id, t.server_id, t.server_name, t.kind, t.full_name,
    t.title, t.description, v.input_schema, v.output_schema, t.annotations,
    t.uri, t.mime_type, t.size, t.icons, t.client_capabilities, t.task_mode,
    t.input_schema_given, t.completes,
    CASE WHEN t.callable THEN v.code END AS code,
    t.current_version AS version, encode(t.digest, 'hex') AS digest,
    coalesce(t.timeout_ms, t.default_timeout_ms) AS timeout_ms, t.callable,
    t.approval_status, t.enabled, t.server_status, t.secret_names,
    CASE WHEN t.callable AND t.secret_names <> '{}'
	THEN run_secrets(t.id, t.secret_names) ELSE '{}' END AS secret_values,
    t.approval_status = 'approved' AS approved,
    CASE WHEN t.callable AND EXISTS (SELECT FROM network_access a
	WHERE a.server_id = t.server_id AND a.status = 'approved')
	THEN ARRAY(SELECT g.line FROM run_grant g WHERE g.tool_id = t.id)
	ELSE '{}' END AS hosts,
    l.memory_mib, l.cpu_ms, l.result_kib, l.output_kib, l.threads, l.requests,
    l.transfer_kib, l.calls_per_minute, l.concurrency, l.rate_per_minute
FROM tool_state t
JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
CROSS JOIN LATERAL (SELECT * FROM run_limit x
    WHERE x.tool_id = t.id OFFSET 0) l
WHERE t.server_name = $1::text AND t.name = $2::text AND t.kind = $3::text;

-- name: run_find_trial
-- For a trial run: any version (NULL: the current one), whatever its state,
-- with nothing that it could use.
SELECT t.id AS tool_id, t.server_id, t.server_name, t.kind, t.full_name,
    v.title, v.description, v.input_schema, v.output_schema, v.annotations,
    v.uri, v.mime_type, v.size, v.icons, v.client_capabilities, v.task_mode,
    v.input_schema_given, v.completes, v.code,
    v.version, encode(v.digest, 'hex') AS digest,
    coalesce(v.timeout_ms, t.default_timeout_ms) AS timeout_ms, t.callable,
    t.approval_status, t.enabled, t.server_status, v.secret_names,
    '{}'::text[] AS secret_values,
    coalesce(t.approved_version = v.version AND t.approved_digest = v.digest,
	false) AS approved,
    '{}'::text[] AS hosts,
    l.memory_mib, l.cpu_ms, l.result_kib, l.output_kib, l.threads, l.requests,
    l.transfer_kib, l.calls_per_minute, l.concurrency, l.rate_per_minute
FROM tool_state t
JOIN tool_version v ON v.tool_id = t.id
    AND v.version = coalesce($2::integer, t.current_version)
CROSS JOIN LATERAL (SELECT * FROM run_limit x
    WHERE x.tool_id = t.id OFFSET 0) l
WHERE t.id = $1::uuid;

-- name: run_find_test
-- The same for a person's test, which may use what the server has.
SELECT t.id AS tool_id, t.server_id, t.server_name, t.kind, t.full_name,
    v.title, v.description, v.input_schema, v.output_schema, v.annotations,
    v.uri, v.mime_type, v.size, v.icons, v.client_capabilities, v.task_mode,
    v.input_schema_given, v.completes, v.code,
    v.version, encode(v.digest, 'hex') AS digest,
    coalesce(v.timeout_ms, t.default_timeout_ms) AS timeout_ms, t.callable,
    t.approval_status, t.enabled, t.server_status, v.secret_names,
    ARRAY(SELECT coalesce((SELECT encode(s.sealed, 'hex') FROM secret s
		WHERE s.server_id = t.server_id AND s.name = n.name), '')
	FROM unnest(v.secret_names) WITH ORDINALITY n(name, at)
	ORDER BY n.at) AS secret_values,
    coalesce(t.approved_version = v.version AND t.approved_digest = v.digest,
	false) AS approved,
    ARRAY(SELECT g.line FROM run_grant g WHERE g.tool_id = t.id) AS hosts,
    l.memory_mib, l.cpu_ms, l.result_kib, l.output_kib, l.threads, l.requests,
    l.transfer_kib, l.calls_per_minute, l.concurrency, l.rate_per_minute
FROM tool_state t
JOIN tool_version v ON v.tool_id = t.id
    AND v.version = coalesce($2::integer, t.current_version)
CROSS JOIN LATERAL (SELECT * FROM run_limit x
    WHERE x.tool_id = t.id OFFSET 0) l
WHERE t.id = $1::uuid;

-- name: run_list
-- Of the kind $2, a page behind the name $1: a cursor that no change of the list can shift.
-- The copy (tool_index) has the order and skips what is not ready; whether a
-- tool may run is asked of tool_state all the same.  The limit is RUN_LIST_MAX
-- (noun/run.h), written out so that the plan knows how few rows are wanted.
SELECT t.id AS tool_id, t.server_id, t.kind, t.full_name,
    t.full_name AS listed_name, t.full_name AS place, t.title,
    t.description, v.input_schema, v.output_schema, t.annotations, t.uri,
    t.mime_type, t.size, t.icons, t.client_capabilities, t.task_mode,
    t.input_schema_given, t.completes,
    t.current_version AS version, encode(t.digest, 'hex') AS digest,
    coalesce(t.timeout_ms, t.default_timeout_ms) AS timeout_ms, t.callable,
    t.approval_status, t.enabled, t.server_status
FROM (SELECT i.tool_id FROM tool_index i
    WHERE i.ready AND i.kind = $2::text
	AND i.full_name > $1::text COLLATE "C"
	AND i.server_id = ANY (ARRAY(
	    SELECT s.id FROM server s WHERE s.status = 'running'))
    ORDER BY i.full_name
    LIMIT 101) i
CROSS JOIN LATERAL (SELECT * FROM tool_state t
    WHERE t.id = i.tool_id AND t.callable OFFSET 0) t
JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
ORDER BY t.full_name COLLATE "C";

-- name: run_list_server
-- The same of the kind $3 of one server ($1), under their own names, in the
-- order in which they were made; behind the position $2.
SELECT t.id AS tool_id, t.server_id, t.kind, t.full_name,
    t.name AS listed_name, i.position::text AS place, t.title,
    t.description, v.input_schema, v.output_schema, t.annotations, t.uri,
    t.mime_type, t.size, t.icons, t.client_capabilities, t.task_mode,
    t.input_schema_given, t.completes,
    t.current_version AS version, encode(t.digest, 'hex') AS digest,
    coalesce(t.timeout_ms, t.default_timeout_ms) AS timeout_ms, t.callable,
    t.approval_status, t.enabled, t.server_status
FROM (SELECT i.tool_id, i.position FROM tool_index i
    WHERE i.ready AND i.server_id = $1::uuid AND i.kind = $3::text
	AND i.position > $2::bigint
	AND EXISTS (SELECT FROM server s
	    WHERE s.id = $1::uuid AND s.status = 'running')
    ORDER BY i.position
    LIMIT 101) i
CROSS JOIN LATERAL (SELECT * FROM tool_state t
    WHERE t.id = i.tool_id AND t.callable OFFSET 0) t
JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
ORDER BY i.position;
