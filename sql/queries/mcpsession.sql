-- name: mcpsession_channel
-- NEWS_SESSIONS of op/news.h
LISTEN mcpbox_session;

-- name: mcpsession_open
SELECT coalesce(mcp_session_open($1::bytea, $2::text, $3::text, $4::text,
    $5::json, $6::integer, $7::uuid), 0) AS id;

-- name: mcpsession_find
-- Only together with its principal, and at the endpoint where it began: the
-- id alone opens nothing.
SELECT id, revision, capabilities, log_level,
    last_seen_at < now() - interval '1 minute' AS stale
FROM mcp_session
WHERE hash = $1::bytea AND principal = $2::text AND expires_at > now()
    AND server_id IS NOT DISTINCT FROM $3::uuid;

-- name: mcpsession_seen
UPDATE mcp_session SET last_seen_at = now(),
    expires_at = least(now() + interval '1 day',
	created_at + interval '30 days')
WHERE id = $1::bigint AND last_seen_at < now() - interval '1 minute';

-- name: mcpsession_end
WITH ended AS (DELETE FROM mcp_session WHERE id = $1::bigint RETURNING id)
SELECT pg_notify('mcpbox_session', 'end:' || id) FROM ended;

-- name: mcpsession_level
UPDATE mcp_session SET log_level = $2::text WHERE id = $1::bigint;

-- name: mcpsession_cancel
-- $2: NEWS_REQUEST_MAX characters of op/news.h.
SELECT pg_notify('mcpbox_session', 'cancel:' || $1::bigint || ':' || $2::text);

-- name: mcpsession_listen
SELECT mcp_session_listen($1::bigint, $2::uuid, $3::bigint, $4::boolean)
    AS yes;

-- name: mcpsession_unlisten
-- Those that another worker, or another stream, has by now are left alone.
UPDATE mcp_session s SET listen_worker = NULL, listen_serial = NULL
FROM unnest($2::bigint[]) AS gone (serial)
WHERE s.listen_worker = $1::uuid AND s.listen_serial = gone.serial;

-- name: mcpsession_lease
SELECT mcp_worker_lease($1::uuid);

-- name: mcpsession_subscribe
INSERT INTO mcp_subscription (session_id, uri)
SELECT $1::bigint, $2::text
WHERE (SELECT count(*) FROM mcp_subscription WHERE session_id = $1::bigint)
    < $3::bigint
ON CONFLICT (session_id, uri) DO UPDATE SET uri = excluded.uri;

-- name: mcpsession_unsubscribe
DELETE FROM mcp_subscription
WHERE session_id = $1::bigint AND uri = $2::text;

-- name: mcpsession_subscribed
-- Which of these sessions want to hear of a resource?
SELECT session_id AS id FROM mcp_subscription
WHERE uri = $1::text AND session_id = ANY ($2::bigint[]);
