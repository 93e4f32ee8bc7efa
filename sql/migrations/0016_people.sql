-- People, as they come and go: roles, invitations, second factors, tokens for
-- programs, and the rule of two.

-- --- what the house asks of its people ---------------------------------------

CREATE TABLE mcpbox.people_policy (
	single boolean PRIMARY KEY DEFAULT true CHECK (single),
	-- May who wrote something approve it?
	author_may_approve boolean NOT NULL DEFAULT true,
	-- So many people approve a version of a tool.
	approvals_needed integer NOT NULL DEFAULT 1
	    CHECK (approvals_needed BETWEEN 1 AND 5),
	-- Without a second factor an admin can set one up, and nothing else.
	admins_need_totp boolean NOT NULL DEFAULT false,
	updated_by text,
	updated_at timestamptz
);
INSERT INTO mcpbox.people_policy DEFAULT VALUES;

-- --- there is always an admin ---------------------------------------------------

-- Two admins who remove each other at the same time queue at the lock; the
-- second sees what the first did.
CREATE FUNCTION mcpbox.account_keeps_admin() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('mcpbox admins'));
	IF NOT EXISTS (SELECT FROM account
	    WHERE role = 'admin' AND is_active) THEN
		RAISE EXCEPTION USING ERRCODE = 'MB409', MESSAGE =
		    'This is the last active admin. Make another one first.';
	END IF;
	RETURN NULL;
END $$;

CREATE TRIGGER account_last_admin AFTER UPDATE OF role, is_active
    ON mcpbox.account FOR EACH ROW
    WHEN (OLD.role = 'admin' AND OLD.is_active
	AND (NEW.role <> 'admin' OR NOT NEW.is_active))
    EXECUTE FUNCTION mcpbox.account_keeps_admin();
CREATE TRIGGER account_last_admin_delete AFTER DELETE
    ON mcpbox.account FOR EACH ROW
    WHEN (OLD.role = 'admin' AND OLD.is_active)
    EXECUTE FUNCTION mcpbox.account_keeps_admin();

CREATE INDEX account_list ON mcpbox.account (created_at, id);

ALTER TABLE mcpbox.session DROP CONSTRAINT session_revoked_why_check;
ALTER TABLE mcpbox.session ADD CONSTRAINT session_revoked_why_check
    CHECK (revoked_why IN ('logout', 'password', 'reuse', 'replaced',
	'revoked', 'disabled'));

-- --- one-time links ---------------------------------------------------------------

-- An invitation makes an account with its role; a reset gives an account a
-- new password.  Whoever holds the link is whom it is for, so it works once,
-- for some time, and only its hash is here.
CREATE TABLE mcpbox.invite (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	kind text NOT NULL CHECK (kind IN ('invite', 'reset')),
	token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
	role text CHECK (role IN ('viewer', 'operator', 'reviewer', 'admin')),
	-- Whose reset it is; who came of an invitation.
	account_id uuid REFERENCES mcpbox.account ON DELETE CASCADE,
	note text NOT NULL DEFAULT '' CHECK (length(note) <= 200),
	remove_totp boolean NOT NULL DEFAULT false,
	created_by text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	used_at timestamptz,
	CHECK ((kind = 'invite') = (role IS NOT NULL)),
	CHECK (kind = 'invite' OR account_id IS NOT NULL)
);

CREATE INDEX invite_list ON mcpbox.invite (created_at, id);
CREATE UNIQUE INDEX invite_reset ON mcpbox.invite (account_id)
    WHERE kind = 'reset' AND used_at IS NULL;

-- --- the second factor --------------------------------------------------------------

