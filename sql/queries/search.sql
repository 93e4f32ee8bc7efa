-- name: search_tools
-- Tools that fit the words $1, best first, behind the place ($3, $4); with $2
-- only those that can be called, which tool_state says.  Of the kind $7 (NULL: any).
SELECT t.full_name AS name, t.kind, t.title, t.description, t.id AS tool_id,
    t.server_id, t.server_name, t.approval_status, t.enabled, t.callable,
    CASE WHEN $6::boolean THEN v.input_schema END AS input_schema,
    p.score::text AS score,
    search_mark('pg_catalog.simple', search_split(t.full_name),
	ts_filter(i.words, '{a}') @@ p.any_of, p.any_of, 'HighlightAll=true')
	AS in_name,
    search_mark('pg_catalog.english', t.title,
	ts_filter(i.words, '{b}') @@ p.any_of, p.any_of, 'HighlightAll=true')
	AS in_title,
    search_mark('pg_catalog.english', t.description,
	ts_filter(i.words, '{c}') @@ p.any_of, p.any_of,
	'MaxWords=24, MinWords=8') AS in_description,
    search_mark('pg_catalog.english',
	search_split(search_params(v.input_schema)),
	ts_filter(i.words, '{d}') @@ p.any_of, p.any_of,
	'MaxWords=24, MinWords=8') AS in_parameters
FROM search_page($1::text, $2::boolean, $3::real, $4::text, $5::bigint,
    $7::text) p
JOIN tool_index i ON i.tool_id = p.tool_id
CROSS JOIN LATERAL (SELECT * FROM tool_state t
    WHERE t.id = p.tool_id AND (t.callable OR NOT $2) OFFSET 0) t
JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
ORDER BY p.score DESC, p.full_name COLLATE "C";
