-- name: scope_find
-- The server whose endpoint is asked for.
SELECT id, name FROM server WHERE name = $1::text;

-- name: scope_about
SELECT coalesce(description, '') AS text FROM server WHERE id = $1::uuid;
