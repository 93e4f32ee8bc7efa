-- name: db_begin
BEGIN;

-- name: db_commit
COMMIT;

-- name: db_rollback
ROLLBACK;

-- name: db_alive
SELECT 1 AS alive;

-- name: db_listen
-- CACHE_CHANNEL of op/cachever.h
LISTEN mcpbox;