CREATE TABLE mcpbox.totp (
	account_id uuid PRIMARY KEY REFERENCES mcpbox.account ON DELETE CASCADE,
	sealed bytea NOT NULL, -- the key, in an envelope (noun/factor)
	confirmed_at timestamptz, -- NULL: a code of it was never seen
	-- The time step of the last code that was taken: none is taken twice.
	last_step bigint NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE mcpbox.recovery_code (
	account_id uuid NOT NULL REFERENCES mcpbox.totp ON DELETE CASCADE,
	hash bytea NOT NULL CHECK (octet_length(hash) = 32),
	used_at timestamptz,
	PRIMARY KEY (account_id, hash)
);

-- Does the policy ask this person for a second factor that is not there?
CREATE FUNCTION mcpbox.account_must_enrol(p_account uuid, p_role text)
    RETURNS boolean LANGUAGE sql STABLE
    SET search_path = mcpbox, pg_temp AS $$
	SELECT p_role = 'admin'
	    AND (SELECT admins_need_totp FROM people_policy)
	    AND NOT EXISTS (SELECT FROM totp t WHERE t.account_id = p_account
		AND t.confirmed_at IS NOT NULL)
$$;

-- --- tokens of programs -----------------------------------------------------------

-- A token belongs to a person and can do what it was made for, as long as the
-- person could: `scopes` count for MCP, `role` for the API.
CREATE TABLE mcpbox.api_token (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	account_id uuid NOT NULL REFERENCES mcpbox.account ON DELETE CASCADE,
	name text NOT NULL
	    CHECK (name ~ '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,39}$'),
	prefix text NOT NULL CHECK (length(prefix) BETWEEN 4 AND 16),
	hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
	scopes text[] NOT NULL
	    CHECK (scopes <@ ARRAY['reader', 'caller', 'author']),
	role text CHECK (role IN ('viewer', 'operator', 'reviewer', 'admin')),
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	last_used_at timestamptz,
	last_used_ip text CHECK (length(last_used_ip) <= 64),
	revoked_at timestamptz,
	CHECK (role IS NOT NULL OR cardinality(scopes) > 0)
);

CREATE UNIQUE INDEX api_token_name ON mcpbox.api_token (account_id, name)
    WHERE revoked_at IS NULL;
CREATE INDEX api_token_list ON mcpbox.api_token (created_at, id);

-- Whose token is this, and what is it for?  Notes its use, once a minute.  The
-- gateway's role may ask it, for a hash that it was given.
CREATE FUNCTION mcpbox.api_token_use(p_hash bytea, p_ip text)
    RETURNS TABLE (account_id uuid, username text, role text,
	must_enrol boolean, token_name text, token_role text, scopes text[])
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = mcpbox, pg_temp AS $$
#variable_conflict use_column
BEGIN
	UPDATE api_token SET last_used_at = now(), last_used_ip = p_ip
	    WHERE hash = p_hash AND revoked_at IS NULL AND expires_at > now()
		AND (last_used_at IS NULL
		    OR last_used_at < now() - interval '1 minute');
	RETURN QUERY SELECT a.id, a.username, a.role,
	    account_must_enrol(a.id, a.role), t.name, t.role, t.scopes
	    FROM api_token t JOIN account a ON a.id = t.account_id
	    WHERE t.hash = p_hash AND t.revoked_at IS NULL
		AND t.expires_at > now() AND a.is_active;
END $$;

DROP FUNCTION mcpbox.token_state(uuid, uuid, integer);
CREATE FUNCTION mcpbox.token_state(p_session uuid, p_account uuid,
    p_password_version integer)
    RETURNS TABLE (username text, role text, must_enrol boolean)
    LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
	SELECT a.username, a.role, account_must_enrol(a.id, a.role)
	FROM session s
	JOIN account a ON a.id = s.account_id
	WHERE s.id = p_session AND s.kind = 'token' AND a.id = p_account
	    AND s.revoked_at IS NULL AND s.expires_at > now()
	    AND s.password_version = p_password_version
	    AND a.password_version = p_password_version AND a.is_active
$$;

-- --- guessing, and those who only want to get in -------------------------------------

-- Whoever guesses at a name makes its owner wait.  So an address from which
-- the owner signed in before is counted by itself: a stranger elsewhere is
-- slowed down, the owner at the usual place is not.
CREATE TABLE mcpbox.login_known (
	account_id uuid NOT NULL REFERENCES mcpbox.account ON DELETE CASCADE,
	address text NOT NULL CHECK (length(address) <= 64),
	seen_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (account_id, address)
);

ALTER TABLE mcpbox.login_failure DROP CONSTRAINT login_failure_kind_check;
ALTER TABLE mcpbox.login_failure ADD CONSTRAINT login_failure_kind_check
    CHECK (kind IN ('account', 'address', 'pair'));
ALTER TABLE mcpbox.login_failure DROP CONSTRAINT login_failure_who_check;
ALTER TABLE mcpbox.login_failure ADD CONSTRAINT login_failure_who_check
    CHECK (length(who) <= 128);

CREATE FUNCTION mcpbox.login_is_known(p_account text, p_address text)
    RETURNS boolean LANGUAGE sql STABLE
    SET search_path = mcpbox, pg_temp AS $$
	SELECT EXISTS (SELECT FROM login_known k
	    JOIN account a ON a.id = k.account_id
	    WHERE lower(a.username) = p_account AND k.address = p_address)
$$;

CREATE OR REPLACE FUNCTION mcpbox.login_attempt(p_account text,
    p_address text) RETURNS integer LANGUAGE plpgsql
    SET search_path = mcpbox, pg_temp AS $$
DECLARE
	wait integer := login_count('address', p_address, 20, '15 minutes');
BEGIN
	IF wait > 0 THEN
		RETURN wait;
	END IF;
	IF login_is_known(p_account, p_address) THEN
		RETURN login_count('pair', p_account || '@' || p_address, 5,
		    '5 minutes');
	END IF;
	RETURN login_count('account', p_account, 5, '5 minutes');
END $$;

-- Takes back what this sign-in was counted as, and remembers the place.
CREATE OR REPLACE FUNCTION mcpbox.login_success(p_account text,
    p_address text) RETURNS void LANGUAGE plpgsql
    SET search_path = mcpbox, pg_temp AS $$
BEGIN
	DELETE FROM login_failure WHERE kind = 'address' AND who = p_address;
	IF login_is_known(p_account, p_address) THEN
		DELETE FROM login_failure WHERE kind = 'pair'
		    AND who = p_account || '@' || p_address;
	ELSE
		DELETE FROM login_failure
		    WHERE kind = 'account' AND who = p_account;
	END IF;
	INSERT INTO login_known (account_id, address)
	SELECT a.id, p_address FROM account a
	WHERE lower(a.username) = p_account
	ON CONFLICT (account_id, address) DO UPDATE SET seen_at = now();
END $$;

-- --- the rule of two -------------------------------------------------------------------

-- A vote is for what the reviewer saw.  It counts while that is what would be
-- approved and the voter may still decide.
CREATE TABLE mcpbox.approval_vote (
	tool_id uuid NOT NULL REFERENCES mcpbox.tool ON DELETE CASCADE,
	account_id uuid NOT NULL REFERENCES mcpbox.account ON DELETE CASCADE,
	version integer NOT NULL,
	digest bytea NOT NULL CHECK (octet_length(digest) = 32),
	powers_digest bytea NOT NULL CHECK (octet_length(powers_digest) = 32),
	voted_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tool_id, account_id)
);

