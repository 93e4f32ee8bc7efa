-- Review: the queue, what is decided without a person, and the conversation.

-- --- what a version says beside its content ------------------------------------

-- Both follow from the content, so they are not in the digest.  remarks are
-- those of noun/aids; they sort the queue, and a review reads the texts anew.
-- imports: the modules that the code names; NULL: made before they were read.
ALTER TABLE mcpbox.tool_version
    ADD COLUMN remarks json NOT NULL DEFAULT '[]',
    ADD COLUMN imports text[];

-- What was on the screen when it was approved, to tell later what is new.
ALTER TABLE mcpbox.approval ADD COLUMN powers json;

-- --- literal search ---------------------------------------------------------------

-- A text as a pattern that finds it anywhere: "%", "_" and "\" are characters.
CREATE FUNCTION mcpbox.literal(t text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '%' || replace(replace(replace(lower(t), '\', '\\'), '%', '\%'),
	'_', '\_') || '%';

-- --- texts that need no second look -----------------------------------------------

-- True for short, plain prose: characters of Latin scripts that show, and no
-- word, link or markup of the kind that noun/lint tells about.  It is much
-- stricter than the lint: whatever it is not sure about is for a person.
CREATE FUNCTION mcpbox.text_plain(t text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN t IS NULL OR (length(t) <= 1200
	AND t !~ '[^\u000a\u0020-\u007e\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u205e]'
	AND t !~ '[][<>\\`{}|~@#^]|::|://|\n\s*\n\s*\n|\s{12}|[A-Za-z0-9+/=_-]{40}|!!'
	AND t !~ '(^|\s)[.]*/'
	AND t !~* ('(www\.|javascript:|data:|mailto:|&#|%[0-9a-f]{2}|'
	    '\m(ignor|disregard|forget|overrid|bypass|discard|skip|supersede|'
	    'replace|precede|priorit|instruct|prompt|guideline|guardrail|rule|'
	    'polic|restrict|directive|constraint|system|assistant|user|human|'
	    'operator|person|any(one|body)|model|llm|agent|jailbreak|developer|'
	    'admin|root|pretend|behave|secret|covert|silent|quiet|hid(e|den)|'
	    'conceal|withhold|password|passwd|token|credential|cookie|'
	    'conversation|transcript|dialog|chat|confirm|permission|consent|'
	    'approv|always|never|mandatory|important|critical|urgent|attention|'
	    'mcpbox|tools?\M|instead|must|shall|should|you|before|first\M|'
	    'every\M|each\M|ai\M|keys?\M|ssh|aws|env\M))'));

-- --- the queue ----------------------------------------------------------------------

-- One row a tool, made from its current version and what was decided: what the
-- queue filters, sorts and counts by.  It is a copy, kept by triggers; what
-- may run is said by tool_state alone.
CREATE TABLE mcpbox.review_index (
	tool_id uuid PRIMARY KEY REFERENCES mcpbox.tool ON DELETE CASCADE,
	server_id uuid NOT NULL,
	kind text NOT NULL,
	status text NOT NULL,
	-- When it came to where it is: asked for review, decided, changed.
	since timestamptz NOT NULL,
	full_name text COLLATE "C" NOT NULL,
	author text NOT NULL, -- of the current version
	-- What there is to look at: everything (no approval stands), what
	-- changed, only title and description, or nothing.
	scope text NOT NULL
	    CHECK (scope IN ('new', 'full', 'description', 'none')),
	is_new boolean NOT NULL, -- never approved before
	high integer NOT NULL, -- findings and remarks of this severity
	warning integer NOT NULL,
	search text NOT NULL -- all that the search promises, lower case
);

CREATE INDEX review_index_queue ON mcpbox.review_index
    (status, since, tool_id);
CREATE INDEX review_index_server ON mcpbox.review_index (server_id, status);
CREATE INDEX review_index_author ON mcpbox.review_index (author, status);
CREATE INDEX review_index_kind ON mcpbox.review_index (kind, status, since);
CREATE INDEX review_index_high ON mcpbox.review_index (status, since)
    WHERE high > 0;

-- Is one version the other with another title or description?  Everything else
-- is compared, also columns that are added later.
CREATE FUNCTION mcpbox.version_is_light(v mcpbox.tool_version,
    base mcpbox.tool_version) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE SET search_path = mcpbox, pg_temp AS $$
DECLARE
	x tool_version := base;
BEGIN
	x.version := v.version;
	x.title := v.title;
	x.description := v.description;
	x.digest := v.digest;
	-- What follows from the rest, or is about the change.
	x.findings := v.findings;
	x.remarks := v.remarks;
	x.change_summary := v.change_summary;
	x.change_source := v.change_source;
	x.created_by := v.created_by;
	x.created_at := v.created_at;
	RETURN x::text = v::text;
END $$;

-- How many entries of a stored list have this severity.
CREATE FUNCTION mcpbox.severity_count(list json, wanted text) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE SET search_path = mcpbox, pg_temp AS $$
BEGIN
	RETURN (SELECT count(*) FROM json_array_elements(list) f
	    WHERE json_typeof(f) = 'object' AND f ->> 'severity' = wanted);
EXCEPTION WHEN data_exception THEN
	RETURN 1; -- what cannot be read is worth a look
END $$;

-- Whoever changes what a row depends on comes by here, one after the other: the
-- row is held first, and what is read afterwards is what has been committed or
-- is our own.
CREATE FUNCTION mcpbox.review_index_put(p_tool uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM FROM review_index i WHERE i.tool_id = p_tool FOR UPDATE;
	INSERT INTO review_index AS i
	SELECT t.id, t.server_id, t.kind, t.approval_status,
	    CASE t.approval_status WHEN 'pending_review' THEN coalesce(
		    greatest(t.requested_at, (SELECT max(d.decided_at)
			FROM decision d WHERE d.tool_id = t.id
			    AND d.verdict = 'revoke')), t.updated_at)
		WHEN 'approved' THEN t.approved_at
		WHEN 'rejected' THEN (SELECT r.rejected_at FROM rejection r
		    WHERE r.tool_id = t.id)
		ELSE v.created_at END,
	    t.full_name, v.created_by,
	    CASE WHEN b.version IS NULL THEN 'new'
		WHEN b.version = v.version THEN 'none'
		WHEN version_is_light(v, b) THEN 'description'
		ELSE 'full' END,
	    NOT EXISTS (SELECT FROM decision d WHERE d.tool_id = t.id
		AND d.verdict = 'approve'),
	    severity_count(v.findings, 'high')
		+ severity_count(v.remarks, 'high'),
	    severity_count(v.findings, 'warning')
		+ severity_count(v.remarks, 'warning'),
	    lower(concat_ws(U&'\0001', t.full_name, t.title, t.description,
		t.uri, t.created_by, v.created_by, t.requested_by,
		t.publish_notes, v.change_summary, t.rejection_reason))
	FROM tool_state t
	JOIN tool_version v ON v.tool_id = t.id
	    AND v.version = t.current_version
	LEFT JOIN tool_version b ON b.tool_id = t.id
	    AND b.version = t.approved_version
	WHERE t.id = p_tool
	ON CONFLICT (tool_id) DO UPDATE SET status = EXCLUDED.status,
	    since = EXCLUDED.since, author = EXCLUDED.author,
	    scope = EXCLUDED.scope, is_new = EXCLUDED.is_new,
	    high = EXCLUDED.high, warning = EXCLUDED.warning,
	    search = EXCLUDED.search;
END $$;

CREATE FUNCTION mcpbox.review_index_on_tool() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM review_index_put(NEW.id);
	RETURN NULL;
END $$;

-- Versions and decisions; not when they go with their tool.
CREATE FUNCTION mcpbox.review_index_on_part() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		PERFORM review_index_put(t.id) FROM tool t
		    WHERE t.id = OLD.tool_id;
	ELSE
		PERFORM review_index_put(NEW.tool_id);
	END IF;
	RETURN NULL;
END $$;

CREATE TRIGGER review_index_tool AFTER UPDATE ON mcpbox.tool
    FOR EACH ROW WHEN (OLD.current_version <> NEW.current_version
	OR OLD.review <> NEW.review
	OR OLD.requested_at IS DISTINCT FROM NEW.requested_at
	OR OLD.requested_by IS DISTINCT FROM NEW.requested_by
	OR OLD.publish_notes IS DISTINCT FROM NEW.publish_notes)
    EXECUTE FUNCTION mcpbox.review_index_on_tool();
-- The first; later ones become current by an update of the tool.
CREATE TRIGGER review_index_version AFTER INSERT ON mcpbox.tool_version
    FOR EACH ROW WHEN (NEW.version = 1)
    EXECUTE FUNCTION mcpbox.review_index_on_part();
CREATE TRIGGER review_index_approval AFTER INSERT OR UPDATE OR DELETE
    ON mcpbox.approval
    FOR EACH ROW EXECUTE FUNCTION mcpbox.review_index_on_part();
CREATE TRIGGER review_index_rejection AFTER INSERT OR UPDATE OR DELETE
    ON mcpbox.rejection
    FOR EACH ROW EXECUTE FUNCTION mcpbox.review_index_on_part();
CREATE TRIGGER review_index_decision AFTER INSERT ON mcpbox.decision
    FOR EACH ROW EXECUTE FUNCTION mcpbox.review_index_on_part();

-- For what a trigger of a later row could not know; also for old tools.
SELECT mcpbox.review_index_put(id) FROM mcpbox.tool;

-- Words of three letters or more are found by an index, where there is one.
CREATE FUNCTION mcpbox.review_setup() RETURNS boolean
    LANGUAGE plpgsql AS $$
DECLARE
	s text;
BEGIN
	SELECT quote_ident(n.nspname) INTO s FROM pg_extension e
	    JOIN pg_namespace n ON n.oid = e.extnamespace
	    WHERE e.extname = 'pg_trgm';
	IF s IS NULL THEN
		RETURN false;
	END IF;
	EXECUTE format('CREATE INDEX IF NOT EXISTS review_index_search '
	    'ON mcpbox.review_index USING gin (search %s.gin_trgm_ops) '
	    'WITH (fastupdate = off)', s);
	RETURN true;
END $$;
SELECT mcpbox.review_setup();

-- Requests for network access, by who asked and by time.
CREATE INDEX network_access_decided ON mcpbox.network_access
    (status, (coalesce(decided_at, created_at)) DESC, id);

-- --- the conversation -----------------------------------------------------------------

-- What a reviewer asks about a version, or a line of it, and what its author
-- answers.  A row without reply_to begins a thread, which is open until a
-- person closes it or approves the tool.
CREATE TABLE mcpbox.review_comment (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tool_id uuid NOT NULL,
	version integer NOT NULL,
	line integer CHECK (line BETWEEN 1 AND 100000), -- NULL: the whole
	reply_to bigint,
	body text NOT NULL CHECK (length(body) BETWEEN 1 AND 4000),
	-- By somebody who may decide; else by the author's side.
	from_reviewer boolean NOT NULL DEFAULT false,
	author text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	resolved_by text,
	resolved_at timestamptz,
	UNIQUE (id, tool_id),
	FOREIGN KEY (tool_id, version)
	    REFERENCES mcpbox.tool_version (tool_id, version) ON DELETE CASCADE,
	FOREIGN KEY (reply_to, tool_id)
	    REFERENCES mcpbox.review_comment (id, tool_id) ON DELETE CASCADE,
	CHECK ((resolved_by IS NULL) = (resolved_at IS NULL)),
	CHECK (reply_to IS NULL OR resolved_at IS NULL)
);

CREATE INDEX review_comment_tool ON mcpbox.review_comment (tool_id, id);
CREATE INDEX review_comment_thread ON mcpbox.review_comment (reply_to, id)
    WHERE reply_to IS NOT NULL;
CREATE INDEX review_comment_open ON mcpbox.review_comment (tool_id)
    WHERE reply_to IS NULL AND resolved_at IS NULL;

CREATE FUNCTION mcpbox.review_comment_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		IF (NEW.id, NEW.tool_id, NEW.version, NEW.line, NEW.reply_to,
		    NEW.body, NEW.from_reviewer, NEW.author, NEW.created_at)
		    IS DISTINCT FROM (OLD.id, OLD.tool_id, OLD.version,
		    OLD.line, OLD.reply_to, OLD.body, OLD.from_reviewer,
		    OLD.author, OLD.created_at) THEN
			RAISE EXCEPTION USING ERRCODE = 'MB403', MESSAGE =
			    'A comment never changes.';
		END IF;
		RETURN NEW;
	END IF;
	PERFORM FROM tool t WHERE t.id = NEW.tool_id FOR UPDATE;
	IF (SELECT count(*) FROM review_comment c
	    WHERE c.tool_id = NEW.tool_id) >= 500 THEN
		RAISE EXCEPTION USING ERRCODE = 'MB409', MESSAGE =
		    'This conversation has 500 comments. Decide about the tool instead.';
	END IF;
	RETURN NEW;
END $$;

CREATE TRIGGER review_comment_guard BEFORE INSERT OR UPDATE
    ON mcpbox.review_comment
    FOR EACH ROW EXECUTE FUNCTION mcpbox.review_comment_guard();

-- --- what is decided without a person ---------------------------------------------------

-- The modes form a ladder: each allows what those before it do.
--
--   never             a person decides about everything
--   description_only  title or description of an approved tool changed, to
--                     plain prose
--   no_new_powers     any change of an approved tool that asks for nothing new
--   no_powers         a tool without secrets and network, also a new one
--
-- Network access: never, or public for a host that is not private, on a port
-- that is named.
CREATE TABLE mcpbox.approval_policy (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	tool_mode text NOT NULL DEFAULT 'never' CHECK (tool_mode IN
	    ('never', 'description_only', 'no_new_powers', 'no_powers')),
	network_mode text NOT NULL DEFAULT 'never'
	    CHECK (network_mode IN ('never', 'public')),
	updated_by text,
	updated_at timestamptz
);
INSERT INTO mcpbox.approval_policy DEFAULT VALUES;

CREATE TRIGGER approval_policy_stays BEFORE DELETE OR TRUNCATE
    ON mcpbox.approval_policy FOR EACH STATEMENT
    EXECUTE FUNCTION mcpbox.refuse('There is always a policy.');

-- Which mode of the policy decides about what waits now; NULL: a person must.
-- Whatever a person said no to, or asks about, is for a person.  It reads
-- what runs are made from, not what a version says about itself: secrets, time
-- limit, grants.
CREATE FUNCTION mcpbox.approval_auto_mode(p_tool uuid) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = mcpbox, pg_temp AS $$
DECLARE
	step constant integer := array_position(ARRAY['never',
	    'description_only', 'no_new_powers', 'no_powers'],
	    (SELECT p.tool_mode FROM approval_policy p));
	t tool_state;
	v tool_version;
	b tool_version;
	said text;
BEGIN
	IF step IS NULL OR step < 2 THEN
		RETURN NULL;
	END IF;
	SELECT * INTO t FROM tool_state x WHERE x.id = p_tool;
	IF NOT FOUND OR t.approval_status <> 'pending_review' THEN
		RETURN NULL;
	END IF;
	SELECT d.verdict INTO said FROM decision d WHERE d.tool_id = p_tool
	    ORDER BY d.id DESC LIMIT 1;
	IF said IN ('reject', 'revoke') OR EXISTS (SELECT FROM review_comment c
	    WHERE c.tool_id = p_tool AND c.reply_to IS NULL
		AND c.resolved_at IS NULL AND c.from_reviewer) THEN
		RETURN NULL;
	END IF;
	SELECT * INTO STRICT v FROM tool_version x
	    WHERE x.tool_id = p_tool AND x.version = t.current_version;
	IF NOT text_plain(v.title) OR NOT text_plain(v.description)
	    OR severity_count(v.remarks, 'high') > 0
	    OR severity_count(v.remarks, 'warning') > 0 THEN
		RETURN NULL;
	END IF;
	SELECT * INTO b FROM tool_version x
	    WHERE x.tool_id = p_tool AND x.version = t.approved_version;
	IF b.version IS NOT NULL AND version_is_light(v, b) THEN
		RETURN 'description_only';
	END IF;
	IF step < 3 OR severity_count(v.findings, 'high') > 0
	    OR v.imports IS NULL OR EXISTS (SELECT FROM network_access a
		WHERE a.tool_id = p_tool AND a.status = 'pending') THEN
		RETURN NULL;
	END IF;
	-- A person has seen this tool with what it has.
	IF b.version IS NOT NULL AND v.secret_names <@ b.secret_names
	    AND v.client_capabilities <@ b.client_capabilities
	    AND v.imports <@ b.imports
	    AND coalesce(v.timeout_ms, t.default_timeout_ms)
		<= coalesce(b.timeout_ms, t.default_timeout_ms)
	    AND v.task_mode IN ('none', b.task_mode)
	    AND v.uri IS NOT DISTINCT FROM b.uri
	    AND v.annotations::text IS NOT DISTINCT FROM b.annotations::text
	    AND v.icons::text IS NOT DISTINCT FROM b.icons::text
	    AND EXISTS (SELECT FROM decision d WHERE d.tool_id = p_tool
		AND d.verdict = 'approve' AND d.decided_by NOT LIKE 'policy:%')
	THEN
		RETURN 'no_new_powers';
	END IF;
	-- What a resource or a prompt says is put before people and models.
	IF step >= 4 AND v.kind = 'tool' AND v.task_mode = 'none'
	    AND v.secret_names = '{}' AND v.client_capabilities = '{}'
	    AND NOT EXISTS (SELECT FROM network_access a
		WHERE a.server_id = t.server_id AND a.status = 'approved'
		    AND (a.tool_id IS NULL OR a.tool_id = p_tool)) THEN
		RETURN 'no_powers';
	END IF;
	RETURN NULL;
END $$;

-- The only way to an approval for the pool that models talk to: it names a tool,
-- the policy decides.  NULL when a person must.  To be called by who holds the
-- tool, before the last step of its transaction (it writes an audit row).
CREATE FUNCTION mcpbox.approval_auto(p_tool uuid, p_version integer,
    p_digest bytea, p_powers_digest bytea, p_powers json, p_cause text,
    p_ip text, p_request_id text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
DECLARE
	mode text;
	who text;
BEGIN
	PERFORM FROM tool t WHERE t.id = p_tool
	    AND t.current_version = p_version FOR UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	-- Held until the end: a policy that is taken back decides no more.
	PERFORM FROM approval_policy FOR SHARE;
	mode := approval_auto_mode(p_tool);
	IF mode IS NULL THEN
		RETURN NULL;
	END IF;
	who := 'policy:' || mode;
	BEGIN
		INSERT INTO approval (tool_id, version, digest, powers_digest,
		    powers, approved_by)
		VALUES (p_tool, p_version, p_digest, p_powers_digest, p_powers,
		    who)
		ON CONFLICT (tool_id) DO UPDATE SET version = EXCLUDED.version,
		    digest = EXCLUDED.digest,
		    powers_digest = EXCLUDED.powers_digest,
		    powers = EXCLUDED.powers,
		    approved_by = EXCLUDED.approved_by, approved_at = now();
		DELETE FROM rejection r WHERE r.tool_id = p_tool;
		INSERT INTO decision (tool_id, verdict, version, digest,
		    decided_by)
		VALUES (p_tool, 'approve', p_version, p_digest, who);
		UPDATE tool SET review = 'draft', updated_at = now()
		    WHERE id = p_tool;
	EXCEPTION WHEN SQLSTATE 'MB409' OR SQLSTATE 'MB410' THEN
		-- Another rule of the house stands against it.
		RETURN NULL;
	END;
	PERFORM audit_append(who, p_ip, p_request_id, 'auto_approve_tool',
	    'tool', p_tool::text,
	    json_build_object('approval_status', 'pending_review'),
	    json_build_object('approval_status', 'approved',
		'version', p_version, 'digest', encode(p_digest, 'hex'),
		'policy', mode, 'cause', p_cause));
	RETURN mode;
END $$;

-- The same for a request for network access.  private is false whatever the
-- host: a name that leads into private address space leads nowhere.
CREATE FUNCTION mcpbox.network_auto(p_request uuid, p_cause text, p_ip text,
    p_request_id text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
DECLARE
	a network_access;
BEGIN
	PERFORM FROM approval_policy p WHERE p.network_mode = 'public' FOR SHARE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	SELECT * INTO a FROM network_access x WHERE x.id = p_request FOR UPDATE;
	IF NOT FOUND OR a.status <> 'pending' OR a.port IS NULL
	    OR a.host !~ '^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.[a-z][a-z0-9-]*$'
	    OR EXISTS (SELECT FROM network_access x
		WHERE x.server_id = a.server_id AND x.host = a.host
		    AND x.status IN ('rejected', 'revoked')) THEN
		RETURN false;
	END IF;
	BEGIN
		UPDATE network_access SET status = 'approved', private = false,
		    decided_by = 'policy:public', decided_at = now()
		    WHERE id = p_request;
	EXCEPTION WHEN unique_violation OR SQLSTATE 'MB409' THEN
		RETURN false;
	END;
	PERFORM audit_append('policy:public', p_ip, p_request_id,
	    'auto_approve_network_access', 'network_access', p_request::text,
	    json_build_object('status', 'pending'),
	    json_build_object('status', 'approved', 'host', a.host,
		'port', a.port, 'cause', p_cause));
	RETURN true;
END $$;

REVOKE ALL ON FUNCTION mcpbox.literal(text), mcpbox.text_plain(text),
    mcpbox.version_is_light(mcpbox.tool_version, mcpbox.tool_version),
    mcpbox.severity_count(json, text), mcpbox.review_index_put(uuid),
    mcpbox.review_index_on_tool(), mcpbox.review_index_on_part(),
    mcpbox.review_setup(), mcpbox.review_comment_guard(),
    mcpbox.approval_auto_mode(uuid),
    mcpbox.approval_auto(uuid, integer, bytea, bytea, json, text, text, text),
    mcpbox.network_auto(uuid, text, text, text) FROM PUBLIC;
