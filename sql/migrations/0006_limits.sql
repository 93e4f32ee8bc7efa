-- What bounds a run.
--
-- A server and each of its tools can have limits of their own; NULL means the
-- next wider one: tool, server, then the settings of the instance.  The ranges
-- here are those of lib/box.h; a smaller maximum is the settings' business
-- (noun/limits).

CREATE TABLE mcpbox.limit_set (
	server_id uuid NOT NULL REFERENCES mcpbox.server ON DELETE CASCADE,
	tool_id uuid, -- NULL: of the server
	memory_mib integer CHECK (memory_mib BETWEEN 16 AND 65536),
	cpu_ms integer CHECK (cpu_ms BETWEEN 100 AND 300000),
	result_kib integer CHECK (result_kib BETWEEN 1 AND 8192),
	output_kib integer CHECK (output_kib BETWEEN 1 AND 1024),
	threads integer CHECK (threads BETWEEN 1 AND 64),
	requests integer CHECK (requests BETWEEN 0 AND 10000),
	transfer_kib integer CHECK (transfer_kib BETWEEN 0 AND 1048576),
	-- 0: no limit.  Of the runs of a server, whichever tool's they are.
	concurrency integer CHECK (concurrency BETWEEN 0 AND 900),
	rate_per_minute integer CHECK (rate_per_minute BETWEEN 0 AND 100000),
	updated_by text NOT NULL,
	updated_at timestamptz NOT NULL DEFAULT now(),
	FOREIGN KEY (tool_id, server_id)
	    REFERENCES mcpbox.tool (id, server_id) ON DELETE CASCADE,
	CHECK (tool_id IS NULL
	    OR (concurrency IS NULL AND rate_per_minute IS NULL))
);

CREATE UNIQUE INDEX limit_set_of ON mcpbox.limit_set
    (server_id, coalesce(tool_id, '00000000-0000-0000-0000-000000000000'));

-- What bounds a tool's runs; NULL: the settings.
CREATE VIEW mcpbox.run_limit AS
SELECT t.server_id, t.id AS tool_id,
    coalesce(l.memory_mib, s.memory_mib) AS memory_mib,
    coalesce(l.cpu_ms, s.cpu_ms) AS cpu_ms,
    coalesce(l.result_kib, s.result_kib) AS result_kib,
    coalesce(l.output_kib, s.output_kib) AS output_kib,
    coalesce(l.threads, s.threads) AS threads,
    coalesce(l.requests, s.requests) AS requests,
    coalesce(l.transfer_kib, s.transfer_kib) AS transfer_kib,
    s.concurrency, s.rate_per_minute
FROM mcpbox.tool t
LEFT JOIN mcpbox.limit_set l
    ON l.server_id = t.server_id AND l.tool_id = t.id
LEFT JOIN mcpbox.limit_set s
    ON s.server_id = t.server_id AND s.tool_id IS NULL;
