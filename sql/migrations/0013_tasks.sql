-- Tasks: calls whose client does not wait for the answer (MCP 2026-07-28,
-- extension io.modelcontextprotocol/tasks).
--
-- The row is the truth.  It is there before the client hears of the task, and
-- what it says is what the client gets, from any worker.  The run belongs to
-- the worker that took the call, which says every few seconds that it still
-- holds it; a task whose worker is silent has failed.  Nothing runs it again.
--
-- A task is found by the hash of its id together with the principal it belongs
-- to; the id itself is nowhere.  Everything else refers to the row's number,
-- which opens nothing.
--
-- What happens to a task is told on the channel mcpbox_session, as a word, the
-- row's number and what it is about: op/news.h.

CREATE TABLE mcpbox.task (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
	principal text NOT NULL CHECK (length(principal) BETWEEN 1 AND 200),
	caller text NOT NULL, -- as in run_log
	request_id text NOT NULL, -- of the run, here and in every log
	tool_id uuid NOT NULL,
	server_id uuid NOT NULL,
	tool_name text NOT NULL, -- the full name, as it was then
	version integer NOT NULL,
	digest bytea NOT NULL,
	status text NOT NULL DEFAULT 'working' CHECK (status IN ('working',
	    'input_required', 'completed', 'failed', 'cancelled')),
	live boolean NOT NULL
	    GENERATED ALWAYS AS (status IN ('working', 'input_required')) STORED,
	status_message text CHECK (length(status_message) <= 2000),
	requests json, -- what the client is asked and has not answered, by key
	answers json, -- what its worker has not taken yet, by key
	asked text[] NOT NULL DEFAULT '{}', -- all keys there ever were
	result json, -- as it will be sent
	error json, -- {"code": …, "message": …}
	poll_ms integer NOT NULL CHECK (poll_ms > 0),
	ttl_ms bigint NOT NULL CHECK (ttl_ms > 0),
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	worker uuid NOT NULL, -- that holds the run
	held_until timestamptz NOT NULL,
	CHECK ((status = 'input_required') = (requests IS NOT NULL)),
	CHECK ((status = 'completed') = (result IS NOT NULL)),
	CHECK ((status = 'failed') = (error IS NOT NULL))
);

CREATE INDEX task_principal ON mcpbox.task (principal, expires_at);
CREATE INDEX task_worker ON mcpbox.task (worker) WHERE live;
CREATE INDEX task_held ON mcpbox.task (held_until) WHERE live;
CREATE INDEX task_expires ON mcpbox.task (expires_at);
CREATE INDEX task_server ON mcpbox.task (server_id, id);
CREATE INDEX task_tool ON mcpbox.task (tool_name, id);
CREATE INDEX task_status ON mcpbox.task (status, id);

-- How long a worker may be silent.  It speaks every HOST_BEAT_MS (web/host.h).
CREATE FUNCTION mcpbox.task_lease() RETURNS interval LANGUAGE sql IMMUTABLE
    AS $$ SELECT interval '20 seconds' $$;

