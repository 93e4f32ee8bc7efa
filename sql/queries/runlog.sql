-- name: runlog_add
INSERT INTO run_log (tool_id, server_id, tool_name, version, digest, caller,
    request_id, is_test, input_args, result, outcome, error, stdout,
    duration_ms, cpu_ms, peak_kib, requests, run_kind, source, session,
    trace_id, client_ip)
VALUES ($1::uuid, $2::uuid, $3::text, $4::integer, decode($5::text, 'hex'),
    $6::text, $7::text, $8::boolean, $9::jsonb, $10::jsonb, $11::text,
    $12::text, $13::text, $14::integer, $15::integer, $16::integer,
    $17::json, $18::text, $19::text, $20::text, $21::text, $22::text);