-- "person:anna", "client:anna/ci": anna.  What no account wrote: NULL.
CREATE FUNCTION mcpbox.actor_account(p_actor text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(substring(p_actor
	FROM '^(?:person|client|token):([a-zA-Z0-9_]+)(?:/|$)'));

-- Did this person, or a program of theirs, write any of what an approval of
-- this version would bring into force?
CREATE FUNCTION mcpbox.approval_is_author(p_tool uuid, p_version integer,
    p_username text) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = mcpbox, pg_temp AS $$
	SELECT EXISTS (SELECT FROM tool_version v
	    WHERE v.tool_id = p_tool AND v.version <= p_version
		AND v.version > coalesce((SELECT a.version FROM approval a
		    WHERE a.tool_id = p_tool AND a.version < p_version), 0)
		AND actor_account(v.created_by) = lower(p_username))
$$;

CREATE FUNCTION mcpbox.approval_votes(p_tool uuid, p_version integer,
    p_digest bytea, p_powers_digest bytea)
    RETURNS TABLE (username text, voted_at timestamptz) LANGUAGE sql STABLE
    SET search_path = mcpbox, pg_temp AS $$
	SELECT a.username, v.voted_at
	FROM approval_vote v JOIN account a ON a.id = v.account_id
	CROSS JOIN people_policy p
	WHERE v.tool_id = p_tool AND v.version = p_version
	    AND v.digest = p_digest AND v.powers_digest = p_powers_digest
	    AND a.is_active AND a.role IN ('reviewer', 'admin')
	    AND (p.author_may_approve OR NOT
		approval_is_author(p_tool, p_version, a.username))
	ORDER BY v.voted_at, a.username
$$;

-- Casts the vote of an account; how many there are then, and are needed.
CREATE FUNCTION mcpbox.approval_vote_cast(p_tool uuid, p_version integer,
    p_digest bytea, p_powers_digest bytea, p_account uuid)
    RETURNS TABLE (given bigint, needed integer) LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
DECLARE
	policy people_policy;
	voter account;
BEGIN
	SELECT * INTO STRICT policy FROM people_policy;
	SELECT * INTO voter FROM account a WHERE a.id = p_account;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MB403', MESSAGE =
		    'Only people with an account approve.';
	END IF;
	IF NOT policy.author_may_approve
	    AND approval_is_author(p_tool, p_version, voter.username) THEN
		RAISE EXCEPTION USING ERRCODE = 'MB409', MESSAGE =
		    'You wrote a part of this. Somebody else must approve it.';
	END IF;
	INSERT INTO approval_vote AS v (tool_id, account_id, version, digest,
	    powers_digest)
	VALUES (p_tool, p_account, p_version, p_digest, p_powers_digest)
	ON CONFLICT (tool_id, account_id) DO UPDATE SET
	    version = EXCLUDED.version, digest = EXCLUDED.digest,
	    powers_digest = EXCLUDED.powers_digest, voted_at = now();
	RETURN QUERY SELECT count(*), policy.approvals_needed
	    FROM approval_votes(p_tool, p_version, p_digest, p_powers_digest);
END $$;

-- The same rule once more, for whatever writes an approval.
CREATE FUNCTION mcpbox.approval_quorum_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
DECLARE
	policy people_policy;
BEGIN
	SELECT * INTO STRICT policy FROM people_policy;
	IF policy.approvals_needed = 1 AND policy.author_may_approve THEN
		RETURN NEW;
	END IF;
	IF (SELECT count(*) FROM approval_votes(NEW.tool_id, NEW.version,
	    NEW.digest, NEW.powers_digest)) < policy.approvals_needed THEN
		RAISE EXCEPTION USING ERRCODE = 'MB409', MESSAGE =
		    'More people must approve this first.';
	END IF;
	RETURN NEW;
END $$;

CREATE TRIGGER approval_quorum BEFORE INSERT OR UPDATE ON mcpbox.approval
    FOR EACH ROW EXECUTE FUNCTION mcpbox.approval_quorum_guard();

-- What is taken back or refused begins anew.
CREATE FUNCTION mcpbox.approval_votes_end() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		DELETE FROM approval_vote WHERE tool_id = OLD.tool_id;
	ELSE
		DELETE FROM approval_vote WHERE tool_id = NEW.tool_id;
	END IF;
	RETURN NULL;
END $$;

CREATE TRIGGER approval_votes_end AFTER DELETE ON mcpbox.approval
    FOR EACH ROW EXECUTE FUNCTION mcpbox.approval_votes_end();
CREATE TRIGGER rejection_votes_end AFTER INSERT OR UPDATE ON mcpbox.rejection
    FOR EACH ROW EXECUTE FUNCTION mcpbox.approval_votes_end();

-- Network access: one decides, but not who asked.
CREATE FUNCTION mcpbox.network_access_two() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	IF NOT (SELECT author_may_approve FROM people_policy)
	    AND actor_account(NEW.requested_by)
		= actor_account(NEW.decided_by) THEN
		RAISE EXCEPTION USING ERRCODE = 'MB409', MESSAGE =
		    'Network access that you ask for, somebody else must '
		    'approve.';
	END IF;
	RETURN NEW;
END $$;

CREATE TRIGGER network_access_two_update BEFORE UPDATE
    ON mcpbox.network_access FOR EACH ROW
    WHEN (OLD.status <> 'approved' AND NEW.status = 'approved')
    EXECUTE FUNCTION mcpbox.network_access_two();
CREATE TRIGGER network_access_two_insert BEFORE INSERT
    ON mcpbox.network_access FOR EACH ROW WHEN (NEW.status = 'approved')
    EXECUTE FUNCTION mcpbox.network_access_two();

-- --- the audit trail, read ------------------------------------------------------------

CREATE INDEX audit_operation ON mcpbox.audit (operation, seq);
CREATE INDEX audit_target_id ON mcpbox.audit (target_id, seq);

-- --- what is over -----------------------------------------------------------------------

CREATE OR REPLACE FUNCTION mcpbox.maintain_accounts() RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
	DELETE FROM session WHERE expires_at < now() - interval '1 day'
	    OR revoked_at < now() - interval '1 day';
	DELETE FROM refresh_token WHERE expires_at < now() - interval '1 day';
	DELETE FROM login_failure WHERE last_at < now() - interval '1 day';
	DELETE FROM login_known WHERE seen_at < now() - interval '90 days';
	DELETE FROM invite WHERE used_at < now() - interval '30 days'
	    OR expires_at < now() - interval '30 days';
	DELETE FROM api_token WHERE revoked_at < now() - interval '30 days'
	    OR expires_at < now() - interval '30 days';
	DELETE FROM totp WHERE confirmed_at IS NULL
	    AND created_at < now() - interval '1 day';
$$;

REVOKE ALL ON FUNCTION mcpbox.account_keeps_admin(),
    mcpbox.account_must_enrol(uuid, text), mcpbox.api_token_use(bytea, text),
    mcpbox.token_state(uuid, uuid, integer),
    mcpbox.login_is_known(text, text),
    mcpbox.actor_account(text),
    mcpbox.approval_is_author(uuid, integer, text),
    mcpbox.approval_votes(uuid, integer, bytea, bytea),
    mcpbox.approval_vote_cast(uuid, integer, bytea, bytea, uuid),
    mcpbox.approval_quorum_guard(), mcpbox.approval_votes_end(),
    mcpbox.network_access_two() FROM PUBLIC;
