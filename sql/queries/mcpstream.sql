-- name: mcpstream_append
SELECT coalesce(mcp_stream_append($1::bigint, $2::text, $3::uuid, $4::text,
    $5::integer, $6::text[], $7::boolean), 0) AS follower;

-- name: mcpstream_follow
SELECT mcp_stream_follow($1::bigint, $2::text, $3::bigint) AS yes;

-- name: mcpstream_read
-- Events behind $3, and how the stream stands; at least one row if it exists.
SELECT s.last_seq, s.done, s.request, mcp_worker_alive(s.worker) AS alive,
    coalesce(s.follower, 0) AS follower,
    coalesce(e.seq, 0) AS seq, e.data
FROM mcp_stream s LEFT JOIN mcp_event e
    ON e.session_id = s.session_id AND e.stream = s.name
	AND e.seq > $3::integer
WHERE s.session_id = $1::bigint AND s.name = $2::text
ORDER BY e.seq
LIMIT $4::bigint;

-- name: mcpstream_ask
INSERT INTO mcp_ask (session_id, id) VALUES ($1::bigint, $2::text);

-- name: mcpstream_answer
-- The first answer counts.
WITH answered AS (UPDATE mcp_ask SET answer = $3::json
	WHERE session_id = $1::bigint AND id = $2::text AND answer IS NULL
	RETURNING session_id, id)
SELECT pg_notify('mcpbox_session', 'answer:' || session_id || ':' || id)
FROM answered;

-- name: mcpstream_answers
SELECT id, answer FROM mcp_ask
WHERE session_id = $1::bigint AND id = ANY ($2::text[]) AND answer IS NOT NULL;

-- name: mcpstream_forget
DELETE FROM mcp_ask WHERE session_id = $1::bigint AND id = ANY ($2::text[]);
