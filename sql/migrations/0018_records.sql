-- Records: the log of runs in full, what is counted from it, and the activity
-- that people watch.
--
-- There is one record of each thing: run_log has the runs, audit the rest.
-- Activity is read from both.  What is counted (run_stat) is made from run_log
-- by a job, and readers add what the job has not counted yet, so that the
-- numbers are always right.

-- --- what a run's record says beside what it had -------------------------------

ALTER TABLE mcpbox.run_log
    -- As the sandbox knows it: call, test or trial.
    ADD COLUMN run_kind text,
    -- The door it came in by: rest or mcp.
    ADD COLUMN source text,
    -- Of the caller, where it has one.
    ADD COLUMN session text,
    -- W3C trace id: the caller's, else the request's own.
    ADD COLUMN trace_id text,
    ADD COLUMN client_ip text,
    -- The transaction that wrote it.  Rows come out of commits in another
    -- order than their times say; by this number a reader knows that it has
    -- seen all below the oldest transaction that is still under way.
    ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();

UPDATE mcpbox.run_log SET run_kind = CASE WHEN is_test THEN 'test' ELSE 'call' END,
    source = CASE WHEN is_test THEN 'rest' ELSE 'mcp' END, trace_id = request_id;
ALTER TABLE mcpbox.run_log ALTER COLUMN run_kind SET NOT NULL,
    ALTER COLUMN run_kind SET DEFAULT 'call',
    ADD CONSTRAINT run_log_kind CHECK (run_kind IN ('call', 'test', 'trial'));

-- One for each filter of the list, in its order: a page is read from the
-- index, however many rows there are.
DROP INDEX mcpbox.run_log_at, mcpbox.run_log_tool, mcpbox.run_log_server,
    mcpbox.run_log_caller;
CREATE INDEX run_log_at ON mcpbox.run_log (created_at, id);
CREATE INDEX run_log_tool ON mcpbox.run_log (tool_id, created_at, id);
CREATE INDEX run_log_server ON mcpbox.run_log (server_id, created_at, id);
CREATE INDEX run_log_caller ON mcpbox.run_log (caller, created_at, id);
CREATE INDEX run_log_name ON mcpbox.run_log (tool_name, created_at, id);
CREATE INDEX run_log_outcome ON mcpbox.run_log (outcome, created_at, id);
CREATE INDEX run_log_failed ON mcpbox.run_log (created_at, id)
    WHERE outcome <> 'result';
CREATE INDEX run_log_kind ON mcpbox.run_log (run_kind, created_at, id);
CREATE INDEX run_log_request ON mcpbox.run_log (request_id);
CREATE INDEX run_log_trace ON mcpbox.run_log (trace_id);
CREATE INDEX run_log_xid ON mcpbox.run_log (xid);

-- Every name that a tool ever had: what a part of a name can mean.
CREATE TABLE mcpbox.run_name (
	name text PRIMARY KEY
);

INSERT INTO mcpbox.run_name
SELECT v.name FROM mcpbox.tool_version v
UNION SELECT r.tool_name FROM mcpbox.run_log r;

CREATE FUNCTION mcpbox.run_name_on_version() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	INSERT INTO run_name VALUES (NEW.name) ON CONFLICT DO NOTHING;
	RETURN NULL;
END $$;

CREATE TRIGGER run_name_on_version AFTER INSERT ON mcpbox.tool_version
    FOR EACH ROW EXECUTE FUNCTION mcpbox.run_name_on_version();

-- --- what the trail of audit says as activity ------------------------------------

