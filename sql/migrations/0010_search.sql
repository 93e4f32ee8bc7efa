-- Many tools: the list in order, and a search.
--
-- One row a tool, made from its current version: where it stands in the list,
-- and the words it is found by.  It is a copy.  What may run is still said by
-- tool_state alone, which both statements ask once more for the few rows that
-- they return: a copy that is wrong can hide a tool, never show one.

CREATE TABLE mcpbox.tool_index (
	tool_id uuid PRIMARY KEY REFERENCES mcpbox.tool ON DELETE CASCADE,
	server_id uuid NOT NULL,
	full_name text COLLATE "C" NOT NULL,
	name text COLLATE "C" NOT NULL, -- without the server's
	-- Enabled, and approved as it is now.  Whether its server runs is asked
	-- when the list is read, so that starting one changes no row here.
	ready boolean NOT NULL,
	names tsvector NOT NULL, -- name and title; they are in words as well
	-- A: names, B: title, C: description, D: parameters.
	words tsvector NOT NULL
);

CREATE INDEX tool_index_ready ON mcpbox.tool_index (full_name)
    INCLUDE (server_id, tool_id) WHERE ready;
-- Without the pending list, which every search would have to read.
CREATE INDEX tool_index_name ON mcpbox.tool_index (name);
CREATE INDEX tool_index_names ON mcpbox.tool_index USING gin (names)
    WITH (fastupdate = off);
CREATE INDEX tool_index_words ON mcpbox.tool_index USING gin (words)
    WITH (fastupdate = off);

-- Every word that some tool was ever found by: what a misspelled one may mean.
CREATE TABLE mcpbox.tool_word (
	word text COLLATE "C" PRIMARY KEY CHECK (length(word) BETWEEN 3 AND 40)
);

-- --- words ---------------------------------------------------------------------

