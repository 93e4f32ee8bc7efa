-- name: run_find
-- The one way to code that a client may run: approved as it is, enabled, on a
-- running server, all in the statement that fetches it.
SELECT t.id, t.server_id, t.full_name, t.title, t.description, v.code,
    v.input_schema, v.output_schema, t.annotations, t.secret_names,
    coalesce(t.timeout_ms, t.default_timeout_ms) AS timeout_ms,
    t.current_version AS version, encode(t.digest, 'hex') AS digest
FROM tool_state t
JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
WHERE t.server_name = $1::text AND t.name = $2::text AND t.callable;

-- name: run_trial
-- For a trial run: the current version, whatever its state.
SELECT t.id, t.server_id, t.full_name, t.title, t.description, v.code,
    v.input_schema, v.output_schema, t.annotations, t.secret_names,
    coalesce(t.timeout_ms, t.default_timeout_ms) AS timeout_ms,
    t.current_version AS version, encode(t.digest, 'hex') AS digest
FROM tool_state t
JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
WHERE t.id = $1::uuid;

-- name: run_refusal
-- Why run_find found nothing.
SELECT approval_status, enabled, server_status
FROM tool_state WHERE server_name = $1::text AND name = $2::text;

-- name: run_list
SELECT t.full_name, t.title, t.description, v.input_schema, v.output_schema,
    t.annotations
FROM tool_state t
JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
WHERE t.callable
ORDER BY t.full_name COLLATE "C";