-- Has the worker been silent for too long?  While PostgreSQL was down nobody
-- could speak, so all get their time after its start.
CREATE FUNCTION mcpbox.task_lost(p_held_until timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = mcpbox, pg_temp AS $$
	SELECT p_held_until < now()
	    AND pg_postmaster_start_time() < now() - task_lease()
$$;

-- Tells listeners that the task is not what it was.
CREATE FUNCTION mcpbox.task_tell() RETURNS trigger LANGUAGE plpgsql
    SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM pg_notify('mcpbox_session', 'task:' || NEW.id);
	RETURN NULL;
END $$;

CREATE TRIGGER task_tell AFTER UPDATE ON mcpbox.task
    FOR EACH ROW WHEN (OLD.updated_at <> NEW.updated_at)
    EXECUTE FUNCTION mcpbox.task_tell();

-- A new task, or no number and after how many seconds there may be room: its
-- principal has p_most_live under way, or p_most_kept in all.
CREATE FUNCTION mcpbox.task_create(p_hash bytea, p_principal text,
    p_caller text, p_request_id text, p_tool_id uuid, p_server_id uuid,
    p_tool_name text, p_version integer, p_digest bytea, p_poll_ms integer,
    p_ttl_ms bigint, p_worker uuid, p_most_live bigint, p_most_kept bigint,
    OUT number bigint, OUT is_live boolean, OUT retry_s integer)
    LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
DECLARE
	counted record;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('task'),
	    hashtext(p_principal));
	SELECT count(*) AS kept, min(t.expires_at) AS first,
	    count(*) FILTER (WHERE t.live AND NOT task_lost(t.held_until))
		AS live INTO counted
	    FROM task t
	    WHERE t.principal = p_principal AND t.expires_at > now();
	is_live := counted.live >= p_most_live;
	IF is_live OR counted.kept >= p_most_kept THEN
		number := 0;
		retry_s := CASE WHEN is_live THEN 5 ELSE greatest(1,
		    ceil(extract(epoch FROM counted.first - now()))) END;
		RETURN;
	END IF;
	INSERT INTO task (hash, principal, caller, request_id, tool_id,
	    server_id, tool_name, version, digest, poll_ms, ttl_ms,
	    expires_at, worker, held_until)
	VALUES (p_hash, p_principal, p_caller, p_request_id, p_tool_id,
	    p_server_id, p_tool_name, p_version, p_digest, p_poll_ms,
	    p_ttl_ms, now() + p_ttl_ms * interval '1 millisecond', p_worker,
	    now() + task_lease())
	RETURNING id INTO number;
	retry_s := 0;
END $$;

-- What of a client's answers was asked; false: there is no such task.  The
-- first answer to a question counts.
CREATE FUNCTION mcpbox.task_update(p_hash bytea, p_principal text,
    p_responses json) RETURNS boolean LANGUAGE plpgsql
    SET search_path = mcpbox, pg_temp AS $$
DECLARE
	t task%ROWTYPE;
	taken json;
	left_over json;
BEGIN
	SELECT * INTO t FROM task WHERE hash = p_hash
	    AND principal = p_principal AND expires_at > now() FOR UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF t.status <> 'input_required' THEN
		RETURN true;
	END IF;
	SELECT json_object_agg(r.key, a.value) FILTER (WHERE a.key IS NOT NULL),
	    json_object_agg(r.key, r.value) FILTER (WHERE a.key IS NULL)
	    INTO taken, left_over
	    FROM json_each(t.requests) r
	    LEFT JOIN (SELECT DISTINCT ON (e.key) e.key, e.value
		FROM json_each(p_responses) e) a ON a.key = r.key;
	IF taken IS NULL THEN
		RETURN true;
	END IF;
	IF t.answers IS NOT NULL THEN
		SELECT json_object_agg(e.key, e.value) INTO taken
		    FROM (SELECT * FROM json_each(t.answers)
			UNION ALL SELECT * FROM json_each(taken)) e;
	END IF;
	UPDATE task SET requests = left_over, answers = taken,
	    updated_at = clock_timestamp(), status = CASE
		WHEN left_over IS NULL THEN 'working' ELSE status END
	    WHERE id = t.id;
	PERFORM pg_notify('mcpbox_session', 'input:' || t.id);
	RETURN true;
END $$;

-- The tool asks: false when the task is over.  Keys are used once in the life
-- of a task.
CREATE FUNCTION mcpbox.task_ask(p_id bigint, p_worker uuid, p_requests json)
    RETURNS boolean LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
DECLARE
	t task%ROWTYPE;
	fresh json;
