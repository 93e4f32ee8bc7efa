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
