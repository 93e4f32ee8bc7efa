-- name: run_find
-- The one way to code that a client may run: approved as it is, enabled, on a
-- running server, all in the statement that fetches it.  What may not run now
-- comes without code, with the reasons.
SELECT t.id AS tool_id, t.server_id, t.full_name, t.title, t.description,
    v.input_schema, v.output_schema, t.annotations,
    CASE WHEN t.callable THEN v.code END AS code,
    t.current_version AS version, encode(t.digest, 'hex') AS digest,
    coalesce(t.timeout_ms, t.default_timeout_ms) AS timeout_ms, t.callable,
    t.approval_status, t.enabled, t.server_status
FROM tool_state t
JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
WHERE t.server_name = $1::text AND t.name = $2::text;

-- name: run_find_trial
-- For a trial run: the code of the current version, whatever its state.
SELECT t.id AS tool_id, t.server_id, t.full_name, t.title, t.description,
    v.input_schema, v.output_schema, t.annotations, v.code,
    t.current_version AS version, encode(t.digest, 'hex') AS digest,
    coalesce(t.timeout_ms, t.default_timeout_ms) AS timeout_ms, t.callable,
    t.approval_status, t.enabled, t.server_status
FROM tool_state t
JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
WHERE t.id = $1::uuid;

-- name: run_list
-- A page behind the name $1: a cursor that no change of the list can shift.
-- The copy (tool_index) has the order and skips what is not ready; whether a
-- tool may run is asked of tool_state all the same.  The limit is RUN_LIST_MAX
-- (noun/run.h), written out so that the plan knows how few rows are wanted.
SELECT t.id AS tool_id, t.server_id, t.full_name, t.title, t.description,
    v.input_schema, v.output_schema, t.annotations,
    t.current_version AS version, encode(t.digest, 'hex') AS digest,
    coalesce(t.timeout_ms, t.default_timeout_ms) AS timeout_ms, t.callable,
    t.approval_status, t.enabled, t.server_status
FROM (SELECT i.tool_id FROM tool_index i
    WHERE i.ready AND i.full_name > $1::text COLLATE "C"
	AND i.server_id = ANY (ARRAY(
	    SELECT s.id FROM server s WHERE s.status = 'running'))
    ORDER BY i.full_name
    LIMIT 101) i
CROSS JOIN LATERAL (SELECT * FROM tool_state t
    WHERE t.id = i.tool_id AND t.callable OFFSET 0) t
JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
ORDER BY t.full_name COLLATE "C";
