-- Tools, resources, resource templates and prompts: one life, four kinds.
--
-- All four are Python that a model wrote and a person approves, so they are
-- rows of the same tables, under the same rules.  The kind is fixed when the
-- row is made.  The names of one server are one namespace, whatever they name.

ALTER TABLE mcpbox.tool
    ADD COLUMN kind text NOT NULL DEFAULT 'tool'
	CHECK (kind IN ('tool', 'resource', 'template', 'prompt'));

ALTER TABLE mcpbox.tool_version
    DROP CONSTRAINT tool_version_kind_check,
    ADD CONSTRAINT tool_version_kind_check
	CHECK (kind IN ('tool', 'resource', 'template', 'prompt')),
    -- A resource's URI, or a template (RFC 6570).
    ADD COLUMN uri text CHECK (octet_length(uri) BETWEEN 1 AND 2000),
    ADD COLUMN mime_type text CHECK (length(mime_type) BETWEEN 1 AND 200),
    -- Bytes of a resource, as its author says.
    ADD COLUMN size bigint CHECK (size >= 0),
    ADD COLUMN icons json,
    -- What a client must have declared, else the call is refused.
    ADD COLUMN client_capabilities text[] NOT NULL DEFAULT '{}'
	CHECK (client_capabilities <@ ARRAY['elicitation', 'elicitation.url',
	    'sampling', 'roots']),
    ADD COLUMN task_mode text NOT NULL DEFAULT 'none'
	CHECK (task_mode IN ('none', 'optional', 'required')),
    -- The author's own schema, not the one that main's signature gives.
    ADD COLUMN input_schema_given boolean NOT NULL DEFAULT false,
    -- Has the code a function that completes arguments?  Follows from the
    -- code, like the findings, so it is not in the digest.
    ADD COLUMN completes boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT tool_version_uri_fits
	CHECK ((uri IS NOT NULL) = (kind IN ('resource', 'template'))),
    ADD CONSTRAINT tool_version_mime_type_fits
	CHECK (mime_type IS NULL OR kind IN ('resource', 'template')),
    ADD CONSTRAINT tool_version_size_fits
	CHECK (size IS NULL OR kind = 'resource'),
    ADD CONSTRAINT tool_version_tool_only
	CHECK (kind = 'tool' OR (output_schema IS NULL AND task_mode = 'none'
	    AND NOT input_schema_given));

-- --- what must hold -----------------------------------------------------------

CREATE OR REPLACE FUNCTION mcpbox.tool_update_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
BEGIN
	IF NEW.id <> OLD.id OR NEW.server_id <> OLD.server_id
	    OR NEW.name <> OLD.name OR NEW.kind <> OLD.kind THEN
		RAISE EXCEPTION USING ERRCODE = 'MB403', MESSAGE =
		    'A tool keeps its name, its kind and its server.';
	END IF;
	IF NEW.current_version NOT IN
	    (OLD.current_version, OLD.current_version + 1) THEN
		RAISE EXCEPTION USING ERRCODE = 'MB403', MESSAGE =
		    'Versions go up one by one.';
	END IF;
	IF NEW.enabled AND NOT OLD.enabled
	    AND 'mcpbox_gateway' IN (current_user, session_user) THEN
		RAISE EXCEPTION USING ERRCODE = 'MB403', MESSAGE =
		    'Only a person can enable a tool, on the web page.';
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION mcpbox.tool_version_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
DECLARE
	last integer;
	full_name text;
	own_kind text;
BEGIN
	SELECT s.name || '__' || t.name, t.kind INTO full_name, own_kind
	    FROM tool t JOIN server s ON s.id = t.server_id
	    WHERE t.id = NEW.tool_id;
	SELECT coalesce(max(v.version), 0) INTO last
	    FROM tool_version v WHERE v.tool_id = NEW.tool_id;
	IF NEW.version <> last + 1 OR NEW.name <> full_name THEN
		RAISE EXCEPTION USING ERRCODE = 'MB409', MESSAGE =
		    'Another version was made in the meantime.';
	END IF;
	IF NEW.kind <> own_kind THEN
		RAISE EXCEPTION USING ERRCODE = 'MB403', MESSAGE =
		    'A version is of the kind that it is a version of.';
	END IF;
	RETURN NEW;
END $$;

-- --- the one answer to "may it run?" ------------------------------------------

