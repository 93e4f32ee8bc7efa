-- People: accounts, what they sign in with, and what slows down guessing.
--
-- A session is one sign-in.  The page holds it by a cookie, a script by a
-- pair of tokens; revoking the row ends either on every worker at once,
-- because each request looks at the row.  Nothing here can be presented as a
-- credential: cookies and refresh tokens are stored as SHA-256.

CREATE TABLE mcpbox.account (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	username text NOT NULL
	    CHECK (username ~ '^[a-zA-Z][a-zA-Z0-9_]{2,49}$'),
	password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
	-- Moves with each change of password; sessions of another one are over.
	password_version integer NOT NULL DEFAULT 1 CHECK (password_version > 0),
	role text NOT NULL
	    CHECK (role IN ('viewer', 'operator', 'reviewer', 'admin')),
	is_active boolean NOT NULL DEFAULT true,
	last_login_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now()
);

-- Anna and anna are one person.
CREATE UNIQUE INDEX account_username ON mcpbox.account (lower(username));

-- At most one row, ever: the first account can be made once, even when two
-- requests race or all accounts are gone later.
CREATE TABLE mcpbox.setup_done (
	single boolean PRIMARY KEY DEFAULT true CHECK (single),
	account_id uuid NOT NULL,
	done_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE mcpbox.session (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	account_id uuid NOT NULL REFERENCES mcpbox.account ON DELETE CASCADE,
	kind text NOT NULL CHECK (kind IN ('cookie', 'token')),
	cookie_hash bytea UNIQUE CHECK (octet_length(cookie_hash) = 32),
	password_version integer NOT NULL,
	ip text NOT NULL CHECK (length(ip) <= 64),
	user_agent text NOT NULL CHECK (length(user_agent) <= 256),
	created_at timestamptz NOT NULL DEFAULT now(),
	last_seen_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	revoked_at timestamptz,
	revoked_why text
	    CHECK (revoked_why IN ('logout', 'password', 'reuse', 'replaced')),
	CHECK ((kind = 'cookie') = (cookie_hash IS NOT NULL)),
	CHECK ((revoked_at IS NULL) = (revoked_why IS NULL))
);

CREATE INDEX session_account ON mcpbox.session (account_id);

-- One row a refresh token.  A used one stays while its session lives: seeing
-- it again means that two parties hold it.
CREATE TABLE mcpbox.refresh_token (
	hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
	session_id uuid NOT NULL REFERENCES mcpbox.session ON DELETE CASCADE,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	used_at timestamptz
);

CREATE INDEX refresh_token_session ON mcpbox.refresh_token (session_id);

-- Attempts since the last success, by account name (whether or not there is
-- such an account) and by client address.
CREATE TABLE mcpbox.login_failure (
	kind text NOT NULL CHECK (kind IN ('account', 'address')),
	who text NOT NULL CHECK (length(who) <= 64),
	attempts integer NOT NULL CHECK (attempts > 0),
	last_at timestamptz NOT NULL,
	blocked_until timestamptz NOT NULL,
	PRIMARY KEY (kind, who)
);

-- Counts one attempt of one kind: `free` attempts cost nothing, then each
-- doubles the wait, from a second up to `most`.  Returns the seconds still to
-- wait, 0 = go on.  While blocked nothing is counted: waiting is enough.
CREATE FUNCTION mcpbox.login_count(p_kind text, p_who text, p_free integer,
    p_most interval) RETURNS integer LANGUAGE plpgsql
    SET search_path = mcpbox, pg_temp AS $$
DECLARE
	f login_failure;
	moment timestamptz;
BEGIN
	INSERT INTO login_failure (kind, who, attempts, last_at, blocked_until)
	VALUES (p_kind, p_who, 1, now(), now())
	ON CONFLICT (kind, who) DO NOTHING;
	IF FOUND THEN
		RETURN 0;
	END IF;
	SELECT * INTO f FROM login_failure
	    WHERE kind = p_kind AND who = p_who FOR UPDATE;
	IF NOT FOUND THEN -- cleared by a success in between
		RETURN 0;
	END IF;
	moment := clock_timestamp(); -- the lock may have taken a while
	IF f.blocked_until > moment THEN
		RETURN ceil(extract(epoch FROM f.blocked_until - moment));
	END IF;
	IF f.last_at < moment - interval '1 day' THEN
		f.attempts := 0;
	END IF;
	f.attempts := least(f.attempts + 1, 1000);
	UPDATE login_failure SET attempts = f.attempts, last_at = moment,
	    blocked_until = moment + CASE WHEN f.attempts < p_free
		THEN interval '0'
		ELSE least(p_most, interval '1 second'
		    * 2 ^ least(f.attempts - p_free, 20)) END
	    WHERE kind = p_kind AND who = p_who;
	RETURN 0;
END $$;

-- The policy of the back-off.  An attempt is counted before the password is
-- looked at, so that parallel guesses cannot all slip through one gap; a
-- success takes the count back.  The cap by name is the lower one: a stranger
-- can make the owner of a name wait, but not for long.  Both functions lock
-- the address first.
CREATE FUNCTION mcpbox.login_attempt(p_account text, p_address text)
    RETURNS integer LANGUAGE plpgsql
    SET search_path = mcpbox, pg_temp AS $$
DECLARE
	wait integer := login_count('address', p_address, 20, '15 minutes');
BEGIN
	IF wait = 0 THEN
		wait := login_count('account', p_account, 5, '5 minutes');
	END IF;
	RETURN wait;
END $$;

CREATE FUNCTION mcpbox.login_success(p_account text, p_address text)
    RETURNS void LANGUAGE sql SET search_path = mcpbox, pg_temp AS $$
	DELETE FROM login_failure WHERE kind = 'address' AND who = p_address;
	DELETE FROM login_failure WHERE kind = 'account' AND who = p_account;
$$;

-- Is this access token's session alive, and whose is it?  The one thing about
-- accounts that the gateway's role may ask; it cannot list anything.
CREATE FUNCTION mcpbox.token_state(p_session uuid, p_account uuid,
    p_password_version integer)
    RETURNS TABLE (username text, role text) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
	SELECT a.username, a.role FROM session s
	JOIN account a ON a.id = s.account_id
	WHERE s.id = p_session AND s.kind = 'token' AND a.id = p_account
	    AND s.revoked_at IS NULL AND s.expires_at > now()
	    AND s.password_version = p_password_version
	    AND a.password_version = p_password_version AND a.is_active
$$;

-- Forgets what is over; called by maintain().
CREATE FUNCTION mcpbox.maintain_accounts() RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
	DELETE FROM session WHERE expires_at < now() - interval '1 day'
	    OR revoked_at < now() - interval '1 day';
	DELETE FROM refresh_token WHERE expires_at < now() - interval '1 day';
	DELETE FROM login_failure WHERE last_at < now() - interval '1 day';
$$;

REVOKE ALL ON FUNCTION
    mcpbox.login_count(text, text, integer, interval),
    mcpbox.login_attempt(text, text), mcpbox.login_success(text, text),
    mcpbox.token_state(uuid, uuid, integer),
    mcpbox.maintain_accounts() FROM PUBLIC;
