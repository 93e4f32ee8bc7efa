-- Sessions of legacy MCP clients (2025-03-26 to 2025-11-25), and what such a
-- client may have to fetch again.
--
-- A session is found by the hash of its id together with the principal it
-- belongs to; the id itself is nowhere.  Everything else refers to the row's
-- number, which means nothing outside.
--
-- What concerns one session is told on the channel mcpbox_session, as a word,
-- the session's number and what it is about: op/news.h.

CREATE TABLE mcpbox.mcp_session (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
	principal text NOT NULL CHECK (length(principal) BETWEEN 1 AND 200),
	revision text NOT NULL
	    CHECK (revision IN ('2025-03-26', '2025-06-18', '2025-11-25')),
	client text NOT NULL CHECK (length(client) <= 200), -- what it calls itself
	capabilities json NOT NULL, -- the client's
	log_level text CHECK (log_level IN ('debug', 'info', 'notice', 'warning',
	    'error', 'critical', 'alert', 'emergency')),
	-- The standalone stream: which worker holds it, and which one of its.
	listen_worker uuid,
	listen_serial bigint,
	created_at timestamptz NOT NULL DEFAULT now(),
	last_seen_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL DEFAULT now() + interval '1 day',
	CHECK ((listen_worker IS NULL) = (listen_serial IS NULL))
);

CREATE INDEX mcp_session_idle ON mcpbox.mcp_session (principal, last_seen_at);
CREATE INDEX mcp_session_over ON mcpbox.mcp_session (expires_at);

-- Resources that a client wants to hear about.
CREATE TABLE mcpbox.mcp_subscription (
	session_id bigint NOT NULL
	    REFERENCES mcpbox.mcp_session ON DELETE CASCADE,
	uri text NOT NULL CHECK (length(uri) BETWEEN 1 AND 2000),
	PRIMARY KEY (session_id, uri)
);

CREATE INDEX mcp_subscription_uri ON mcpbox.mcp_subscription (uri);

-- Workers that hold standalone streams, or wait for calls whose events are
-- kept.  What follows is unlogged: after a crash of the server nobody waits
-- for it any more.
CREATE UNLOGGED TABLE mcpbox.mcp_worker (
	id uuid PRIMARY KEY,
	alive_until timestamptz NOT NULL
);

-- The answer to one call as a stream of events, seq from 1.
CREATE UNLOGGED TABLE mcpbox.mcp_stream (
	session_id bigint NOT NULL
	    REFERENCES mcpbox.mcp_session ON DELETE CASCADE,
	name text NOT NULL CHECK (name ~ '^[A-Za-z0-9_-]{1,32}$'),
	last_seq integer NOT NULL,
	done boolean NOT NULL,
	worker uuid NOT NULL, -- that waits for the call
	request text NOT NULL, -- the id that the answer will have, as JSON
	follower bigint, -- who sends it on instead of the call's own connection
	touched_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (session_id, name)
);

CREATE INDEX mcp_stream_touched ON mcpbox.mcp_stream (touched_at);

CREATE UNLOGGED TABLE mcpbox.mcp_event (
	session_id bigint NOT NULL,
	stream text NOT NULL,
	seq integer NOT NULL CHECK (seq > 0),
	data text NOT NULL, -- a JSON-RPC message on one line
	PRIMARY KEY (session_id, stream, seq),
	FOREIGN KEY (session_id, stream) REFERENCES mcpbox.mcp_stream
	    ON DELETE CASCADE
);

-- Questions to a client, and its answers.
CREATE UNLOGGED TABLE mcpbox.mcp_ask (
	session_id bigint NOT NULL
	    REFERENCES mcpbox.mcp_session ON DELETE CASCADE,
	id text NOT NULL CHECK (length(id) BETWEEN 1 AND 64),
	answer json, -- {"result": …} or {"error": …}
	asked_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (session_id, id)
);

CREATE INDEX mcp_ask_at ON mcpbox.mcp_ask (asked_at);

-- --- sessions -----------------------------------------------------------------

