-- name: mcptask_create
-- Zero: there is no room, is_live says which.
SELECT c.number, coalesce(c.is_live, false) AS is_live, c.retry_s,
    rfc3339(now()) AS created_at
FROM task_create($1::bytea, $2::text, $3::text, $4::text, $5::uuid, $6::uuid,
    $7::text, $8::integer, decode($9::text, 'hex'), $10::integer, $11::bigint,
    $12::uuid, $13::bigint, $14::bigint) c;

-- name: mcptask_find
-- Only together with its principal: the id alone opens nothing.
SELECT id AS number, tool_name, status, status_message, requests,
    result::text AS result, error::text AS error, poll_ms, ttl_ms,
    rfc3339(created_at) AS created_at, rfc3339(updated_at) AS updated_at,
    live AND task_lost(held_until) AS lost
FROM task
WHERE hash = $1::bytea AND principal = $2::text AND expires_at > now();

-- name: mcptask_watched
-- Which of these ids (hex hashes) are tasks of the principal?
SELECT h.nr - 1 AS place, t.id AS number
FROM unnest($1::text[]) WITH ORDINALITY AS h (hash, nr)
JOIN task t ON t.hash = decode(h.hash, 'hex') AND t.principal = $2::text
    AND t.expires_at > now()
ORDER BY h.nr;

-- name: mcptask_read
-- By number, for listeners who were found to own them.
SELECT id AS number, tool_name, status, status_message, requests,
    result::text AS result, error::text AS error, poll_ms, ttl_ms,
    rfc3339(created_at) AS created_at, rfc3339(updated_at) AS updated_at,
    live AND task_lost(held_until) AS lost
FROM task WHERE id = ANY ($1::bigint[]) AND expires_at > now();

-- name: mcptask_fail_lost
SELECT task_fail_lost($1::bigint);

-- name: mcptask_update
SELECT task_update($1::bytea, $2::text, $3::json) AS yes;

-- name: mcptask_cancel
-- A row if there is such a task; ended by this, or before.
SELECT task_end(id, $3::text) AS yes FROM task
WHERE hash = $1::bytea AND principal = $2::text AND expires_at > now();

-- name: mcptask_ask
SELECT task_ask($1::bigint, $2::uuid, $3::json) AS yes;

-- name: mcptask_take
-- The answers that nobody took, once all that was asked is answered.
WITH old AS (SELECT id, answers FROM task
	WHERE id = $1::bigint AND worker = $2::uuid AND status = 'working'
	    AND answers IS NOT NULL
	FOR UPDATE)
UPDATE task t SET answers = NULL FROM old WHERE t.id = old.id
RETURNING old.answers;

-- name: mcptask_say
-- What the tool says of itself while it works.
UPDATE task SET status_message = $3::text, updated_at = clock_timestamp()
WHERE id = $1::bigint AND worker = $2::uuid AND live;

-- name: mcptask_finish
SELECT task_finish($1::bigint, $2::uuid, $3::text, $4::text, $5::json,
    $6::json) AS yes;

-- name: mcptask_beat
-- The worker lives, and holds these: which are under way, and whether they have
-- answers.
UPDATE task SET held_until = now() + task_lease()
WHERE worker = $1::uuid AND live AND id = ANY ($2::bigint[])
RETURNING id AS number,
    status = 'working' AND answers IS NOT NULL AS answered;

-- name: mcptask_list
SELECT id AS task_id, request_id, tool_id, server_id, tool_name, version,
    principal, caller, status, status_message, live,
    (SELECT count(*) FROM json_object_keys(requests)) AS questions,
    rfc3339(created_at) AS created_at, rfc3339(updated_at) AS updated_at,
    rfc3339(expires_at) AS expires_at, count(*) OVER () AS full_count
FROM task
WHERE ($1::text IS NULL OR status = $1::text)
    AND ($2::uuid IS NULL OR server_id = $2::uuid)
    AND ($3::text IS NULL OR tool_name = $3::text)
    AND ($4::text IS NULL OR principal = $4::text)
ORDER BY id DESC
LIMIT $5::bigint OFFSET $6::bigint;

-- name: mcptask_get
SELECT id AS task_id, request_id, tool_id, server_id, tool_name, version,
    principal, caller, status, status_message, live,
    (SELECT count(*) FROM json_object_keys(requests)) AS questions,
    rfc3339(created_at) AS created_at, rfc3339(updated_at) AS updated_at,
    rfc3339(expires_at) AS expires_at
FROM task WHERE id = $1::bigint;

-- name: mcptask_stop
SELECT task_stop($1::bigint, $2::text) AS yes;
