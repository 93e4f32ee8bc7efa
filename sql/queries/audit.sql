-- name: audit_append
SELECT audit_append($1::text, $2::text, $3::text, $4::text, $5::text,
    $6::text, $7::json, $8::json);