CREATE FUNCTION mcpbox.mcp_worker_alive(p_worker uuid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = mcpbox, pg_temp AS $$
	SELECT EXISTS (SELECT FROM mcp_worker w
	    WHERE w.id = p_worker AND w.alive_until > now())
$$;

-- Renews a worker's lease, unless that was done just now.
CREATE FUNCTION mcpbox.mcp_worker_lease(p_worker uuid) RETURNS void
    LANGUAGE sql SET search_path = mcpbox, pg_temp AS $$
	INSERT INTO mcp_worker (id, alive_until)
	VALUES (p_worker, now() + interval '25 seconds')
	ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until
	    WHERE mcp_worker.alive_until < now() + interval '20 seconds'
$$;

-- A new session, NULL when its principal has `most` and all are in use.  The
-- one that was idle longest makes room.
CREATE FUNCTION mcpbox.mcp_session_open(p_hash bytea, p_principal text,
    p_revision text, p_client text, p_capabilities json, p_most integer)
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
	INSERT INTO mcp_session (hash, principal, revision, client, capabilities)
	VALUES (p_hash, p_principal, p_revision, p_client, p_capabilities)
	RETURNING id INTO made;
	RETURN made;
END $$;

-- Gives the session's standalone stream to a worker: false when another one
-- has it and lives, unless it is to be taken over.  The lease is renewed in
-- the same breath, so that it is never younger than what it stands for.
CREATE FUNCTION mcpbox.mcp_session_listen(p_session bigint, p_worker uuid,
    p_serial bigint, p_take boolean) RETURNS boolean LANGUAGE plpgsql
    SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM mcp_worker_lease(p_worker);
	UPDATE mcp_session SET listen_worker = p_worker, listen_serial = p_serial
	    WHERE id = p_session AND (p_take OR listen_worker IS NULL
		OR NOT mcp_worker_alive(listen_worker));
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM pg_notify('mcpbox_session',
	    'listen:' || p_session || ':' || p_serial);
	RETURN true;
END $$;

-- --- streams ------------------------------------------------------------------

-- Adds events p_first, p_first + 1, …; returns who follows the stream, told
-- here that there is more, or NULL.  The lock on the stream's row orders this
-- against mcp_stream_follow: the follower either sees these events or is told.
CREATE FUNCTION mcpbox.mcp_stream_append(p_session bigint, p_name text,
    p_worker uuid, p_request text, p_first integer, p_events text[],
    p_done boolean) RETURNS bigint
    LANGUAGE plpgsql SET search_path = mcpbox, pg_temp AS $$
DECLARE
	who bigint;
BEGIN
	PERFORM mcp_worker_lease(p_worker);
	INSERT INTO mcp_stream (session_id, name, worker, request, last_seq,
	    done)
	VALUES (p_session, p_name, p_worker, p_request,
	    p_first - 1 + cardinality(p_events), p_done)
	ON CONFLICT (session_id, name) DO UPDATE
	    SET last_seq = excluded.last_seq, done = excluded.done,
		touched_at = now()
	RETURNING follower INTO who;
	INSERT INTO mcp_event (session_id, stream, seq, data)
	SELECT p_session, p_name, p_first - 1 + e.nr, e.data
	    FROM unnest(p_events) WITH ORDINALITY AS e (data, nr);
	IF who IS NOT NULL THEN
		PERFORM pg_notify('mcpbox_session',
		    'stream:' || p_session || ':' || p_name);
	END IF;
	RETURN who;
END $$;

-- From now on p_follower sends it on, and nobody else; false: no such stream.
CREATE FUNCTION mcpbox.mcp_stream_follow(p_session bigint, p_name text,
    p_follower bigint) RETURNS boolean LANGUAGE plpgsql
    SET search_path = mcpbox, pg_temp AS $$
BEGIN
	UPDATE mcp_stream SET follower = p_follower, touched_at = now()
	    WHERE session_id = p_session AND name = p_name;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM pg_notify('mcpbox_session',
	    'stream:' || p_session || ':' || p_name);
	RETURN true;
END $$;

-- --- what is over ---------------------------------------------------------------

-- An event that was not fetched within minutes of the end never will be.
CREATE FUNCTION mcpbox.maintain_mcp() RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
	DELETE FROM mcp_worker WHERE alive_until < now() - interval '1 hour';
	DELETE FROM mcp_session WHERE expires_at < now()
	    AND NOT mcp_worker_alive(listen_worker);
	DELETE FROM mcp_stream WHERE touched_at < now() - interval '1 hour'
	    OR (done AND touched_at < now() - interval '5 minutes');
	DELETE FROM mcp_ask WHERE asked_at < now() - interval '1 hour';
$$;

REVOKE ALL ON FUNCTION mcpbox.mcp_worker_alive(uuid),
    mcpbox.mcp_worker_lease(uuid),
    mcpbox.mcp_session_open(bytea, text, text, text, json, integer),
    mcpbox.mcp_session_listen(bigint, uuid, bigint, boolean),
    mcpbox.mcp_stream_append(bigint, text, uuid, text, integer, text[],
	boolean),
    mcpbox.mcp_stream_follow(bigint, text, bigint),
    mcpbox.maintain_mcp() FROM PUBLIC;