-- "server__getHTTPStatus_2" as "server get HTTPStatus 2".
CREATE FUNCTION mcpbox.search_split(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(regexp_replace(name, '[_./ -]+', ' ', 'g'),
	'([[:lower:][:digit:]])([[:upper:]])', '\1 \2', 'g');

-- Names and descriptions of the properties of a schema.  A version must be
-- stored whatever its schema looks like.
CREATE FUNCTION mcpbox.search_params(schema json) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = mcpbox, pg_temp AS $$
DECLARE
	out text;
BEGIN
	IF json_typeof(schema->'properties') IS DISTINCT FROM 'object' THEN
		RETURN '';
	END IF;
	SELECT string_agg(p.key || coalesce(': '
	    || CASE json_typeof(p.value) WHEN 'object'
		THEN p.value->>'description' END, ''), '; ')
	    INTO out FROM json_each(schema->'properties') p;
	RETURN left(coalesce(out, ''), 20000);
EXCEPTION WHEN data_exception THEN
	RETURN '';
END $$;

-- As it is written, for names and for languages that we have no grammar of;
-- and in its English root, so that "converting" finds "convert".  No text is
-- taken for HTML.
CREATE FUNCTION mcpbox.search_vector(t text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('pg_catalog.simple', translate(t, '<>', '  '))
	|| to_tsvector('pg_catalog.english', translate(t, '<>', '  '));

CREATE FUNCTION mcpbox.search_names(v mcpbox.tool_version)
    RETURNS tsvector LANGUAGE sql IMMUTABLE
    RETURN setweight(mcpbox.search_vector(mcpbox.search_split(v.name)), 'A')
	|| setweight(mcpbox.search_vector(coalesce(v.title, '')), 'B');

CREATE FUNCTION mcpbox.search_document(v mcpbox.tool_version)
    RETURNS tsvector LANGUAGE sql IMMUTABLE
    RETURN mcpbox.search_names(v)
	|| setweight(mcpbox.search_vector(v.description), 'C')
	|| setweight(mcpbox.search_vector(
	    mcpbox.search_split(mcpbox.search_params(v.input_schema))), 'D');

-- --- keeping the copy ------------------------------------------------------------

-- Whoever changes what a row depends on comes by here, one after the other:
-- the row is held first, and what is read afterwards is what has been
-- committed or is our own.
CREATE FUNCTION mcpbox.tool_index_refresh(p_tool uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	PERFORM FROM tool_index i WHERE i.tool_id = p_tool FOR UPDATE;
	UPDATE tool_index i SET ready = s.ready
	    FROM (SELECT t.id, t.enabled AND t.approval_status = 'approved'
		AS ready FROM tool_state t WHERE t.id = p_tool) s
	    WHERE i.tool_id = s.id AND i.ready <> s.ready;
END $$;

-- A version has become the current one.  (A word of more than 2 KiB is left
-- out, which the parser would tell each time.)
CREATE FUNCTION mcpbox.tool_index_put(p_tool uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp
    SET client_min_messages = warning AS $$
DECLARE
	found_by tsvector;
BEGIN
	INSERT INTO tool_index (tool_id, server_id, full_name, name, ready,
	    names, words)
	SELECT t.id, t.server_id, v.name, t.name, false, search_names(v),
	    search_document(v)
	    FROM tool t JOIN tool_version v
		ON v.tool_id = t.id AND v.version = t.current_version
	    WHERE t.id = p_tool
	ON CONFLICT (tool_id) DO UPDATE
	    SET names = EXCLUDED.names, words = EXCLUDED.words
	RETURNING words INTO found_by;
	-- In one order, whoever else does the same.
	INSERT INTO tool_word
	SELECT w FROM unnest(tsvector_to_array(found_by)) w
	    WHERE length(w) BETWEEN 3 AND 40 AND w ~ '^[[:alpha:]]+$'
	    ORDER BY w COLLATE "C"
	ON CONFLICT DO NOTHING;
	PERFORM tool_index_refresh(p_tool);
END $$;

CREATE FUNCTION mcpbox.tool_index_on_version() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	-- The first; later ones become current by an update of the tool.
	PERFORM tool_index_put(t.id) FROM tool t
	    WHERE t.id = NEW.tool_id AND t.current_version = NEW.version;
	RETURN NULL;
END $$;

CREATE FUNCTION mcpbox.tool_index_on_tool() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	IF NEW.current_version <> OLD.current_version THEN
		PERFORM tool_index_put(NEW.id);
	ELSE
		PERFORM tool_index_refresh(NEW.id);
	END IF;
	RETURN NULL;
END $$;

CREATE FUNCTION mcpbox.tool_index_on_approval() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mcpbox, pg_temp AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		-- Not when it goes with its tool.
		PERFORM tool_index_refresh(t.id) FROM tool t
		    WHERE t.id = OLD.tool_id;
	END IF;
	IF TG_OP <> 'DELETE' THEN
		PERFORM tool_index_refresh(NEW.tool_id);
	END IF;
	RETURN NULL;
END $$;

CREATE TRIGGER tool_index_version AFTER INSERT ON mcpbox.tool_version
    FOR EACH ROW EXECUTE FUNCTION mcpbox.tool_index_on_version();
CREATE TRIGGER tool_index_tool AFTER UPDATE ON mcpbox.tool
    FOR EACH ROW WHEN (OLD.enabled <> NEW.enabled
	OR OLD.current_version <> NEW.current_version)
    EXECUTE FUNCTION mcpbox.tool_index_on_tool();
CREATE TRIGGER tool_index_approval AFTER INSERT OR UPDATE OR DELETE
    ON mcpbox.approval
    FOR EACH ROW EXECUTE FUNCTION mcpbox.tool_index_on_approval();

INSERT INTO mcpbox.tool_index (tool_id, server_id, full_name, name, ready,
    names, words)
SELECT t.id, t.server_id, v.name, t.name, t.enabled AND t.approval_status = 'approved',
    mcpbox.search_names(v), mcpbox.search_document(v)
FROM mcpbox.tool_state t JOIN mcpbox.tool_version v
    ON v.tool_id = t.id AND v.version = t.current_version;

INSERT INTO mcpbox.tool_word
SELECT DISTINCT w FROM mcpbox.tool_index i, unnest(tsvector_to_array(i.words)) w
WHERE length(w) BETWEEN 3 AND 40 AND w ~ '^[[:alpha:]]+$';

-- --- what a query means -----------------------------------------------------------

-- For each word, up to 16: what begins with it, or has its English root.
-- any_of wants one of them, all_of each, most_of all but one of three to
-- eight (else it is NULL).  Words that no tool has stand for the
-- nearest ones that some tool has; words like "the" count when alone only.
CREATE FUNCTION mcpbox.search_terms(query text,
    OUT any_of tsquery, OUT all_of tsquery, OUT most_of tsquery)
    LANGUAGE plpgsql STABLE SET search_path = mcpbox, pg_temp AS $$
DECLARE
	w text;
	one tsquery;
	root tsquery;
	small tsquery;
	parts text[] := '{}';
BEGIN
	FOR w IN SELECT x.w
	    FROM regexp_split_to_table(lower(search_split(query)),
		'[^[:alnum:]]+') WITH ORDINALITY x (w, n)
	    WHERE x.w <> '' GROUP BY x.w ORDER BY min(x.n) LIMIT 16
	LOOP
		one := quote_literal(left(w, 100))
		    || CASE WHEN length(w) >= 3 THEN ':*' ELSE '' END;
		root := (SELECT string_agg(quote_literal(l), ' & ')
		    FROM unnest(tsvector_to_array(
			to_tsvector('pg_catalog.english', w))) l);
		IF root IS NULL THEN
			small := coalesce(small || one, one);
			CONTINUE;
		END IF;
		one := one || root;
		IF length(w) BETWEEN 3 AND 40 AND NOT EXISTS (
		    SELECT FROM tool_word t
		    WHERE t.word >= w AND t.word < w || U&'\+10FFFF') THEN
			SELECT coalesce(one || string_agg(
			    quote_literal(s.word), ' | ')::tsquery, one)
			    INTO one FROM search_similar(w) s;
		END IF;
		any_of := coalesce(any_of || one, one);
		all_of := coalesce(all_of && one, one);
		parts := parts || one::text;
	END LOOP;
	any_of := coalesce(any_of, small);
	all_of := coalesce(all_of, small);
	IF cardinality(parts) BETWEEN 3 AND 8 THEN
		most_of := (SELECT string_agg('(' || x.rest || ')', '|') FROM (
		    SELECT string_agg('(' || p.t || ')', '&') AS rest
		    FROM generate_subscripts(parts, 1) skip,
			unnest(parts) WITH ORDINALITY p (t, n)
		    WHERE p.n <> skip GROUP BY skip) x);
	END IF;
END $$;

-- The words most like one that no tool has.  With pg_trgm by how many groups
-- of three letters they share; without it, those that contain it.
CREATE FUNCTION mcpbox.search_similar(w text) RETURNS TABLE (word text)
    LANGUAGE sql STABLE SET search_path = mcpbox, pg_temp AS $$
	SELECT t.word FROM tool_word t WHERE position(w IN t.word) > 0
	ORDER BY length(t.word), t.word LIMIT 3;
$$;

-- Makes search_similar use pg_trgm, if the extension is there, in whatever
-- schema; called again after somebody has added it.  True if it is.
CREATE FUNCTION mcpbox.search_setup() RETURNS boolean
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
	EXECUTE format('CREATE INDEX IF NOT EXISTS tool_word_similar '
	    'ON mcpbox.tool_word USING gin (word %s.gin_trgm_ops) '
	    'WITH (fastupdate = off)', s);
	EXECUTE format($f$
	CREATE OR REPLACE FUNCTION mcpbox.search_similar(w text)
	    RETURNS TABLE (word text)
	    LANGUAGE sql STABLE SET search_path = mcpbox, pg_temp AS $$
		SELECT t.word FROM tool_word t
		WHERE t.word OPERATOR(%1$s.%%) w OR t.word LIKE '%%' || w || '%%'
		ORDER BY %1$s.similarity(t.word, w) DESC, t.word LIMIT 3;
	$$ $f$, s);
	RETURN true;
END $do$;

-- --- what is found -----------------------------------------------------------------

CREATE TYPE mcpbox.search_place AS (
	tool_id uuid,
	full_name text,
	score real
);

-- The best `max` behind a place (NULL: behind the beginning) among up to `n`
-- tools that fit: their names fit `names` and not `no`, or their words fit
-- `words` and neither `no` nor, in their names, `no_names`.  The score is
-- `base` and their rank by what they have of any_of.  An absent query is NULL.
CREATE FUNCTION mcpbox.search_round(names tsquery, words tsquery,
    no_names tsquery, no tsquery, plain text, base integer, n integer,
    any_of tsquery, running uuid[], after_score real, after_name text,
    max bigint) RETURNS SETOF mcpbox.search_place
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
			AND (running IS NULL OR i.ready
			    AND i.server_id = ANY (running)) LIMIT n) x
		WHERE after_score IS NULL OR x.score < after_score
		    OR x.score = after_score
			AND x.full_name COLLATE "C" > after_name COLLATE "C"
		ORDER BY x.score DESC, x.full_name COLLATE "C" LIMIT max;
	END IF;
END $$;

-- The hits of one page, best first, in up to five rounds, the next one only
-- while the page is not full: that very name, all words in the names, all
-- words anywhere, all but one, any of them.  Each looks at some hundred tools
-- at most, so that a word that every tool has does not cost more the more
-- there are.
CREATE FUNCTION mcpbox.search_page(query text, callable boolean,
    after_score real, after_name text, max bigint)
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
			max - found) h;
		GET DIAGNOSTICS more = ROW_COUNT;
		found := found + more;
	END LOOP;
END $$;

-- A text with what matched between U+0002 and U+0003, which no text keeps;
-- NULL when nothing in it did.  "<" and ">" are hidden from the parser, which
-- would take what is between them for a tag and leave it out.
CREATE FUNCTION mcpbox.search_mark(config regconfig, t text, matched boolean,
    any_of tsquery, options text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN matched THEN translate(ts_headline(config,
	translate(t, U&'<>\0002\0003', U&'\0004\0005'), any_of,
	options || U&', StartSel="\0002", StopSel="\0003"'),
	U&'\0004\0005', '<>') END;

-- The extension is part of PostgreSQL's own packages and "trusted": whoever
-- may create things in the database may add it.  Where that is not allowed the
-- search works without.
RESET ROLE;
DO $$ BEGIN
	CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
EXCEPTION WHEN insufficient_privilege OR undefined_file
    OR feature_not_supported OR invalid_schema_name THEN
	RAISE WARNING 'pg_trgm cannot be added (%): misspelled words will not be found', SQLERRM;
END $$;
SET LOCAL ROLE mcpbox;
SELECT mcpbox.search_setup();

REVOKE ALL ON FUNCTION mcpbox.tool_index_refresh(uuid),
    mcpbox.tool_index_put(uuid), mcpbox.tool_index_on_version(),
    mcpbox.tool_index_on_tool(), mcpbox.tool_index_on_approval(),
    mcpbox.search_split(text), mcpbox.search_params(json),
    mcpbox.search_vector(text),
    mcpbox.search_names(mcpbox.tool_version),
    mcpbox.search_document(mcpbox.tool_version),
    mcpbox.search_terms(text), mcpbox.search_similar(text),
    mcpbox.search_round(tsquery, tsquery, tsquery, tsquery, text, integer,
	integer, tsquery, uuid[], real, text, bigint),
    mcpbox.search_page(text, boolean, real, text, bigint),
    mcpbox.search_mark(regconfig, text, boolean, tsquery, text),
    mcpbox.search_setup() FROM PUBLIC;
