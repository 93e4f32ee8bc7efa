-- Secrets of servers, and what a run's record says about the outside world.
--
-- A value is stored sealed (lib/crypt.h: AES-256-GCM; the name of the row is
-- authenticated with it, so that it opens nowhere else) and never leaves by
-- any statement but those that start a run.  A model may make the place for a
-- value; only a person can fill it.

CREATE TABLE mcpbox.secret (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	server_id uuid NOT NULL REFERENCES mcpbox.server ON DELETE CASCADE,
	name text NOT NULL CHECK (name ~ '^[A-Z][A-Z0-9_]{0,63}$'),
	description text CHECK (length(description) <= 2000),
	-- An envelope with at least one byte in it, at most 64 KiB; NULL: unset.
	sealed bytea CHECK (octet_length(sealed) BETWEEN 31 AND 65566),
	-- The key that opens it, as the envelope says.
	key_id integer GENERATED ALWAYS AS (get_byte(sealed, 1)) STORED,
	set_by text,
	set_at timestamptz,
	created_by text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (server_id, name),
	-- Who may not see the envelope sees by the time whether there is one.
	CHECK ((sealed IS NULL) = (set_at IS NULL)
	    AND (sealed IS NULL) = (set_by IS NULL))
);

-- What the calls of a tool may open: the secrets that its approved version
-- declares, while it can be called.  This is all that the pool which models
-- talk to can read of any value.
CREATE VIEW mcpbox.run_secret WITH (security_barrier) AS
SELECT t.id AS tool_id, s.name, s.sealed
FROM mcpbox.tool_state t
JOIN mcpbox.secret s
    ON s.server_id = t.server_id AND s.name = ANY (t.secret_names)
WHERE t.callable AND s.sealed IS NOT NULL;

-- The same for one call: the envelopes in hex, in the order of the names, ''
-- where there is none.  A function so that calls without secrets do not pay for
-- setting up its plan (plpgsql keeps it); it has its caller's rights.
CREATE FUNCTION mcpbox.run_secrets(p_tool uuid, p_names text[])
    RETURNS text[] LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN ARRAY(SELECT coalesce(encode(s.sealed, 'hex'), '')
	    FROM unnest(p_names) WITH ORDINALITY n(name, at)
	    LEFT JOIN mcpbox.run_secret s
		ON s.tool_id = p_tool AND s.name = n.name
	    ORDER BY n.at);
END $$;

REVOKE ALL ON FUNCTION mcpbox.run_secrets(uuid, text[]) FROM PUBLIC;

-- The outbound requests of a run: {"count": n, "list": [...]}, the list cut
-- when large; NULL when it made none.
ALTER TABLE mcpbox.run_log ADD COLUMN requests json;
