-- Servers, tools, their versions, the decisions about them, and their runs.
--
-- The rule of the house is here, not in C: what runs is a version that a
-- person approved.  A version never changes; a decision names one version and
-- the digest of its content; only the role of the admin pool can write a
-- decision.  The pool that models talk to has another role.

CREATE TABLE mcpbox.server (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	-- Half of each full tool name, so it is fixed.  The first "__" of a
	-- full name ends it: none inside, and no "_" before it.
	name text NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'
	    AND position('__' IN name) = 0 AND right(name, 1) <> '_'),
	description text CHECK (length(description) <= 2000),
	status text NOT NULL DEFAULT 'stopped'
	    CHECK (status IN ('stopped', 'running')),
	default_timeout_ms integer NOT NULL DEFAULT 30000
	    CHECK (default_timeout_ms BETWEEN 1000 AND 300000),
	created_by text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE mcpbox.tool (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	server_id uuid NOT NULL REFERENCES mcpbox.server ON DELETE CASCADE,
	name text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
	enabled boolean NOT NULL DEFAULT true,
	current_version integer NOT NULL DEFAULT 1,
	-- What its author wants; what was decided is in the tables below.
	review text NOT NULL DEFAULT 'draft'
	    CHECK (review IN ('draft', 'pending_review')),
	requested_at timestamptz,
	requested_by text,
	publish_notes text CHECK (length(publish_notes) <= 2000),
	created_by text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (server_id, name)
);

CREATE INDEX tool_pending ON mcpbox.tool (requested_at)
    WHERE review = 'pending_review';

-- Schemas and annotations are type json, not jsonb: they are shown, digested
-- and sent as they were written.
CREATE TABLE mcpbox.tool_version (
	tool_id uuid NOT NULL REFERENCES mcpbox.tool ON DELETE CASCADE,
	version integer NOT NULL CHECK (version > 0),
	kind text NOT NULL DEFAULT 'tool' CHECK (kind IN ('tool')),
	name text NOT NULL, -- the full name: server__tool
	title text CHECK (length(title) <= 200),
	description text NOT NULL CHECK (length(description) <= 2000),
	input_schema json NOT NULL,
	output_schema json,
	annotations json,
	code text NOT NULL CHECK (length(code) BETWEEN 1 AND 100000),
	timeout_ms integer CHECK (timeout_ms BETWEEN 1000 AND 300000),
	secret_names text[] NOT NULL DEFAULT '{}',
	digest bytea NOT NULL CHECK (octet_length(digest) = 32),
	-- What the checker remarked on; not content, so not in the digest.
	findings json NOT NULL DEFAULT '[]',
	change_summary text NOT NULL CHECK (length(change_summary) <= 500),
	change_source text NOT NULL
	    CHECK (change_source IN ('manual', 'llm', 'rollback', 'import')),
	created_by text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tool_id, version)
);

ALTER TABLE mcpbox.tool ADD CONSTRAINT tool_current_version_exists
    FOREIGN KEY (id, current_version)
    REFERENCES mcpbox.tool_version (tool_id, version)
    DEFERRABLE INITIALLY DEFERRED;

-- --- decisions: written by mcpbox_admin alone (roles.sql) --------------------

-- The approval that stands.  It is effective while the tool's current version
-- is the one it names.
CREATE TABLE mcpbox.approval (
	tool_id uuid PRIMARY KEY REFERENCES mcpbox.tool ON DELETE CASCADE,
	version integer NOT NULL,
	digest bytea NOT NULL CHECK (octet_length(digest) = 32),
	-- Of what the reviewer was shown that the version may do.
	powers_digest bytea NOT NULL CHECK (octet_length(powers_digest) = 32),
	approved_by text NOT NULL,
	approved_at timestamptz NOT NULL DEFAULT now(),
	FOREIGN KEY (tool_id, version)
	    REFERENCES mcpbox.tool_version (tool_id, version) ON DELETE CASCADE
);

-- The last refusal, until the next approval.
CREATE TABLE mcpbox.rejection (
	tool_id uuid PRIMARY KEY REFERENCES mcpbox.tool ON DELETE CASCADE,
	version integer NOT NULL,
	digest bytea NOT NULL CHECK (octet_length(digest) = 32),
	reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
	rejected_by text NOT NULL,
	rejected_at timestamptz NOT NULL DEFAULT now(),
	FOREIGN KEY (tool_id, version)
	    REFERENCES mcpbox.tool_version (tool_id, version) ON DELETE CASCADE
);