CREATE OR REPLACE VIEW mcpbox.tool_state AS
SELECT t.id, t.server_id, s.name AS server_name, t.name,
    v.name AS full_name, v.title, v.description, t.enabled, v.timeout_ms,
    v.secret_names, v.annotations, t.current_version, v.digest,
    st.approval_status, a.version AS approved_version,
    a.digest AS approved_digest, a.powers_digest AS approved_powers,
    a.approved_by, a.approved_at, t.requested_at, t.requested_by,
    CASE WHEN st.approval_status = 'rejected' THEN r.reason END
	AS rejection_reason,
    t.publish_notes, t.created_by, t.created_at, t.updated_at,
    s.status AS server_status, s.default_timeout_ms,
    t.enabled AND s.status = 'running' AND st.approval_status = 'approved'
	AS callable,
    t.kind, v.uri, v.mime_type, v.size, v.icons, v.client_capabilities,
    v.task_mode, v.input_schema_given, v.completes
FROM mcpbox.tool t
JOIN mcpbox.server s ON s.id = t.server_id
JOIN mcpbox.tool_version v
    ON v.tool_id = t.id AND v.version = t.current_version
LEFT JOIN mcpbox.approval a ON a.tool_id = t.id
LEFT JOIN mcpbox.rejection r ON r.tool_id = t.id
CROSS JOIN LATERAL (SELECT CASE
	WHEN a.version = t.current_version AND a.digest = v.digest
	    THEN 'approved'
	WHEN t.review = 'pending_review' THEN 'pending_review'
	WHEN r.version = t.current_version AND r.digest = v.digest
	    THEN 'rejected'
	ELSE 'draft' END AS approval_status) st;

-- --- what workers cache ---------------------------------------------------------
-- The list that changes is that of the kind.

