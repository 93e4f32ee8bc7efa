-- name: jobs_lock
-- One jobs process does the work, on whatever node it runs.
SELECT pg_try_advisory_lock(hashtext('mcpbox jobs')) AS locked;

-- name: jobs_maintain
-- Partitions made and dropped, what has expired purged: all in SQL.
SELECT maintain();
