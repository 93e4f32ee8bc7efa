-- name: version_list
SELECT v.version, encode(v.digest, 'hex') AS digest, v.change_summary,
    v.change_source, v.created_by, rfc3339(v.created_at) AS created_at,
    a.version IS NOT NULL AS approved, count(*) OVER () AS full_count
FROM tool_version v
LEFT JOIN approval a ON a.tool_id = v.tool_id AND a.version = v.version
    AND a.digest = v.digest
WHERE v.tool_id = $1::uuid
ORDER BY v.version DESC
LIMIT $2::bigint OFFSET $3::bigint;

-- name: version_get
SELECT tool_id, version, kind, name, title, description, timeout_ms,
    code AS python_code, input_schema, output_schema, annotations,
    secret_names, uri, mime_type, size, icons, client_capabilities, task_mode,
    input_schema_given, completes, encode(digest, 'hex') AS digest, findings,
    remarks, imports,
    change_summary, change_source, created_by, rfc3339(created_at) AS created_at
FROM tool_version WHERE tool_id = $1::uuid AND version = $2::integer;

-- name: version_insert
INSERT INTO tool_version (tool_id, version, kind, name, title, description,
    input_schema, output_schema, annotations, code, timeout_ms, secret_names,
    digest, findings, change_summary, change_source, created_by, uri,
    mime_type, size, icons, client_capabilities, task_mode, input_schema_given,
    completes, remarks, imports)
VALUES ($1::uuid, $2::integer, $3::text, $4::text, $5::text, $6::text,
    $7::json, $8::json, $9::json, $10::text, $11::integer, $12::text[],
    decode($13::text, 'hex'), $14::json, $15::text, $16::text, $17::text,
    $18::text, $19::text, $20::bigint, $21::json, $22::text[], $23::text,
    $24::boolean, $25::boolean, $26::json, $27::text[]);
