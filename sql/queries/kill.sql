-- name: kill_orders
-- By the ids that were notified: '{1,2}'.
SELECT what, target, why FROM kill_order WHERE id = ANY ($1::bigint[])
ORDER BY id;

-- name: kill_recent
-- All that can be about a run that is under way; the longest runs for five
-- minutes, and may have waited before.
SELECT what, target, why,
    (extract(epoch FROM clock_timestamp() - at) * 1000)::bigint AS age_ms
FROM kill_order WHERE at > now() - interval '15 minutes'
ORDER BY id;

-- name: kill_listen
-- What sql/migrations/0008_kill.sql notifies.
LISTEN mcpbox_kill;
