-- name: metrics_connections
-- Of our roles, to this database.
SELECT r.rolname AS role, count(a.pid) AS n
FROM pg_roles r LEFT JOIN pg_stat_activity a
    ON a.usename = r.rolname AND a.datname = current_database()
WHERE r.rolname IN ('mcpbox_admin', 'mcpbox_gateway', 'mcpbox_jobs')
GROUP BY r.rolname ORDER BY r.rolname;
