-- What bounds a run, and what ends it before its time.
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

-- --- what ends runs ---------------------------------------------------------------
--
-- Whatever makes running calls wrong (a revocation, a switch turned off, a
-- deletion) is a change of a row, so the order to end them is written by
-- triggers: no path can forget it.  Each node's admin pool hears the channel
-- mcpbox_kill, reads the order by its id and tells its sandboxd.  The channel
-- is open to any role; the table is not, so nobody can make up an order.

CREATE TABLE mcpbox.kill_order (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	what text NOT NULL CHECK (what IN ('tool', 'server')),
	target text NOT NULL, -- a tool's full name, a server's id
	why text NOT NULL CHECK (length(why) BETWEEN 1 AND 200),
	at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Orders are of no use once every run that they could be about is over.
CREATE FUNCTION mcpbox.kill_runs(p_what text, p_target text, p_why text)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = mcpbox, pg_temp AS $$
DECLARE
	order_id bigint;
BEGIN
	DELETE FROM kill_order WHERE at < now() - interval '1 hour';
	INSERT INTO kill_order (what, target, why)
	    VALUES (p_what, p_target, p_why) RETURNING id INTO order_id;
	PERFORM pg_notify('mcpbox_kill', order_id::text);
END $$;

-- A tool that is gone with its server is the server's business.
CREATE FUNCTION mcpbox.kill_tool(p_tool_id uuid, p_why text)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = mcpbox, pg_temp AS $$
DECLARE
	full_name text;
BEGIN
	SELECT s.name || '__' || t.name INTO full_name
	    FROM tool t JOIN server s ON s.id = t.server_id
	    WHERE t.id = p_tool_id;
	IF FOUND THEN
		PERFORM kill_runs('tool', full_name, p_why);
	END IF;
END $$;

CREATE FUNCTION mcpbox.kill_of_server() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM kill_runs('server', OLD.id::text, TG_ARGV[0]);
	RETURN NULL;
END $$;

CREATE TRIGGER server_delete_kill AFTER DELETE ON mcpbox.server
    FOR EACH ROW EXECUTE FUNCTION
    mcpbox.kill_of_server('The server was deleted.');
CREATE TRIGGER server_stop_kill AFTER UPDATE ON mcpbox.server
    FOR EACH ROW WHEN (OLD.status = 'running' AND NEW.status <> 'running')
    EXECUTE FUNCTION mcpbox.kill_of_server('The server was stopped.');

CREATE FUNCTION mcpbox.kill_of_tool() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
DECLARE
	server_name text;
BEGIN
	SELECT s.name INTO server_name FROM server s WHERE s.id = OLD.server_id;
	IF FOUND THEN
		PERFORM kill_runs('tool', server_name || '__' || OLD.name,
		    TG_ARGV[0]);
	END IF;
	RETURN NULL;
END $$;

CREATE TRIGGER tool_delete_kill AFTER DELETE ON mcpbox.tool
    FOR EACH ROW EXECUTE FUNCTION
    mcpbox.kill_of_tool('The tool was deleted.');
CREATE TRIGGER tool_disable_kill AFTER UPDATE ON mcpbox.tool
    FOR EACH ROW WHEN (OLD.enabled AND NOT NEW.enabled)
    EXECUTE FUNCTION mcpbox.kill_of_tool('The tool was switched off.');

-- Rows that name a tool, when they come or go.
CREATE FUNCTION mcpbox.kill_of_decision() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		PERFORM kill_tool(OLD.tool_id, TG_ARGV[0]);
	ELSE
		PERFORM kill_tool(NEW.tool_id, TG_ARGV[0]);
	END IF;
	RETURN NULL;
END $$;

CREATE TRIGGER approval_revoke_kill AFTER DELETE ON mcpbox.approval
    FOR EACH ROW EXECUTE FUNCTION
    mcpbox.kill_of_decision('The approval of the tool was revoked.');
CREATE TRIGGER rejection_kill AFTER INSERT OR UPDATE ON mcpbox.rejection
    FOR EACH ROW EXECUTE FUNCTION
    mcpbox.kill_of_decision('The tool was rejected.');

-- A grant that is taken back, from one tool or from all of a server.
CREATE FUNCTION mcpbox.kill_of_grant() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	IF OLD.tool_id IS NOT NULL THEN
		PERFORM kill_tool(OLD.tool_id, TG_ARGV[0]);
	ELSE
		PERFORM kill_runs('server', OLD.server_id::text, TG_ARGV[0]);
	END IF;
	RETURN NULL;
END $$;

CREATE TRIGGER network_access_revoke_kill AFTER UPDATE
    ON mcpbox.network_access
    FOR EACH ROW WHEN (OLD.status = 'approved' AND NEW.status <> 'approved')
    EXECUTE FUNCTION mcpbox.kill_of_grant(
    'Network access that the run could use was revoked.');
CREATE TRIGGER network_access_delete_kill AFTER DELETE
    ON mcpbox.network_access
    FOR EACH ROW WHEN (OLD.status = 'approved')
    EXECUTE FUNCTION mcpbox.kill_of_grant(
    'Network access that the run could use was revoked.');

REVOKE ALL ON FUNCTION mcpbox.kill_runs(text, text, text),
    mcpbox.kill_tool(uuid, text), mcpbox.kill_of_server(),
    mcpbox.kill_of_tool(), mcpbox.kill_of_decision(), mcpbox.kill_of_grant()
    FROM PUBLIC;
