-- What ends runs before their time.
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
	-- Is it about what cannot be called as long as nothing changes?  Else
	-- something was taken away that later runs do without.
	lasting boolean NOT NULL,
	at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Orders are of no use once every run that they could be about is over.
CREATE FUNCTION mcpbox.kill_runs(p_what text, p_target text, p_why text,
    p_lasting boolean) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = mcpbox, pg_temp AS $$
DECLARE
	order_id bigint;
BEGIN
	DELETE FROM kill_order WHERE id IN (SELECT id FROM kill_order
	    WHERE at < now() - interval '1 hour' FOR UPDATE SKIP LOCKED);
	INSERT INTO kill_order (what, target, why, lasting)
	    VALUES (p_what, p_target, p_why, p_lasting)
	    RETURNING id INTO order_id;
	PERFORM pg_notify('mcpbox_kill', order_id::text);
END $$;

-- A tool that is gone with its server is the server's business.
CREATE FUNCTION mcpbox.kill_tool(p_tool_id uuid, p_why text,
    p_lasting boolean) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = mcpbox, pg_temp AS $$
DECLARE
	full_name text;
BEGIN
	SELECT s.name || '__' || t.name INTO full_name
	    FROM tool t JOIN server s ON s.id = t.server_id
	    WHERE t.id = p_tool_id;
	IF FOUND THEN
		PERFORM kill_runs('tool', full_name, p_why, p_lasting);
	END IF;
END $$;

CREATE FUNCTION mcpbox.kill_of_server() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM kill_runs('server', OLD.id::text, TG_ARGV[0], true);
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
		    TG_ARGV[0], true);
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
		PERFORM kill_tool(OLD.tool_id, TG_ARGV[0], true);
	ELSE
		PERFORM kill_tool(NEW.tool_id, TG_ARGV[0], true);
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
		PERFORM kill_tool(OLD.tool_id, TG_ARGV[0], false);
	ELSE
		PERFORM kill_runs('server', OLD.server_id::text, TG_ARGV[0],
		    false);
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

-- A secret that is taken away.  One that gets another value is no reason: runs
-- that began with the old one may end with it.
CREATE FUNCTION mcpbox.kill_of_secret() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM kill_runs('server', OLD.server_id::text, TG_ARGV[0], false);
	RETURN NULL;
END $$;

CREATE TRIGGER secret_delete_kill AFTER DELETE ON mcpbox.secret
    FOR EACH ROW WHEN (OLD.sealed IS NOT NULL)
    EXECUTE FUNCTION mcpbox.kill_of_secret(
    'A secret of the server was deleted.');
CREATE TRIGGER secret_unset_kill AFTER UPDATE ON mcpbox.secret
    FOR EACH ROW WHEN (OLD.sealed IS NOT NULL AND NEW.sealed IS NULL)
    EXECUTE FUNCTION mcpbox.kill_of_secret(
    'A secret of the server was deleted.');

REVOKE ALL ON FUNCTION mcpbox.kill_runs(text, text, text, boolean),
    mcpbox.kill_tool(uuid, text, boolean), mcpbox.kill_of_server(),
    mcpbox.kill_of_tool(), mcpbox.kill_of_decision(), mcpbox.kill_of_grant(),
    mcpbox.kill_of_secret()
    FROM PUBLIC;