-- The channel's word for a kind.
CREATE FUNCTION mcpbox.kind_topic(kind text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE kind WHEN 'tool' THEN 'tools' WHEN 'prompt' THEN 'prompts'
	ELSE 'resources' END;

CREATE FUNCTION mcpbox.announce_tool() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM pg_notify('mcpbox', kind_topic(
	    CASE TG_OP WHEN 'DELETE' THEN OLD.kind ELSE NEW.kind END));
	RETURN NULL;
END $$;

CREATE FUNCTION mcpbox.announce_server() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM pg_notify('mcpbox', x.topic) FROM (SELECT DISTINCT
	    kind_topic(t.kind) AS topic FROM tool t
	    WHERE t.server_id = NEW.id) x;
	RETURN NULL;
END $$;

-- Another version is approved: what a resource says may be different.
CREATE FUNCTION mcpbox.announce_approval() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
DECLARE
	one record;
BEGIN
	FOR one IN SELECT t.kind, v.uri FROM tool t
	    LEFT JOIN tool_version v ON TG_OP <> 'DELETE'
		AND v.tool_id = t.id AND v.version = NEW.version
	    WHERE t.id = CASE TG_OP WHEN 'DELETE' THEN OLD.tool_id
		ELSE NEW.tool_id END
	LOOP
		PERFORM pg_notify('mcpbox', kind_topic(one.kind));
		IF one.kind = 'resource' AND one.uri IS NOT NULL THEN
			PERFORM pg_notify('mcpbox', 'updated:' || one.uri);
		END IF;
	END LOOP;
	RETURN NULL;
END $$;

DROP TRIGGER server_announce ON mcpbox.server; -- its tools say so
DROP TRIGGER server_status_announce ON mcpbox.server;
CREATE TRIGGER server_status_announce AFTER UPDATE ON mcpbox.server
    FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION mcpbox.announce_server();
DROP TRIGGER tool_announce ON mcpbox.tool;
CREATE TRIGGER tool_announce AFTER DELETE ON mcpbox.tool
    FOR EACH ROW EXECUTE FUNCTION mcpbox.announce_tool();
DROP TRIGGER tool_change_announce ON mcpbox.tool;
CREATE TRIGGER tool_change_announce AFTER UPDATE ON mcpbox.tool
    FOR EACH ROW WHEN (OLD.enabled <> NEW.enabled
	OR OLD.current_version <> NEW.current_version)
    EXECUTE FUNCTION mcpbox.announce_tool();
DROP TRIGGER approval_announce ON mcpbox.approval;
CREATE TRIGGER approval_announce AFTER INSERT OR UPDATE OR DELETE
    ON mcpbox.approval
    FOR EACH ROW EXECUTE FUNCTION mcpbox.announce_approval();

-- --- the list, and where a URI leads ------------------------------------------

ALTER TABLE mcpbox.tool_index
    ADD COLUMN kind text NOT NULL DEFAULT 'tool',
    ADD COLUMN uri text COLLATE "C",
    -- Of a template: what is before its first variable.
    ADD COLUMN uri_prefix text COLLATE "C";

DROP INDEX mcpbox.tool_index_ready;
CREATE INDEX tool_index_ready ON mcpbox.tool_index (kind, full_name)
    INCLUDE (server_id, tool_id) WHERE ready;
-- One URI leads to one thing.  Drafts may have any; of what is approved and
-- enabled each has its own, whether or not its server runs.
CREATE UNIQUE INDEX tool_index_uri ON mcpbox.tool_index (kind, uri)
    WHERE ready AND uri IS NOT NULL;
CREATE INDEX tool_index_prefix ON mcpbox.tool_index (uri_prefix)
    WHERE ready AND uri_prefix IS NOT NULL;

CREATE OR REPLACE FUNCTION mcpbox.search_document(v mcpbox.tool_version)
    RETURNS tsvector LANGUAGE sql IMMUTABLE
    RETURN mcpbox.search_names(v)
	|| setweight(mcpbox.search_vector(v.description), 'C')
	|| setweight(mcpbox.search_vector(
	    mcpbox.search_split(mcpbox.search_params(v.input_schema))), 'D')
	|| setweight(mcpbox.search_vector(mcpbox.search_split(
	    regexp_replace(coalesce(v.uri, ''), '[^[:alnum:]]+', ' ', 'g'))),
	    'D');

CREATE OR REPLACE FUNCTION mcpbox.tool_index_refresh(p_tool uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM FROM tool_index i WHERE i.tool_id = p_tool FOR UPDATE;
	UPDATE tool_index i SET ready = s.ready
	    FROM (SELECT t.id, t.enabled AND t.approval_status = 'approved'
		AS ready FROM tool_state t WHERE t.id = p_tool) s
	    WHERE i.tool_id = s.id AND i.ready <> s.ready;
EXCEPTION WHEN unique_violation THEN
	RAISE EXCEPTION USING ERRCODE = 'MB409', MESSAGE = (SELECT
	    'The URI ' || left(o.uri, 200) || ' belongs to ' || o.full_name ||
	    ', which is approved. Give this one another, or disable that one.'
	    FROM tool_index i JOIN tool_index o ON o.kind = i.kind
		AND o.uri = i.uri AND o.ready
	    WHERE i.tool_id = p_tool);
END $$;

CREATE OR REPLACE FUNCTION mcpbox.tool_index_put(p_tool uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp
    SET client_min_messages = warning AS $$
DECLARE
	found_by tsvector;
BEGIN
	INSERT INTO tool_index (tool_id, server_id, full_name, name, ready,
	    names, words, kind, uri, uri_prefix)
	SELECT t.id, t.server_id, v.name, t.name, false, search_names(v),
	    search_document(v), t.kind, v.uri,
	    CASE t.kind WHEN 'template' THEN split_part(v.uri, '{', 1) END
	    FROM tool t JOIN tool_version v
		ON v.tool_id = t.id AND v.version = t.current_version
	    WHERE t.id = p_tool
	-- A version that just came is not approved.
	ON CONFLICT (tool_id) DO UPDATE
	    SET names = EXCLUDED.names, words = EXCLUDED.words, ready = false,
		uri = EXCLUDED.uri, uri_prefix = EXCLUDED.uri_prefix
	RETURNING words INTO found_by;
	-- In one order, whoever else does the same.
	INSERT INTO tool_word
	SELECT w FROM unnest(tsvector_to_array(found_by)) w
	    WHERE length(w) BETWEEN 3 AND 40 AND w ~ '^[[:alpha:]]+$'
	    ORDER BY w COLLATE "C"
	ON CONFLICT DO NOTHING;
	PERFORM tool_index_refresh(p_tool);
END $$;

-- --- the search, by kind ----------------------------------------------------------
-- As in 0010, with a kind (NULL: any).

DROP FUNCTION mcpbox.search_page(text, boolean, real, text, bigint);
DROP FUNCTION mcpbox.search_round(tsquery, tsquery, tsquery, tsquery, text,
    integer, integer, tsquery, uuid[], real, text, bigint);

CREATE FUNCTION mcpbox.search_round(names tsquery, words tsquery,
    no_names tsquery, no tsquery, plain text, base integer, n integer,
    any_of tsquery, running uuid[], after_score real, after_name text,
    max bigint, p_kind text) RETURNS SETOF mcpbox.search_place
    LANGUAGE plpgsql STABLE ROWS 20 SET search_path = mcpbox, pg_temp AS $$
DECLARE
	weights constant real[] := '{0.1, 0.3, 0.6, 1.0}'; -- D, C, B, A
BEGIN
	IF names IS NOT NULL THEN
		RETURN QUERY SELECT x.* FROM (SELECT i.tool_id,
			i.full_name::text, (base
			    + ts_rank(weights, i.words, any_of))::real AS score
		    FROM tool_index i WHERE i.names @@ search_round.names
			AND plain NOT IN (i.full_name, i.name)
			AND (p_kind IS NULL OR i.kind = p_kind)
			AND (running IS NULL OR i.ready
			    AND i.server_id = ANY (running)) LIMIT n) x
		WHERE after_score IS NULL OR x.score < after_score
		    OR x.score = after_score
			AND x.full_name COLLATE "C" > after_name COLLATE "C"
		ORDER BY x.score DESC, x.full_name COLLATE "C" LIMIT max;
	ELSE
		RETURN QUERY SELECT x.* FROM (SELECT i.tool_id,
			i.full_name::text, (base
			    + ts_rank(weights, i.words, any_of))::real AS score
		    FROM tool_index i WHERE i.words @@ search_round.words
			AND NOT coalesce(i.words @@ no, false)
			AND NOT coalesce(i.names @@ no_names, false)
			AND (p_kind IS NULL OR i.kind = p_kind)
			AND (running IS NULL OR i.ready
			    AND i.server_id = ANY (running)) LIMIT n) x
		WHERE after_score IS NULL OR x.score < after_score
		    OR x.score = after_score
			AND x.full_name COLLATE "C" > after_name COLLATE "C"
		ORDER BY x.score DESC, x.full_name COLLATE "C" LIMIT max;
	END IF;
END $$;

CREATE FUNCTION mcpbox.search_page(query text, callable boolean,
    after_score real, after_name text, max bigint,
    p_kind text DEFAULT NULL)
    RETURNS TABLE (tool_id uuid, full_name text, score real, any_of tsquery)
    LANGUAGE plpgsql STABLE ROWS 20 SET search_path = mcpbox, pg_temp AS $$
DECLARE
	plain constant text := lower(query);
	running constant uuid[] := CASE WHEN callable THEN ARRAY(
	    SELECT s.id FROM server s WHERE s.status = 'running') END;
	q record;
	found bigint := 0;
	more bigint;
BEGIN
	SELECT * INTO q FROM search_terms(query);
	RETURN QUERY SELECT i.tool_id, i.full_name::text, 8::real, q.any_of
	    FROM tool_index i
	    WHERE i.name IN (plain, substr(plain, strpos(plain, '__') + 2))
		AND plain IN (i.full_name, i.name)
		AND (p_kind IS NULL OR i.kind = p_kind)
		AND (running IS NULL OR i.ready
		    AND i.server_id = ANY (running))
		AND (after_score IS NULL OR after_score = 8
		    AND i.full_name > after_name)
	    ORDER BY i.full_name LIMIT max;
	GET DIAGNOSTICS found = ROW_COUNT;
	FOR round IN 1..4 LOOP
		EXIT WHEN found >= max;
		RETURN QUERY SELECT h.tool_id, h.full_name, h.score, q.any_of
		    FROM search_round(
			CASE round WHEN 1 THEN q.all_of END,
			CASE round WHEN 2 THEN q.all_of WHEN 3 THEN q.most_of
			    WHEN 4 THEN q.any_of END,
			CASE round WHEN 2 THEN q.all_of END,
			CASE round WHEN 3 THEN q.all_of WHEN 4 THEN
			    coalesce(q.most_of || q.all_of, q.all_of) END,
			plain, 4 - round, CASE round WHEN 4 THEN 400 ELSE 150 END,
			q.any_of, running, after_score, after_name,
			max - found, p_kind) h;
		GET DIAGNOSTICS more = ROW_COUNT;
		found := found + more;
	END LOOP;
END $$;

REVOKE ALL ON FUNCTION mcpbox.kind_topic(text), mcpbox.announce_tool(),
    mcpbox.announce_server(), mcpbox.announce_approval(),
    mcpbox.search_round(tsquery, tsquery, tsquery, tsquery, text, integer,
	integer, tsquery, uuid[], real, text, bigint, text),
    mcpbox.search_page(text, boolean, real, text, bigint, text) FROM PUBLIC;
