-- Network access: which hosts a server's tools may reach.
--
-- A model asks, a person decides; what is approved is in force at once and is
-- no part of any tool's content.  Nothing is computed ahead: a run is given
-- what the view run_grant says when it begins, and runs that have begun end
-- when something is taken away (migration 0008).

-- So that a row can name a tool and its server, and not two that don't belong
-- together.
ALTER TABLE mcpbox.tool ADD CONSTRAINT tool_of_server UNIQUE (id, server_id);

CREATE TABLE mcpbox.network_access (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	server_id uuid NOT NULL REFERENCES mcpbox.server ON DELETE CASCADE,
	tool_id uuid, -- NULL: every tool of the server
	-- As noun/network_host spells it: a name in lower-case A-labels, or an
	-- address without brackets.
	host text NOT NULL
	    CHECK (length(host) <= 253 AND host ~ '^[a-z0-9:_][a-z0-9._:-]*$'),
	port integer CHECK (port BETWEEN 1 AND 65535), -- NULL: any
	-- May it lead into private address space?  A person says so.
	private boolean NOT NULL DEFAULT false,
	justification text NOT NULL
	    CHECK (length(justification) BETWEEN 1 AND 2000),
	status text NOT NULL DEFAULT 'pending'
	    CHECK (status IN ('pending', 'approved', 'rejected', 'revoked')),
	source text NOT NULL CHECK (source IN ('llm', 'manual')),
	requested_by text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	decided_by text,
	decided_at timestamptz,
	reason text CHECK (length(reason) BETWEEN 1 AND 2000),
	FOREIGN KEY (tool_id, server_id)
	    REFERENCES mcpbox.tool (id, server_id) ON DELETE CASCADE,
	CHECK ((status = 'pending') = (decided_by IS NULL)),
	CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
	CHECK (status <> 'rejected' OR reason IS NOT NULL),
	CHECK (status IN ('approved', 'revoked') OR NOT private)
);

-- One that waits and one that is in force, for each thing to be reached.
CREATE UNIQUE INDEX network_access_pending ON mcpbox.network_access
    (server_id, coalesce(tool_id, '00000000-0000-0000-0000-000000000000'),
	host, coalesce(port, 0)) WHERE status = 'pending';
CREATE UNIQUE INDEX network_access_approved ON mcpbox.network_access
    (server_id, coalesce(tool_id, '00000000-0000-0000-0000-000000000000'),
	host, coalesce(port, 0)) WHERE status = 'approved';
CREATE INDEX network_access_server ON mcpbox.network_access
    (server_id, created_at);
CREATE INDEX network_access_tool ON mcpbox.network_access (tool_id)
    WHERE tool_id IS NOT NULL;
CREATE INDEX network_access_list ON mcpbox.network_access
    (status, created_at, id);

-- What is asked for stays as it was asked; a decision is made once, and taken
-- back once.  A run can be given 256 grants (lib/fetch.h), so a server has no
-- more in force.
CREATE FUNCTION mcpbox.network_access_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		IF (NEW.id, NEW.server_id, NEW.tool_id, NEW.host, NEW.port,
		    NEW.justification, NEW.source, NEW.requested_by,
		    NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.server_id,
		    OLD.tool_id, OLD.host, OLD.port, OLD.justification,
		    OLD.source, OLD.requested_by, OLD.created_at) THEN
			RAISE EXCEPTION USING ERRCODE = 'MB403', MESSAGE =
			    'A request for network access never changes.';
		END IF;
		IF (OLD.status, NEW.status) NOT IN (('pending', 'approved'),
		    ('pending', 'rejected'), ('approved', 'revoked'))
		    OR (OLD.status = 'approved' AND NEW.private <> OLD.private)
		    THEN
			RAISE EXCEPTION USING ERRCODE = 'MB409', MESSAGE =
			    'It was decided in the meantime.';
		END IF;
	ELSIF NEW.status NOT IN ('pending', 'approved') THEN
		RAISE EXCEPTION USING ERRCODE = 'MB403', MESSAGE =
		    'Network access begins as a request or as a grant.';
	END IF;
	IF NEW.status = 'approved' THEN
		PERFORM FROM server WHERE id = NEW.server_id FOR UPDATE;
		IF (SELECT count(*) FROM network_access a
		    WHERE a.server_id = NEW.server_id
			AND a.status = 'approved') >= 256 THEN
			RAISE EXCEPTION USING ERRCODE = 'MB409', MESSAGE =
			    'A server can have 256 grants. Revoke some first.';
		END IF;
	END IF;
	RETURN NEW;
END $$;

CREATE TRIGGER network_access_guard BEFORE INSERT OR UPDATE
    ON mcpbox.network_access
    FOR EACH ROW EXECUTE FUNCTION mcpbox.network_access_guard();

-- What a tool's runs may reach, each as lib/fetch.h spells a grant: those of
-- its server and its own.
CREATE VIEW mcpbox.run_grant AS
SELECT DISTINCT t.server_id, t.id AS tool_id,
    CASE WHEN g.private THEN 'private ' ELSE '' END
    || CASE WHEN position(':' IN g.host) > 0
	THEN '[' || g.host || ']' ELSE g.host END
    || ':' || coalesce(g.port::text, '*') AS line
FROM mcpbox.tool t
JOIN mcpbox.network_access g ON g.server_id = t.server_id
    AND (g.tool_id IS NULL OR g.tool_id = t.id)
WHERE g.status = 'approved';

REVOKE ALL ON FUNCTION mcpbox.network_access_guard() FROM PUBLIC;