BEGIN
	SELECT * INTO t FROM task WHERE id = p_id AND worker = p_worker AND live
	    FOR UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF EXISTS (SELECT FROM json_object_keys(p_requests) k
	    WHERE k = ANY (t.asked)) THEN
		RAISE EXCEPTION 'a key of this task was used before'
		    USING ERRCODE = 'MB409';
	END IF;
	SELECT json_object_agg(e.key, e.value) INTO fresh
	    FROM (SELECT * FROM json_each(coalesce(t.requests, '{}'))
		UNION ALL SELECT * FROM json_each(p_requests)) e;
	UPDATE task SET requests = fresh, status = 'input_required',
	    asked = t.asked || ARRAY(SELECT json_object_keys(p_requests)),
	    updated_at = clock_timestamp()
	    WHERE id = p_id;
	RETURN true;
END $$;

-- Ends a task that is under way, and tells the worker that holds its run.
CREATE FUNCTION mcpbox.task_end(p_id bigint, p_why text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
BEGIN
	UPDATE task SET status = 'cancelled', status_message = p_why,
	    requests = NULL, answers = NULL, updated_at = clock_timestamp()
	    WHERE id = p_id AND live;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM pg_notify('mcpbox_session', 'stop:' || p_id || ':' || p_why);
	RETURN true;
END $$;

-- The same for people, who cannot write here otherwise.
CREATE FUNCTION mcpbox.task_stop(p_id bigint, p_why text) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
	SELECT task_end(p_id, p_why)
$$;

-- How it ended, as its worker says: false when it was over already.
CREATE FUNCTION mcpbox.task_finish(p_id bigint, p_worker uuid, p_status text,
    p_message text, p_result json, p_error json) RETURNS boolean
    LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
BEGIN
	UPDATE task SET status = p_status, status_message = p_message,
	    result = p_result, error = p_error, requests = NULL,
	    answers = NULL, updated_at = clock_timestamp()
	    WHERE id = p_id AND worker = p_worker AND live;
	RETURN FOUND;
END $$;

-- Tasks whose worker is gone have failed; those that are past their time end,
-- and then go.  What was under way is told to whoever may still run it.
CREATE FUNCTION mcpbox.task_fail_lost(p_id bigint) RETURNS void LANGUAGE sql
    SET search_path = mcpbox, pg_temp AS $$
	WITH lost AS (SELECT id FROM task
		WHERE live AND task_lost(held_until)
		    AND (p_id IS NULL OR id = p_id)
		FOR UPDATE SKIP LOCKED),
	failed AS (UPDATE task t SET status = 'failed', requests = NULL,
		answers = NULL, updated_at = clock_timestamp(),
		status_message = 'The process that ran the tool ended.',
		error = json_build_object('code', -32603, 'message',
		    'The process that ran the tool ended before the tool did. '
		    'The tool was not run again; look at what it did before '
		    'you repeat the call.')
		FROM lost WHERE t.id = lost.id RETURNING t.id)
	SELECT pg_notify('mcpbox_session',
	    'stop:' || id || ':the task was given up') FROM failed;
$$;

CREATE FUNCTION mcpbox.maintain_tasks() RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM task_fail_lost(NULL);
	PERFORM task_end(id, 'The time for which the task is kept is over.')
	    FROM task WHERE live AND expires_at < now();
	DELETE FROM task WHERE id IN (SELECT id FROM task
	    WHERE NOT live AND expires_at < now() - interval '1 minute'
	    LIMIT 10000 FOR UPDATE SKIP LOCKED);
END $$;

REVOKE ALL ON FUNCTION mcpbox.task_lease(), mcpbox.task_lost(timestamptz),
    mcpbox.task_tell(),
    mcpbox.task_create(bytea, text, text, text, uuid, uuid, text, integer,
	bytea, integer, bigint, uuid, bigint, bigint),
    mcpbox.task_update(bytea, text, json),
    mcpbox.task_ask(bigint, uuid, json),
    mcpbox.task_end(bigint, text), mcpbox.task_stop(bigint, text),
    mcpbox.task_finish(bigint, uuid, text, text, json, json),
    mcpbox.task_fail_lost(bigint), mcpbox.maintain_tasks()
    FROM PUBLIC;
