-- name: audit_append
SELECT audit_append($1::text, $2::text, $3::text, $4::text, $5::text,
    $6::text, $7::json, $8::json);

-- name: audit_list
-- Newest first, from before a number; times are bounds of numbers, because
-- the two grow together.
SELECT seq, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
	AS at, db_role, actor, ip, request_id, operation, target_kind,
    target_id, before, after, encode(prev, 'hex') AS prev,
    encode(hash, 'hex') AS hash
FROM audit
WHERE ($1::bigint IS NULL OR seq < $1)
    AND ($2::text IS NULL OR actor = $2)
    AND ($3::text IS NULL OR operation = $3)
    AND ($4::text IS NULL OR target_kind = $4)
    AND ($5::text IS NULL OR target_id = $5)
    AND ($6::timestamptz IS NULL OR seq >= (SELECT x.seq FROM audit x
	WHERE x.at >= $6 ORDER BY x.at, x.seq LIMIT 1))
    AND ($7::timestamptz IS NULL OR seq < coalesce((SELECT x.seq FROM audit x
	WHERE x.at >= $7 ORDER BY x.at, x.seq LIMIT 1), 9223372036854775807))
ORDER BY seq DESC LIMIT $8::bigint;
