-- name: limit_get
-- Of a tool, or ($2 NULL) of the server itself.
SELECT memory_mib, cpu_ms, result_kib, output_kib, threads, requests,
    transfer_kib, calls_per_minute, concurrency, rate_per_minute, updated_by,
    rfc3339(updated_at) AS updated_at
FROM limit_set
WHERE server_id = $1::uuid AND tool_id IS NOT DISTINCT FROM $2::uuid;

-- name: limit_put
INSERT INTO limit_set (server_id, tool_id, memory_mib, cpu_ms, result_kib,
    output_kib, threads, requests, transfer_kib, calls_per_minute, concurrency,
    rate_per_minute, updated_by)
VALUES ($1::uuid, $2::uuid, $3::integer, $4::integer, $5::integer,
    $6::integer, $7::integer, $8::integer, $9::integer, $10::integer,
    $11::integer, $12::integer, $13::text)
ON CONFLICT (server_id,
	coalesce(tool_id, '00000000-0000-0000-0000-000000000000'))
DO UPDATE SET memory_mib = EXCLUDED.memory_mib, cpu_ms = EXCLUDED.cpu_ms,
    result_kib = EXCLUDED.result_kib, output_kib = EXCLUDED.output_kib,
    threads = EXCLUDED.threads, requests = EXCLUDED.requests,
    transfer_kib = EXCLUDED.transfer_kib,
    calls_per_minute = EXCLUDED.calls_per_minute, concurrency = EXCLUDED.concurrency,
    rate_per_minute = EXCLUDED.rate_per_minute,
    updated_by = EXCLUDED.updated_by, updated_at = now();
