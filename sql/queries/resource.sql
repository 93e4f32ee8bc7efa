-- name: resource_place
-- Where a URI leads: to the resource of kind $2 that has it (of the server $3
-- only, if given).
SELECT i.server_id, s.name AS server_name, i.name, i.kind, i.uri
FROM tool_index i JOIN server s ON s.id = i.server_id
WHERE i.ready AND i.kind = $2::text AND i.uri = $1::text
    AND s.status = 'running'
    AND i.server_id = coalesce($3::uuid, i.server_id);

-- name: resource_templates
-- Templates that the URI $1 may have come from, the most special first.  The
-- prefixes of a URI are few; the templates of the world may be many.  (Of the
-- server $2 only, if given.)
SELECT i.server_id, s.name AS server_name, i.name, i.kind, i.uri
FROM tool_index i JOIN server s ON s.id = i.server_id
WHERE i.ready AND i.uri_prefix = ANY (ARRAY(
	SELECT left($1::text, n) FROM generate_series(2, length($1)) n))
    AND s.status = 'running'
    AND i.server_id = coalesce($2::uuid, i.server_id)
ORDER BY length(i.uri_prefix) DESC, i.uri COLLATE "C"
LIMIT 200;

-- name: resource_announce
-- On CACHE_CHANNEL, as op/news.h has it.
SELECT pg_notify('mcpbox', $1::text);
