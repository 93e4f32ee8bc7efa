-- name: jobs_lock
-- One jobs process does the work, on whatever node it runs.
SELECT pg_try_advisory_lock(hashtext('mcpbox jobs')) AS locked;

-- name: jobs_maintain
-- Partitions made and dropped, what has expired purged: all in SQL.
SELECT maintain();

-- name: jobs_maintain_mcp
-- Sessions, streams and questions of MCP clients that are over.
SELECT maintain_mcp();

-- name: jobs_maintain_tasks
-- Tasks whose worker is gone, and those that are over.
SELECT maintain_tasks();

-- name: jobs_maintain_records
-- Forgets runs that are older than $1 days; how many.
SELECT maintain_records($1::integer) AS n;

-- name: jobs_count_runs
-- Counts the runs since the last time; how many.
SELECT run_stat_roll() AS n;
