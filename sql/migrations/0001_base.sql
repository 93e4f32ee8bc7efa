-- The ground floor: how times leave the database, and the audit trail.
--
-- Applied by the owner role "mcpbox", whose schema of that name is already
-- there: migrate.sh keeps its own table in it.  Names are written out in full here and
-- in functions; the statements in sql/queries rely on search_path = mcpbox,
-- which every worker sets when it connects.

REVOKE ALL ON SCHEMA mcpbox FROM PUBLIC;

-- A time as clients see it: RFC 3339, UTC, milliseconds.
CREATE FUNCTION mcpbox.rfc3339(t timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE STRICT
    RETURN to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- Tells every worker that something it may have cached is old.  The argument
-- of the trigger is the payload: what kind of thing, never which one.
CREATE FUNCTION mcpbox.announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('mcpbox', TG_ARGV[0]);
	RETURN NULL;
END $$;

-- Refuses what must not happen to a table's rows; the argument says why.
CREATE FUNCTION mcpbox.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'MB403', MESSAGE = TG_ARGV[0];
END $$;

-- --- audit: who changed what -----------------------------------------------
--
-- A hash chain.  The hash of a row is
--
--   sha256(prev || f(seq) || f(at) || f(db_role) || f(actor) || f(ip) ||
--       f(request_id) || f(operation) || f(target_kind) || f(target_id) ||
--       f(before) || f(after))
--
-- where prev is the hash of the row before (32 zero bytes for the first), f of
-- a value is its length in bytes as decimal text, a colon, and its UTF-8 text;
-- f of NULL is a single minus sign.  seq is decimal; at is RFC 3339 in UTC
-- with six digits of the second ("2026-07-28T12:00:00.123456Z"); before and
-- after are the JSON text as stored, byte for byte (type json keeps it).
-- So anyone who holds an export can recompute it without our code.
--
-- seq has no gaps.  Nothing here refers to another table: the trail outlives
-- what it describes.

CREATE TABLE mcpbox.audit (
	seq bigint PRIMARY KEY,
	at timestamptz NOT NULL,
	db_role text NOT NULL, -- the login role that wrote it: not the caller's word
	actor text NOT NULL,
	ip text,
	request_id text,
	operation text NOT NULL,
	target_kind text,
	target_id text,
	before json,
	after json,
	prev bytea NOT NULL CHECK (octet_length(prev) = 32),
	hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);

CREATE INDEX audit_at ON mcpbox.audit (at);
CREATE INDEX audit_target ON mcpbox.audit (target_kind, target_id, seq);
CREATE INDEX audit_actor ON mcpbox.audit (actor, seq);

CREATE TRIGGER audit_is_final BEFORE UPDATE OR DELETE OR TRUNCATE
    ON mcpbox.audit FOR EACH STATEMENT
    EXECUTE FUNCTION mcpbox.refuse('The audit trail is final.');

-- The end of the chain; its row lock queues the writers.
CREATE TABLE mcpbox.audit_head (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	seq bigint NOT NULL,
	hash bytea NOT NULL
);

INSERT INTO mcpbox.audit_head (seq, hash)
VALUES (0, decode(repeat('00', 32), 'hex'));

CREATE FUNCTION mcpbox.audit_field(v text) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN v IS NULL THEN '-'::bytea
	ELSE convert_to(octet_length(convert_to(v, 'UTF8')) || ':' || v, 'UTF8')
	END;

CREATE FUNCTION mcpbox.audit_hash(a mcpbox.audit) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN sha256(a.prev
	|| mcpbox.audit_field(a.seq::text)
	|| mcpbox.audit_field(to_char(a.at AT TIME ZONE 'UTC',
	    'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
	|| mcpbox.audit_field(a.db_role)
	|| mcpbox.audit_field(a.actor)
	|| mcpbox.audit_field(a.ip)
	|| mcpbox.audit_field(a.request_id)
	|| mcpbox.audit_field(a.operation)
	|| mcpbox.audit_field(a.target_kind)
	|| mcpbox.audit_field(a.target_id)
	|| mcpbox.audit_field(a.before::text)
	|| mcpbox.audit_field(a.after::text));

-- The only way in.  Call it as the last statement of a transaction: it holds
-- the head until the end, and whoever waits for it must not be waited for.
CREATE FUNCTION mcpbox.audit_append(p_actor text, p_ip text,
    p_request_id text, p_operation text, p_target_kind text,
    p_target_id text, p_before json, p_after json)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = mcpbox, pg_temp AS $$
DECLARE
	a audit;
BEGIN
	SELECT h.seq + 1, h.hash INTO STRICT a.seq, a.prev
	    FROM audit_head h FOR UPDATE;
	a.at := clock_timestamp(); -- after the lock: in the order of seq
	a.db_role := session_user;
	a.actor := p_actor;
	a.ip := p_ip;
	a.request_id := p_request_id;
	a.operation := p_operation;
	a.target_kind := p_target_kind;
	a.target_id := p_target_id;
	a.before := p_before;
	a.after := p_after;
	a.hash := audit_hash(a);
	INSERT INTO audit SELECT a.*;
	UPDATE audit_head SET seq = a.seq, hash = a.hash;
END $$;

-- The first row that does not fit, or NULL: for a look from inside.  A gap
-- shows as a wrong prev.
CREATE FUNCTION mcpbox.audit_broken_at() RETURNS bigint
    LANGUAGE sql STABLE SET search_path = mcpbox, pg_temp
BEGIN ATOMIC
	SELECT min(x.seq) FROM (
		SELECT a.seq, a.hash <> mcpbox.audit_hash(a)
		    OR a.prev <> coalesce(lag(a.hash) OVER w,
			decode(repeat('00', 32), 'hex'))
		    OR a.seq <> coalesce(lag(a.seq) OVER w, 0) + 1 AS bad
		FROM mcpbox.audit a WINDOW w AS (ORDER BY a.seq)) x
	WHERE x.bad;
END;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA mcpbox FROM PUBLIC;
