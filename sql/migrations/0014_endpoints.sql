-- An endpoint for each server: /mcp/<server>.
--
-- Who connects there sees that server's tools alone, under their own names.

-- --- names ------------------------------------------------------------------------
-- There the name of a tool is its whole name.

ALTER TABLE mcpbox.tool DROP CONSTRAINT tool_name_check,
    ADD CONSTRAINT tool_name_check CHECK (name ~ '^[a-z][a-z0-9_]{0,59}$');

-- --- the order of its lists -----------------------------------------------------
-- That in which things were made: what is added comes last, so that what a
-- client has read (and a model has been told) stays the beginning of the list.

ALTER TABLE mcpbox.tool_index ADD COLUMN position bigint;

UPDATE mcpbox.tool_index i SET position = x.n
FROM (SELECT t.id, row_number() OVER (ORDER BY t.created_at, t.id) AS n
    FROM mcpbox.tool t) x
WHERE x.id = i.tool_id;

CREATE SEQUENCE mcpbox.tool_index_position AS bigint
    OWNED BY mcpbox.tool_index.position;
SELECT setval('mcpbox.tool_index_position',
    (SELECT coalesce(max(position), 0) + 1 FROM mcpbox.tool_index), false);

ALTER TABLE mcpbox.tool_index
    ALTER COLUMN position SET DEFAULT nextval('mcpbox.tool_index_position'),
    ALTER COLUMN position SET NOT NULL;

CREATE INDEX tool_index_server ON mcpbox.tool_index (server_id, kind, position)
    INCLUDE (tool_id) WHERE ready;

-- --- sessions ---------------------------------------------------------------------
-- One of an endpoint is none anywhere else, and goes with its server.

ALTER TABLE mcpbox.mcp_session ADD COLUMN server_id uuid
    REFERENCES mcpbox.server ON DELETE CASCADE;

CREATE INDEX mcp_session_server ON mcpbox.mcp_session (server_id)
    WHERE server_id IS NOT NULL;

DROP FUNCTION mcpbox.mcp_session_open(bytea, text, text, text, json, integer);

-- A new session, NULL when its principal has `most` and all are in use.  The
-- one that was idle longest makes room.
CREATE FUNCTION mcpbox.mcp_session_open(p_hash bytea, p_principal text,
    p_revision text, p_client text, p_capabilities json, p_most integer,
    p_server uuid)
    RETURNS bigint LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
DECLARE
	made bigint;
	oldest bigint;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('mcp_session'),
	    hashtext(p_principal));
	IF (SELECT count(*) FROM mcp_session WHERE principal = p_principal)
	    >= p_most THEN
		SELECT s.id INTO oldest FROM mcp_session s
		    WHERE s.principal = p_principal
			AND s.last_seen_at < now() - interval '5 minutes'
			AND NOT mcp_worker_alive(s.listen_worker)
		    ORDER BY s.last_seen_at LIMIT 1;
		IF NOT FOUND THEN
			RETURN NULL;
		END IF;
		DELETE FROM mcp_session WHERE id = oldest;
		PERFORM pg_notify('mcpbox_session', 'end:' || oldest);
	END IF;
	INSERT INTO mcp_session (hash, principal, revision, client,
	    capabilities, server_id)
	VALUES (p_hash, p_principal, p_revision, p_client, p_capabilities,
	    p_server)
	RETURNING id INTO made;
	RETURN made;
END $$;

CREATE FUNCTION mcpbox.mcp_session_gone() RETURNS trigger
    LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM pg_notify('mcpbox_session', 'end:' || OLD.id);
	RETURN NULL;
END $$;

CREATE TRIGGER mcp_session_gone AFTER DELETE ON mcpbox.mcp_session
    FOR EACH ROW WHEN (OLD.server_id IS NOT NULL)
    EXECUTE FUNCTION mcpbox.mcp_session_gone();

-- --- what has changed, and where --------------------------------------------------
-- "tools:" and the server's id: who listens at the endpoint of another one does
-- not hear of it.

CREATE OR REPLACE FUNCTION mcpbox.announce_tool() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
DECLARE
	t tool;
BEGIN
	t := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
	PERFORM pg_notify('mcpbox', kind_topic(t.kind) || ':' || t.server_id);
	RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION mcpbox.announce_server() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM pg_notify('mcpbox', x.topic || ':' || NEW.id)
	    FROM (SELECT DISTINCT kind_topic(t.kind) AS topic FROM tool t
		WHERE t.server_id = NEW.id) x;
	RETURN NULL;
END $$;

-- Another version is approved: what a resource says may be different.
CREATE OR REPLACE FUNCTION mcpbox.announce_approval() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
DECLARE
	one record;
BEGIN
	FOR one IN SELECT t.kind, t.server_id, v.uri FROM tool t
	    LEFT JOIN tool_version v ON TG_OP <> 'DELETE'
		AND v.tool_id = t.id AND v.version = NEW.version
	    WHERE t.id = CASE TG_OP WHEN 'DELETE' THEN OLD.tool_id
		ELSE NEW.tool_id END
	LOOP
		PERFORM pg_notify('mcpbox',
		    kind_topic(one.kind) || ':' || one.server_id);
		IF one.kind = 'resource' AND one.uri IS NOT NULL THEN
			PERFORM pg_notify('mcpbox', 'updated:' || one.uri);
		END IF;
	END LOOP;
	RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION
    mcpbox.mcp_session_open(bytea, text, text, text, json, integer, uuid),
    mcpbox.mcp_session_gone() FROM PUBLIC;