CREATE FUNCTION mcpbox.activity_type(operation text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN CASE
	WHEN operation ~ '^(login|logout|refresh|setup|change_password)'
	    THEN 'login'
	WHEN operation ~ '^(approve|reject|revoke|grant)' THEN 'approval'
	ELSE 'management' END;

CREATE FUNCTION mcpbox.activity_text(actor text, operation text,
    target_id text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN actor || ' ' || operation || coalesce(' ' || target_id, '');

CREATE INDEX audit_type ON mcpbox.audit
    (mcpbox.activity_type(operation), at, seq);
CREATE INDEX audit_warning ON mcpbox.audit (at, seq)
    WHERE operation IN ('login_failed', 'refresh_reuse');
CREATE INDEX audit_place ON mcpbox.audit (at, seq);
CREATE INDEX audit_target_at ON mcpbox.audit (target_kind, target_id, at, seq);
CREATE INDEX audit_actor_at ON mcpbox.audit (actor, at, seq);
CREATE INDEX audit_request ON mcpbox.audit (request_id);
DROP INDEX mcpbox.audit_at;

-- Parts of texts are found by groups of three letters, with pg_trgm wherever
-- it is; without it the rows are read.  Called again after somebody added it.
CREATE FUNCTION mcpbox.records_setup() RETURNS boolean
    LANGUAGE plpgsql AS $do$
DECLARE
	s text;
BEGIN
	SELECT quote_ident(n.nspname) INTO s FROM pg_extension e
	    JOIN pg_namespace n ON n.oid = e.extnamespace
	    WHERE e.extname = 'pg_trgm';
	IF s IS NULL THEN
		RETURN false;
	END IF;
	-- Runs that went well have no error, and cost nothing here.
	EXECUTE format('CREATE INDEX IF NOT EXISTS run_log_error '
	    'ON mcpbox.run_log USING gin (error %s.gin_trgm_ops) '
	    'WITH (fastupdate = off) WHERE error IS NOT NULL', s);
	EXECUTE format('CREATE INDEX IF NOT EXISTS audit_text ON mcpbox.audit '
	    'USING gin (mcpbox.activity_text(actor, operation, target_id) '
	    '%s.gin_trgm_ops) WITH (fastupdate = off)', s);
	RETURN true;
END $do$;

SELECT mcpbox.records_setup();

-- --- a page of runs -----------------------------------------------------------------

-- "50%" as a pattern that finds just that.
CREATE FUNCTION mcpbox.like_part(part text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN '%' || replace(replace(replace(part, '\', '\\'), '%', '\%'),
	'_', '\_') || '%';

-- The filters that are given, as conditions on r.  `f` has, each as text:
-- server_id, tool_id, caller, outcome, success, is_test, kind, request_id,
-- trace_id, from, to (not included), at and id (the place that the page is
-- behind).  Only what is given is in the statement, with its values,
-- so that each filter gets the plan that is right for it.
CREATE FUNCTION mcpbox.run_log_where(f json) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN concat(
	' AND r.server_id = ' || quote_literal(f->>'server_id') || '::uuid',
	' AND r.tool_id = ' || quote_literal(f->>'tool_id') || '::uuid',
	' AND r.caller = ' || quote_literal(f->>'caller'),
	' AND r.outcome = ' || quote_literal(f->>'outcome'),
	CASE f->>'success' WHEN 'true' THEN ' AND r.outcome = ''result'''
	    WHEN 'false' THEN ' AND r.outcome <> ''result'' '
		'AND r.outcome <> ''input_required''' END,
	CASE f->>'is_test' WHEN 'true' THEN ' AND r.is_test'
	    WHEN 'false' THEN ' AND r.run_kind = ''call''' END,
	' AND r.run_kind = ' || quote_literal(f->>'kind'),
	' AND r.request_id = ' || quote_literal(f->>'request_id'),
	' AND r.trace_id = ' || quote_literal(f->>'trace_id'),
	' AND r.created_at >= ' || quote_literal(f->>'from') || '::timestamptz',
	' AND r.created_at < ' || quote_literal(f->>'to') || '::timestamptz',
	' AND (r.created_at, r.id) < (' || quote_literal(f->>'at')
	    || '::timestamptz, ' || quote_literal(f->>'id') || '::uuid)');

-- The newest `n` that meet `cond` and have one of `among` in a column with an
-- index: of each value the newest, then the newest of those.
CREATE FUNCTION mcpbox.run_log_among(part text, among text[], cond text,
    n integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN format('SELECT r.* FROM unnest(%L::text[]) w(v) '
	'CROSS JOIN LATERAL (SELECT * FROM mcpbox.run_log r '
	    'WHERE r.%I = w.v%s '
	    'ORDER BY r.created_at DESC, r.id DESC LIMIT %s) r '
	'ORDER BY r.created_at DESC, r.id DESC LIMIT %4$s',
	among, part, cond, n);

-- The newest `n`, newest first, that the filters let through; beside those of
-- run_log_where there are tool_name (a part of it), level (of activity) and
-- search (a part of the name or of the error).
CREATE FUNCTION mcpbox.run_log_page(f json, n integer)
    RETURNS SETOF mcpbox.run_log LANGUAGE plpgsql STABLE ROWS 20
    SET search_path = mcpbox, pg_temp AS $$
DECLARE
	-- More names than this are as good as all.
	names_max constant integer := 64;
	-- Rows in which a frequent part is looked for first.
	near integer := 500;
	cond text := run_log_where(f);
	latest constant text := ' ORDER BY r.created_at DESC, r.id DESC LIMIT ';
	part text := like_part(f->>'search');
	names text[];
	found text[];
	failed text;
	got integer;
BEGIN
	IF f->>'tool_name' IS NOT NULL THEN
		names := ARRAY(SELECT w.name FROM run_name w
		    WHERE w.name ILIKE like_part(f->>'tool_name'));
	END IF;
	IF f->>'level' IS NOT NULL THEN
		cond := cond || format(' AND r.outcome = ANY (%L)',
		    run_outcomes(f->>'level'));
	END IF;
	IF part IS NULL AND cardinality(names) <= names_max THEN
		RETURN QUERY EXECUTE run_log_among('tool_name', names, cond, n);
		RETURN;
	END IF;
	IF names IS NOT NULL THEN
		cond := cond || format(' AND r.tool_name = ANY (%L)', names);
	END IF;
	IF part IS NULL THEN
		RETURN QUERY EXECUTE CASE WHEN f->>'level' IS NOT NULL
		    THEN run_log_among('outcome', run_outcomes(f->>'level'),
			cond, n)
		WHEN f->>'is_test' = 'true'
		    THEN run_log_among('run_kind', '{test,trial}', cond, n)
		ELSE 'SELECT r.* FROM mcpbox.run_log r WHERE true' || cond
		    || latest || n END;
		RETURN;
	END IF;
	found := ARRAY(SELECT w.name FROM run_name w WHERE w.name ILIKE part
	    AND (names IS NULL OR w.name = ANY (names)));
	failed := format(' AND r.outcome <> ''result'' '
	    'AND r.tool_name <> ALL (%L)', found) || cond;
	-- What is frequent is near; what is rare has an index.  What is neither
	-- is looked for as far as the first rows make likely.
	FOR i IN 1..2 LOOP
		EXECUTE 'SELECT count(*) FROM (SELECT FROM (SELECT r.error '
		    'FROM mcpbox.run_log r WHERE true' || failed || latest
		    || near || ') r WHERE r.error ILIKE $1 LIMIT ' || n || ') r'
		    INTO got USING part;
		EXIT WHEN got NOT BETWEEN 2 AND n - 1;
		near := near * (2 + 2 * n / got);
	END LOOP;
	RETURN QUERY EXECUTE 'SELECT r.* FROM ((' || CASE
	    WHEN cardinality(found) <= names_max
		THEN run_log_among('tool_name', found, cond, n)
	    ELSE format('SELECT r.* FROM mcpbox.run_log r '
		'WHERE r.tool_name = ANY (%L)', found) || cond || latest || n
	    END || ') UNION ALL (' || CASE WHEN got >= n
	    THEN 'SELECT r.* FROM (SELECT r.* FROM mcpbox.run_log r WHERE true'
		|| failed || latest || near || ') r WHERE r.error ILIKE $1'
	    ELSE 'SELECT r.* FROM (SELECT r.* FROM mcpbox.run_log r '
		'WHERE r.error ILIKE $1' || failed || ' OFFSET 0) r'
	    END || latest || n || ')) r' || latest || n USING part;
END $$;

-- What a run's outcome is to who watches.
CREATE FUNCTION mcpbox.run_level(outcome text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN CASE WHEN outcome IN ('result', 'input_required') THEN 'info'
	WHEN outcome IN ('tool_error', 'cancelled', 'busy', 'rate_limited')
	    THEN 'warning' ELSE 'error' END;

-- A run that ended with a question is neither: another one goes on from there.
CREATE FUNCTION mcpbox.run_failed(outcome text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN outcome NOT IN ('result', 'input_required');

-- The outcomes of a level: those of lib/box.h.
CREATE FUNCTION mcpbox.run_outcomes(level text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY(SELECT o FROM unnest(ARRAY['result', 'tool_error', 'timeout',
	'cpu_limit', 'memory_limit', 'forbidden_syscall', 'output_limit',
	'crashed', 'exited', 'cancelled', 'busy', 'sandbox_failed',
	'rate_limited', 'input_required']) o WHERE mcpbox.run_level(o) = level);

-- For the author of a tool, who has no right to the log: its latest runs,
-- with long texts cut.
CREATE FUNCTION mcpbox.run_log_of_tool(p_tool uuid, p_n integer)
    RETURNS TABLE (id uuid, run_kind text, version integer, outcome text,
	duration_ms integer, error text, input_args text, result text,
	stdout text, caller text, created_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mcpbox, pg_temp
    AS $$
	SELECT r.id, r.run_kind, r.version, r.outcome, r.duration_ms,
	    left(r.error, 2000), left(r.input_args::text, 2000),
	    left(r.result::text, 2000), left(r.stdout, 2000), r.caller,
	    r.created_at
	FROM run_log r WHERE r.tool_id = p_tool
	ORDER BY r.created_at DESC, r.id DESC LIMIT least(p_n, 50)
$$;

-- --- counting -----------------------------------------------------------------------

CREATE TABLE mcpbox.run_stat (
	bucket timestamptz NOT NULL, -- its ten minutes
	server_id uuid NOT NULL,
	tool_id uuid NOT NULL,
	tool_name text NOT NULL,
	is_test boolean NOT NULL,
	outcome text NOT NULL,
	runs bigint NOT NULL,
	ms bigint NOT NULL, -- all of them together
	PRIMARY KEY (bucket, tool_id, tool_name, is_test, outcome, server_id)
);

-- Rows of run_log from this transaction on are not in run_stat yet.
CREATE TABLE mcpbox.run_stat_at (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	xid xid8 NOT NULL
);

INSERT INTO mcpbox.run_stat_at (xid) VALUES ('0');

CREATE FUNCTION mcpbox.run_bucket(t timestamptz) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN date_bin('10 minutes', t, '2000-01-01 00:00+00');

CREATE VIEW mcpbox.run_count AS
SELECT s.bucket, s.server_id, s.tool_id, s.tool_name, s.is_test, s.outcome,
    s.runs, s.ms
FROM mcpbox.run_stat s
UNION ALL
SELECT mcpbox.run_bucket(r.created_at), r.server_id, r.tool_id, r.tool_name,
    r.is_test, r.outcome, 1, r.duration_ms
FROM mcpbox.run_log r WHERE r.xid >= (SELECT a.xid FROM mcpbox.run_stat_at a);

-- In a database that was restored from a dump the numbers of transactions
-- begin again: what is there counts as old, and everything is counted anew.
CREATE FUNCTION mcpbox.run_stat_again() RETURNS void LANGUAGE plpgsql
    SET search_path = mcpbox, pg_temp AS $$
BEGIN
	LOCK TABLE run_log IN SHARE ROW EXCLUSIVE MODE;
	UPDATE run_log SET xid = '3' WHERE xid > pg_current_xact_id();
	DELETE FROM run_stat;
	UPDATE run_stat_at SET xid = '0';
END $$;

-- Counts what was committed since the last time; how many rows that were.
CREATE FUNCTION mcpbox.run_stat_roll() RETURNS bigint LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
DECLARE
	since xid8;
	till xid8;
	n bigint;
BEGIN
	SELECT a.xid INTO since FROM run_stat_at a FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	till := pg_snapshot_xmin(pg_current_snapshot());
	IF since > pg_snapshot_xmax(pg_current_snapshot()) THEN
		PERFORM run_stat_again();
		since := '0';
	END IF;
	WITH counted AS (
		SELECT run_bucket(r.created_at) AS bucket, r.server_id,
		    r.tool_id, r.tool_name, r.is_test, r.outcome,
		    count(*) AS runs, sum(r.duration_ms) AS ms
		FROM run_log r WHERE r.xid >= since AND r.xid < till
		GROUP BY 1, 2, 3, 4, 5, 6
	), put AS (
		INSERT INTO run_stat AS s SELECT * FROM counted
		ON CONFLICT (bucket, tool_id, tool_name, is_test, outcome,
		    server_id)
		DO UPDATE SET runs = s.runs + EXCLUDED.runs,
		    ms = s.ms + EXCLUDED.ms
	)
	SELECT coalesce(sum(c.runs), 0) INTO n FROM counted c;
	IF since < till THEN
		UPDATE run_stat_at SET xid = till;
	END IF;
	RETURN n;
END $$;

-- How many different callers there are in the log, by steps in its index.
CREATE FUNCTION mcpbox.run_callers() RETURNS bigint LANGUAGE sql STABLE
    SET search_path = mcpbox, pg_temp AS $$
	WITH RECURSIVE c (caller) AS (
		(SELECT r.caller FROM run_log r ORDER BY r.caller LIMIT 1)
		UNION ALL
		SELECT (SELECT r.caller FROM run_log r
		    WHERE r.caller > c.caller ORDER BY r.caller LIMIT 1)
		FROM c WHERE c.caller IS NOT NULL
	) SELECT count(c.caller) FROM c
$$;

-- --- activity -------------------------------------------------------------------------

-- One thing that happened, from whichever record it is in.
CREATE TYPE mcpbox.activity AS (
	at timestamptz,
	id text, -- "r" and the run's id, "a" and the number in the trail
	type text,
	level text,
	actor text,
	message text,
	server_id uuid,
	tool_id uuid,
	target_kind text,
	target_id text,
	request_id text,
	duration_ms integer,
	outcome text
);

CREATE FUNCTION mcpbox.activity_of_run(r mcpbox.run_log)
    RETURNS mcpbox.activity LANGUAGE sql STABLE
    RETURN ROW(r.created_at, 'r' || r.id,
	CASE WHEN r.is_test THEN 'test' ELSE 'call' END,
	mcpbox.run_level(r.outcome), r.caller,
	r.tool_name || CASE r.outcome WHEN 'result' THEN ' answered'
	    WHEN 'input_required' THEN ' asked a question'
	    ELSE ' ended with ' || r.outcome
		|| coalesce(': ' || left(r.error, 200), '') END,
	r.server_id, r.tool_id, 'run', r.id::text, r.request_id,
	r.duration_ms, r.outcome)::mcpbox.activity;

CREATE FUNCTION mcpbox.activity_of_audit(a mcpbox.audit)
    RETURNS mcpbox.activity LANGUAGE sql STABLE
    RETURN ROW(a.at, 'a' || a.seq, mcpbox.activity_type(a.operation),
	CASE WHEN a.operation IN ('login_failed', 'refresh_reuse')
	    THEN 'warning' ELSE 'info' END, a.actor,
	a.actor || ': ' || replace(a.operation, '_', ' '),
	CASE WHEN a.target_kind = 'server'
	    AND a.target_id ~ '^[0-9a-f-]{36}$' THEN a.target_id::uuid END,
	CASE WHEN a.target_kind = 'tool'
	    AND a.target_id ~ '^[0-9a-f-]{36}$' THEN a.target_id::uuid END,
	a.target_kind, a.target_id, a.request_id, NULL,
	NULL)::mcpbox.activity;

-- Which records a filter by type and level leaves.
CREATE FUNCTION mcpbox.activity_has_runs(f json) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN coalesce(f->>'type', 'call') IN ('call', 'test');
CREATE FUNCTION mcpbox.activity_has_audit(f json) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN coalesce(f->>'type', 'login') NOT IN ('call', 'test')
	AND coalesce(f->>'level', 'info') IN ('info', 'warning');

-- As run_log_where, for the trail: type, level, actor, request_id, server_id
-- (the server itself, and its tools), from, to.
CREATE FUNCTION mcpbox.activity_where(f json) RETURNS text
    LANGUAGE sql STABLE
    RETURN concat(
	' AND mcpbox.activity_type(a.operation) = '
	    || quote_literal(f->>'type'),
	CASE f->>'level'
	    WHEN 'warning' THEN ' AND a.operation IN '
		'(''login_failed'', ''refresh_reuse'')'
	    WHEN 'info' THEN ' AND a.operation NOT IN '
		'(''login_failed'', ''refresh_reuse'')' END,
	' AND a.actor = ' || quote_literal(f->>'actor'),
	' AND a.request_id = ' || quote_literal(f->>'request_id'),
	' AND a.at >= ' || quote_literal(f->>'from') || '::timestamptz',
	' AND a.at < ' || quote_literal(f->>'to') || '::timestamptz');

-- The newest `n` of the trail, from `kinds` of things with their ids or from
-- everywhere.
CREATE FUNCTION mcpbox.activity_trail(f json, cond text, n integer)
    RETURNS SETOF mcpbox.audit LANGUAGE plpgsql STABLE ROWS 20
    SET search_path = mcpbox, pg_temp AS $$
DECLARE
	near integer := 500;
	latest constant text := ' ORDER BY a.at DESC, a.seq DESC LIMIT ';
	words constant text := 'mcpbox.activity_text(a.actor, a.operation, '
	    'a.target_id)';
	part text := like_part(f->>'search');
	got integer;
BEGIN
	IF f->>'server_id' IS NOT NULL THEN
		RETURN QUERY EXECUTE format('SELECT a.* FROM '
		    '(SELECT ''server'' AS kind, %L AS id UNION ALL '
		    'SELECT ''tool'', t.id::text FROM mcpbox.tool t '
		    'WHERE t.server_id = %1$L::uuid) w CROSS JOIN LATERAL '
		    '(SELECT * FROM mcpbox.audit a WHERE a.target_kind = w.kind '
		    'AND a.target_id = w.id %s %s %s %s) a %4$s %5$s',
		    f->>'server_id', cond,
		    CASE WHEN part IS NOT NULL
			THEN format(' AND %s ILIKE %L', words, part) END,
		    latest, n);
		RETURN;
	END IF;
	IF part IS NULL THEN
		RETURN QUERY EXECUTE 'SELECT a.* FROM mcpbox.audit a '
		    'WHERE true' || cond || latest || n;
		RETURN;
	END IF;
	FOR i IN 1..2 LOOP
		EXECUTE 'SELECT count(*) FROM (SELECT FROM (SELECT a.* '
		    'FROM mcpbox.audit a WHERE true' || cond || latest || near
		    || ') a WHERE ' || words || ' ILIKE $1 LIMIT ' || n || ') a'
		    INTO got USING part;
		EXIT WHEN got NOT BETWEEN 2 AND n - 1;
		near := near * (2 + 2 * n / got);
	END LOOP;
	RETURN QUERY EXECUTE CASE WHEN got >= n
	    THEN 'SELECT a.* FROM (SELECT a.* FROM mcpbox.audit a WHERE true'
		|| cond || latest || near || ') a WHERE ' || words
		|| ' ILIKE $1'
	    ELSE 'SELECT a.* FROM (SELECT a.* FROM mcpbox.audit a WHERE '
		|| words || ' ILIKE $1' || cond || ' OFFSET 0) a'
	    END || latest || n USING part;
END $$;

-- The newest `n`, newest first, behind the place (at, id).  At one time runs
-- come before the trail.
CREATE FUNCTION mcpbox.activity_page(f json, n integer)
    RETURNS SETOF mcpbox.activity LANGUAGE plpgsql STABLE ROWS 20
    SET search_path = mcpbox, pg_temp AS $$
DECLARE
	place timestamptz := (f->>'at')::timestamptz;
	last text := f->>'id';
	runs json := json_strip_nulls(json_build_object(
	    'server_id', f->>'server_id', 'caller', f->>'actor',
	    'request_id', f->>'request_id', 'from', f->>'from',
	    'to', f->>'to', 'level', f->>'level', 'search', f->>'search',
	    'is_test', CASE f->>'type' WHEN 'call' THEN 'false'
		WHEN 'test' THEN 'true' END,
	    'at', f->>'at',
	    -- Behind a place in the trail no run of that time is left.
	    'id', CASE WHEN place IS NOT NULL THEN
		CASE WHEN last LIKE 'r%' THEN substr(last, 2)
		ELSE '00000000-0000-0000-0000-000000000000' END END));
	trail text := activity_where(f);
BEGIN
	IF place IS NOT NULL THEN
		trail := trail || format(
		    ' AND (a.at, a.seq) < (%L::timestamptz, %s)', place,
		    CASE WHEN last LIKE 'a%' THEN substr(last, 2)
		    ELSE '9223372036854775807' END);
	END IF;
	RETURN QUERY SELECT (x.v).* FROM (
		SELECT activity_of_run(r) AS v FROM run_log_page(runs, n) r
		    WHERE activity_has_runs(f)
		UNION ALL
		SELECT activity_of_audit(a) FROM activity_trail(f, trail, n) a
		    WHERE activity_has_audit(f)) x
	    ORDER BY (x.v).at DESC, (x.v).id LIKE 'r%' DESC, (x.v).id DESC
	    LIMIT n;
END $$;

-- Where those who watch are now: all transactions before xid have ended.
CREATE FUNCTION mcpbox.activity_now(OUT xid text, OUT seq bigint)
    LANGUAGE sql STABLE SET search_path = mcpbox, pg_temp AS $$
	SELECT pg_snapshot_xmin(pg_current_snapshot())::text,
	    coalesce((SELECT max(a.seq) FROM audit a), 0)
$$;

-- What came between two places, oldest first, at most `n`.  What is older than
-- an hour is for the list.
CREATE FUNCTION mcpbox.activity_between(f json, xid_from text, xid_till text,
    seq_from bigint, seq_till bigint, n integer)
    RETURNS SETOF mcpbox.activity LANGUAGE plpgsql STABLE ROWS 20
    SET search_path = mcpbox, pg_temp AS $$
DECLARE
	runs text := run_log_where(json_strip_nulls(json_build_object(
	    'server_id', f->>'server_id', 'caller', f->>'actor',
	    'is_test', CASE f->>'type' WHEN 'call' THEN 'false'
		WHEN 'test' THEN 'true' END)));
	trail text := activity_where(f);
BEGIN
	IF NOT activity_has_runs(f) THEN
		runs := ' AND false';
	ELSIF f->>'level' IS NOT NULL THEN
		runs := runs || format(' AND r.outcome = ANY (%L)',
		    run_outcomes(f->>'level'));
	END IF;
	IF NOT activity_has_audit(f) THEN
		trail := ' AND false';
	ELSIF f->>'server_id' IS NOT NULL THEN
		trail := trail || format(' AND (a.target_id = %L '
		    'OR a.target_id IN (SELECT t.id::text FROM mcpbox.tool t '
		    'WHERE t.server_id = %1$L::uuid))', f->>'server_id');
	END IF;
	IF f->>'search' IS NOT NULL THEN
		runs := runs || format(' AND (r.tool_name ILIKE %L '
		    'OR r.error ILIKE %1$L)', like_part(f->>'search'));
		trail := trail || format(' AND mcpbox.activity_text(a.actor, '
		    'a.operation, a.target_id) ILIKE %L',
		    like_part(f->>'search'));
	END IF;
	RETURN QUERY EXECUTE format('SELECT (x.v).* FROM ('
	    '(SELECT mcpbox.activity_of_run(r) AS v FROM mcpbox.run_log r '
		'WHERE r.xid >= %L::xid8 AND r.xid < %L::xid8 '
		'AND r.created_at > now() - interval ''1 hour'' %s LIMIT %s) '
	    'UNION ALL '
	    '(SELECT mcpbox.activity_of_audit(a) FROM mcpbox.audit a '
		'WHERE a.seq > %s AND a.seq <= %s '
		'AND a.at > now() - interval ''1 hour'' %s LIMIT %4$s)) x '
	    'ORDER BY (x.v).at, (x.v).id LIMIT %4$s',
	    xid_from, xid_till, runs, n, seq_from, seq_till, trail);
END $$;

-- --- limits by tool -----------------------------------------------------------------------

-- Calls of one tool in a minute: of the tool, else what its server says of each
-- of its tools, else the settings.
ALTER TABLE mcpbox.limit_set ADD COLUMN calls_per_minute integer
    CHECK (calls_per_minute BETWEEN 0 AND 100000);

CREATE OR REPLACE VIEW mcpbox.run_limit AS
SELECT t.server_id, t.id AS tool_id,
    coalesce(l.memory_mib, s.memory_mib) AS memory_mib,
    coalesce(l.cpu_ms, s.cpu_ms) AS cpu_ms,
    coalesce(l.result_kib, s.result_kib) AS result_kib,
    coalesce(l.output_kib, s.output_kib) AS output_kib,
    coalesce(l.threads, s.threads) AS threads,
    coalesce(l.requests, s.requests) AS requests,
    coalesce(l.transfer_kib, s.transfer_kib) AS transfer_kib,
    s.concurrency, s.rate_per_minute,
    coalesce(l.calls_per_minute, s.calls_per_minute) AS calls_per_minute
FROM mcpbox.tool t
LEFT JOIN mcpbox.limit_set l
    ON l.server_id = t.server_id AND l.tool_id = t.id
LEFT JOIN mcpbox.limit_set s
    ON s.server_id = t.server_id AND s.tool_id IS NULL;

-- --- upkeep -----------------------------------------------------------------------------

-- How long rows are kept is a setting of the instance, which maintain() does
-- not know: what it drops by itself is what nobody can want to keep.  The rest
-- of it may have been extended since, so that only the number is changed.
DO $do$
DECLARE
	was text := pg_get_functiondef('mcpbox.maintain()'::regprocedure);
	now_is text := replace(was, '''90 days''', '''3700 days''');
BEGIN
	IF now_is = was THEN
		RAISE EXCEPTION 'maintain() is not what this migration knows';
	END IF;
	EXECUTE now_is;
END $do$;

-- Forgets the runs that are older than `days`: whole months by their
-- partition, the rest row by row, at most `n` at once so that nothing waits
-- long.  How many rows went.
CREATE FUNCTION mcpbox.run_log_forget(days integer, n integer)
    RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = mcpbox, pg_temp AS $$
DECLARE
	cut timestamptz := now() - make_interval(days => days);
	gone bigint := 0;
	part record;
	more bigint;
BEGIN
	IF days NOT BETWEEN 1 AND 3650 THEN
		RAISE EXCEPTION USING ERRCODE = 'MB422', MESSAGE =
		    'Days are 1 to 3650.';
	END IF;
	FOR part IN SELECT c.relname, m.first AT TIME ZONE 'UTC' AS lower_at,
	    (m.first + interval '1 month') AT TIME ZONE 'UTC' AS upper_at
	    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
	    CROSS JOIN LATERAL (SELECT to_date(right(c.relname, 6),
		'YYYYMM')::timestamp AS first) m
	    WHERE i.inhparent = 'mcpbox.run_log'::regclass
		AND c.relname ~ '^run_log_[0-9]{6}$'
		AND (m.first + interval '1 month') AT TIME ZONE 'UTC' <= cut
	LOOP
		SELECT count(*) INTO more FROM run_log r
		    WHERE r.created_at >= part.lower_at
			AND r.created_at < part.upper_at;
		EXECUTE format('DROP TABLE mcpbox.%I', part.relname);
		gone := gone + more;
	END LOOP;
	DELETE FROM run_log r USING (SELECT o.id, o.created_at FROM run_log o
		WHERE o.created_at < cut ORDER BY o.created_at, o.id LIMIT n) o
	    WHERE r.id = o.id AND r.created_at = o.created_at
		AND r.created_at < cut;
	GET DIAGNOSTICS more = ROW_COUNT;
	DELETE FROM run_stat WHERE bucket < run_bucket(cut);
	RETURN gone + more;
END $$;

-- What the jobs process runs every minute; how many rows went.
CREATE FUNCTION mcpbox.maintain_records(days integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
	SELECT mcpbox.run_log_forget(days, 20000)
$$;

-- Statistics of the planner on the parent as well: autovacuum looks only at
-- the partitions.
ANALYZE mcpbox.run_log;

REVOKE ALL ON FUNCTION mcpbox.run_name_on_version(),
    mcpbox.activity_type(text), mcpbox.activity_text(text, text, text),
    mcpbox.records_setup(), mcpbox.like_part(text),
    mcpbox.run_log_where(json),
    mcpbox.run_log_among(text, text[], text, integer),
    mcpbox.run_log_page(json, integer), mcpbox.run_level(text),
    mcpbox.run_failed(text), mcpbox.run_outcomes(text), mcpbox.run_log_of_tool(uuid, integer),
    mcpbox.run_bucket(timestamptz), mcpbox.run_stat_again(),
    mcpbox.run_stat_roll(), mcpbox.run_callers(),
    mcpbox.activity_of_run(mcpbox.run_log),
    mcpbox.activity_of_audit(mcpbox.audit), mcpbox.activity_has_runs(json),
    mcpbox.activity_has_audit(json), mcpbox.activity_where(json),
    mcpbox.activity_trail(json, text, integer),
    mcpbox.activity_page(json, integer), mcpbox.activity_now(),
    mcpbox.activity_between(json, text, text, bigint, bigint, integer),
    mcpbox.run_log_forget(integer, integer),
    mcpbox.maintain_records(integer) FROM PUBLIC;
