-- name: kill_orders
-- By the ids that were notified: '{1,2}'.
SELECT what, target, why FROM kill_order WHERE id = ANY ($1::bigint[])
ORDER BY id;

-- name: kill_recent
-- All that can be about a run that is under way; the longest runs for five
-- minutes, and may have waited before.  stands: what it is about still cannot
-- be called.
SELECT o.what, o.target, o.why, o.lasting,
    (extract(epoch FROM clock_timestamp() - o.at) * 1000)::bigint AS age_ms,
    o.lasting AND NOT CASE o.what WHEN 'tool' THEN EXISTS (
	SELECT FROM tool_state t
	WHERE t.full_name = o.target AND t.callable) ELSE EXISTS (
	SELECT FROM server s
	WHERE s.id::text = o.target AND s.status = 'running') END AS stands
FROM kill_order o WHERE o.at > now() - interval '15 minutes'
ORDER BY o.id;

-- name: kill_listen
-- What sql/migrations/0008_kill.sql notifies.
LISTEN mcpbox_kill;
