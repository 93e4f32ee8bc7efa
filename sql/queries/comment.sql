-- name: comment_list
-- Oldest first; $2: of this version, $3: threads by whether they are open.
SELECT c.id, c.tool_id, c.version, c.line, c.reply_to, c.body,
    c.from_reviewer, c.author, rfc3339(c.created_at) AS created_at,
    coalesce(root.resolved_by, c.resolved_by) AS resolved_by,
    rfc3339(coalesce(root.resolved_at, c.resolved_at)) AS resolved_at,
    count(*) OVER () AS full_count
FROM review_comment c
LEFT JOIN review_comment root ON root.id = c.reply_to
WHERE c.tool_id = $1::uuid AND ($2::integer IS NULL OR c.version = $2)
    AND ($3::boolean IS NULL
	OR (coalesce(root.resolved_at, c.resolved_at) IS NULL) = $3)
ORDER BY c.id
LIMIT $4::bigint OFFSET $5::bigint;

-- name: comment_open
-- What is still talked about, thread by thread; the newest 100.
SELECT * FROM (SELECT c.id, c.tool_id, c.version, c.line, c.reply_to, c.body,
    c.from_reviewer, c.author, rfc3339(c.created_at) AS created_at,
    NULL::text AS resolved_by, NULL::text AS resolved_at
FROM review_comment c
LEFT JOIN review_comment root ON root.id = c.reply_to
WHERE c.tool_id = $1::uuid
    AND coalesce(root.resolved_at, c.resolved_at) IS NULL
ORDER BY c.id DESC LIMIT 100) x
ORDER BY coalesce(x.reply_to, x.id), x.id;

-- name: comment_get
SELECT c.id, c.tool_id, c.version, c.line, c.reply_to, c.body,
    c.from_reviewer, c.author, rfc3339(c.created_at) AS created_at,
    coalesce(root.resolved_by, c.resolved_by) AS resolved_by,
    rfc3339(coalesce(root.resolved_at, c.resolved_at)) AS resolved_at
FROM review_comment c
LEFT JOIN review_comment root ON root.id = c.reply_to
WHERE c.tool_id = $1::uuid AND c.id = $2::bigint;

-- name: comment_add
INSERT INTO review_comment (tool_id, version, line, reply_to, body, author)
VALUES ($1::uuid, $2::integer, $3::integer, $4::bigint, $5::text, $6::text)
RETURNING id;

-- name: comment_ask
-- The same by a reviewer.
INSERT INTO review_comment (tool_id, version, line, reply_to, body, author,
    from_reviewer)
VALUES ($1::uuid, $2::integer, $3::integer, $4::bigint, $5::text, $6::text,
    true)
RETURNING id;

-- name: comment_resolve
UPDATE review_comment SET resolved_by = $3::text,
    resolved_at = CASE WHEN $3 IS NOT NULL THEN now() END
WHERE tool_id = $1::uuid AND id = $2::bigint AND reply_to IS NULL;

-- name: comment_resolve_all
UPDATE review_comment SET resolved_by = $2::text, resolved_at = now()
WHERE tool_id = $1::uuid AND reply_to IS NULL AND resolved_at IS NULL;