-- Every decision there was.
CREATE TABLE mcpbox.decision (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tool_id uuid NOT NULL REFERENCES mcpbox.tool ON DELETE CASCADE,
	verdict text NOT NULL CHECK (verdict IN ('approve', 'reject', 'revoke')),
	version integer NOT NULL,
	digest bytea NOT NULL CHECK (octet_length(digest) = 32),
	reason text CHECK (length(reason) <= 2000),
	decided_by text NOT NULL,
	decided_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX decision_tool ON mcpbox.decision (tool_id, id);
CREATE INDEX decision_at ON mcpbox.decision (decided_at);

-- --- what must hold -----------------------------------------------------------

-- Clients cut names at 64 characters.
CREATE FUNCTION mcpbox.tool_insert_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
DECLARE
	server_name text;
BEGIN
	SELECT s.name INTO server_name FROM server s WHERE s.id = NEW.server_id;
	IF length(server_name) + 2 + length(NEW.name) > 64 THEN
		RAISE EXCEPTION USING ERRCODE = 'MB422', MESSAGE =
		    'Server name and tool name together are too long.';
	END IF;
	IF NEW.current_version <> 1 OR NEW.review <> 'draft' THEN
		RAISE EXCEPTION USING ERRCODE = 'MB403', MESSAGE =
		    'A tool begins as a draft with version 1.';
	END IF;
	RETURN NEW;
END $$;

CREATE TRIGGER tool_insert_guard BEFORE INSERT ON mcpbox.tool
    FOR EACH ROW EXECUTE FUNCTION mcpbox.tool_insert_guard();

-- Versions go up by one, so an old approval cannot be had by stepping back;
-- names are fixed; and a model may switch a tool off, never on.
CREATE FUNCTION mcpbox.tool_update_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
BEGIN
	IF NEW.id <> OLD.id OR NEW.server_id <> OLD.server_id
	    OR NEW.name <> OLD.name THEN
		RAISE EXCEPTION USING ERRCODE = 'MB403', MESSAGE =
		    'A tool keeps its name and its server.';
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

CREATE TRIGGER tool_update_guard BEFORE UPDATE ON mcpbox.tool
    FOR EACH ROW EXECUTE FUNCTION mcpbox.tool_update_guard();

CREATE FUNCTION mcpbox.tool_version_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
DECLARE
	last integer;
	full_name text;
BEGIN
	SELECT s.name || '__' || t.name INTO full_name
	    FROM tool t JOIN server s ON s.id = t.server_id
	    WHERE t.id = NEW.tool_id;
	SELECT coalesce(max(v.version), 0) INTO last
	    FROM tool_version v WHERE v.tool_id = NEW.tool_id;
	IF NEW.version <> last + 1 OR NEW.name <> full_name THEN
		RAISE EXCEPTION USING ERRCODE = 'MB409', MESSAGE =
		    'Another version was made in the meantime.';
	END IF;
	RETURN NEW;
END $$;

CREATE TRIGGER tool_version_guard BEFORE INSERT ON mcpbox.tool_version
    FOR EACH ROW EXECUTE FUNCTION mcpbox.tool_version_guard();

CREATE TRIGGER tool_version_is_final BEFORE UPDATE ON mcpbox.tool_version
    FOR EACH ROW EXECUTE FUNCTION
    mcpbox.refuse('A version of a tool never changes.');

CREATE TRIGGER decision_is_final BEFORE UPDATE ON mcpbox.decision
    FOR EACH ROW EXECUTE FUNCTION
    mcpbox.refuse('A decision that was made stays in the history.');

-- A decision is about what is current, or there is none.  This compares the
-- digests as stored.  That is enough here: versions never change, so version
-- and digest name one content, whatever the digest was computed from.  That
-- it was computed from that content, noun/approval verifies before it asks,
-- in C, where the canonical form is defined.
--
-- Holding the tool's row keeps it current until this transaction ends.
CREATE FUNCTION mcpbox.decision_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM FROM tool t WHERE t.id = NEW.tool_id FOR SHARE;
	PERFORM FROM tool t JOIN tool_version v
	    ON v.tool_id = t.id AND v.version = t.current_version
	    WHERE t.id = NEW.tool_id AND t.current_version = NEW.version
		AND v.digest = NEW.digest;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MB410', MESSAGE =
		    'The tool changed after you looked at it. Review it again.';
	END IF;
	RETURN NEW;
END $$;

CREATE TRIGGER approval_guard BEFORE INSERT OR UPDATE ON mcpbox.approval
    FOR EACH ROW EXECUTE FUNCTION mcpbox.decision_guard();
CREATE TRIGGER rejection_guard BEFORE INSERT OR UPDATE ON mcpbox.rejection
    FOR EACH ROW EXECUTE FUNCTION mcpbox.decision_guard();
CREATE TRIGGER decision_guard BEFORE INSERT ON mcpbox.decision
    FOR EACH ROW EXECUTE FUNCTION mcpbox.decision_guard();

-- --- the one answer to "may it run?" ------------------------------------------

CREATE VIEW mcpbox.tool_state AS
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
	AS callable
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

CREATE TRIGGER server_announce AFTER DELETE ON mcpbox.server
    FOR EACH ROW EXECUTE FUNCTION mcpbox.announce('tools');
CREATE TRIGGER server_status_announce AFTER UPDATE ON mcpbox.server
    FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION mcpbox.announce('tools');
CREATE TRIGGER tool_announce AFTER DELETE ON mcpbox.tool
    FOR EACH ROW EXECUTE FUNCTION mcpbox.announce('tools');
CREATE TRIGGER tool_change_announce AFTER UPDATE ON mcpbox.tool
    FOR EACH ROW WHEN (OLD.enabled <> NEW.enabled
	OR OLD.current_version <> NEW.current_version)
    EXECUTE FUNCTION mcpbox.announce('tools');
CREATE TRIGGER approval_announce AFTER INSERT OR UPDATE OR DELETE
    ON mcpbox.approval
    FOR EACH ROW EXECUTE FUNCTION mcpbox.announce('tools');

-- --- runs -------------------------------------------------------------------------

-- One row a call or trial run, kept by month.  No foreign keys: the record
-- outlives the tool.
CREATE TABLE mcpbox.run_log (
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	tool_id uuid NOT NULL,
	server_id uuid NOT NULL,
	tool_name text NOT NULL, -- the full name, as it was then
	version integer NOT NULL,
	digest bytea NOT NULL,
	caller text NOT NULL,
	request_id text NOT NULL,
	is_test boolean NOT NULL,
	input_args jsonb, -- cut when large: noun/run
	result jsonb,
	outcome text NOT NULL, -- names of lib/box.h
	error text,
	stdout text,
	duration_ms integer NOT NULL,
	cpu_ms integer NOT NULL,
	peak_kib integer NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);

CREATE INDEX run_log_at ON mcpbox.run_log (created_at);
CREATE INDEX run_log_tool ON mcpbox.run_log (tool_id, created_at);
CREATE INDEX run_log_server ON mcpbox.run_log (server_id, created_at);
CREATE INDEX run_log_caller ON mcpbox.run_log (caller, created_at);

-- Where rows go whose month nobody made: a job that does not run must not
-- make calls fail.
CREATE TABLE mcpbox.run_log_default PARTITION OF mcpbox.run_log DEFAULT;

-- Makes the partition of one month (UTC), taking its rows out of the default.
CREATE FUNCTION mcpbox.run_log_ensure(p_day date) RETURNS void
    LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
DECLARE
	first timestamp := date_trunc('month', p_day::timestamp);
	lower_at timestamptz := first AT TIME ZONE 'UTC';
	upper_at timestamptz := (first + interval '1 month') AT TIME ZONE 'UTC';
	part text := 'run_log_' || to_char(first, 'YYYYMM');
BEGIN
	IF to_regclass('mcpbox.' || part) IS NOT NULL THEN
		RETURN;
	END IF;
	EXECUTE format('CREATE TABLE mcpbox.%I (LIKE mcpbox.run_log '
	    'INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
	LOCK TABLE run_log_default IN ACCESS EXCLUSIVE MODE;
	EXECUTE format('WITH moved AS (DELETE FROM mcpbox.run_log_default '
	    'WHERE created_at >= $1 AND created_at < $2 RETURNING *) '
	    'INSERT INTO mcpbox.%I SELECT * FROM moved', part)
	    USING lower_at, upper_at;
	EXECUTE format('ALTER TABLE mcpbox.run_log ATTACH PARTITION mcpbox.%I '
	    'FOR VALUES FROM (%L) TO (%L)', part, lower_at, upper_at);
END $$;

SELECT mcpbox.run_log_ensure((now() AT TIME ZONE 'UTC')::date),
    mcpbox.run_log_ensure(((now() + interval '1 month')
	AT TIME ZONE 'UTC')::date);

-- What the jobs process runs from time to time: makes this month's and the
-- next two partitions, drops those whose last day is older than `keep`, and
-- lets the other rooms tidy up.  One at a time, anywhere.
CREATE FUNCTION mcpbox.maintain() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
DECLARE
	keep constant interval := '90 days';
	today date := (now() AT TIME ZONE 'UTC')::date;
	part text;
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtext('mcpbox maintain')) THEN
		RETURN;
	END IF;
	FOR i IN 0..2 LOOP
		PERFORM run_log_ensure((today + i * interval '1 month')::date);
	END LOOP;
	FOR part IN SELECT c.relname FROM pg_inherits i
	    JOIN pg_class c ON c.oid = i.inhrelid
	    WHERE i.inhparent = 'mcpbox.run_log'::regclass
		AND c.relname ~ '^run_log_[0-9]{6}$'
		AND to_date(right(c.relname, 6), 'YYYYMM')
		    + interval '1 month' <= today - keep
	LOOP
		EXECUTE format('DROP TABLE mcpbox.%I', part);
	END LOOP;
	DELETE FROM run_log_default
	    WHERE created_at < now() - keep;
	PERFORM maintain_accounts();
END $$;

REVOKE ALL ON FUNCTION mcpbox.tool_insert_guard(),
    mcpbox.tool_update_guard(), mcpbox.tool_version_guard(),
    mcpbox.decision_guard(), mcpbox.run_log_ensure(date),
    mcpbox.maintain() FROM PUBLIC;
