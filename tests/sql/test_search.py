"""The copy that the list and the search read, and what a query means."""

import json
import random
import re
import subprocess

import pytest

from conftest import Tool, refused, rows

# What must hold at any time, whatever happened before.
WRONG = """SELECT count(*) FROM tool_state t
    JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
    FULL JOIN tool_index i ON i.tool_id = t.id
    WHERE i.tool_id IS NULL OR t.id IS NULL OR i.full_name <> t.full_name
	OR i.name <> t.name OR i.server_id <> t.server_id
	OR i.ready <> (t.enabled AND t.approval_status = 'approved')
	OR i.words IS DISTINCT FROM search_document(v)
	OR i.names IS DISTINCT FROM search_names(v);"""


def check(db):
    assert db.owner(WRONG) == "0"


@pytest.fixture(autouse=True)
def clean(db):
    yield
    check(db)
    db.owner("DELETE FROM server;")
    check(db)


def statement(name):
    """One of sql/queries, with its parameters written in."""
    import conftest
    import os
    folder = os.path.join(conftest.ROOT, "sql", "queries")
    for file in sorted(os.listdir(folder)):
        with open(os.path.join(folder, file)) as f:
            for part in f.read().split("-- name: ")[1:]:
                if part.split()[0] == name:
                    return re.sub(r"--.*", "", part.split("\n", 1)[1]).strip().rstrip(";")
    raise AssertionError(name)


def fill(text, *values):
    for n, v in enumerate(values, 1):
        text = re.sub(rf"\${n}\b", "(" + v.replace("\\", r"\\") + ")", text)
    return text


def search(db, words, callable=False, after=("null", "null"), limit=10, role="mcpbox_gateway",
           kind="null"):
    quoted = "'" + words.replace("'", "''") + "'"
    q = fill(statement("search_tools"), quoted, str(callable).lower(), *after, str(limit), "false", kind)
    return rows(db.run(role, f"SELECT to_json(x) FROM ({q}) x;"))


def names(hits):
    return [h["name"].split("__")[1] for h in hits]


def make(db, name, description="d", title=None, schema="{}", server=None):
    """A draft with one version, on a server of its own unless given."""
    made = server or db.gateway("INSERT INTO server (name, created_by) VALUES "
                                f"('s' || substr(md5('{name}'), 1, 12), 'x') RETURNING id;")
    sql = """BEGIN;
        INSERT INTO tool (server_id, name, created_by) VALUES ('%s', '%s', 'x') RETURNING id \\gset
        INSERT INTO tool_version (tool_id, version, name, title, description, input_schema, code,
            digest, change_summary, change_source, created_by)
        SELECT :'id', 1, s.name || '__%s', %s, %s, %s::json, 'c', sha256('%s'), 's', 'llm', 'x'
            FROM server s WHERE s.id = '%s';
        COMMIT; SELECT :'id';"""
    quote = "NULL" if title is None else "'" + title.replace("'", "''") + "'"
    return db.gateway(sql % (made, name, name, quote, "'" + description.replace("'", "''") + "'",
                             "'" + schema.replace("'", "''") + "'", name, made))


# --- the copy -----------------------------------------------------------------

def ready(db, tool):
    return db.gateway(f"SELECT ready FROM tool_index WHERE tool_id = '{tool.id}';")


def test_ready_follows_approval_version_and_switch(db, tool):
    assert ready(db, tool) == "f"
    tool.approve(1)
    assert ready(db, tool) == "t"
    db.gateway(f"UPDATE tool SET enabled = false WHERE id = '{tool.id}';")
    assert ready(db, tool) == "f"
    db.admin(f"UPDATE tool SET enabled = true WHERE id = '{tool.id}';")
    assert ready(db, tool) == "t"
    tool.add_version(2)
    assert ready(db, tool) == "f"
    tool.approve(2)
    assert ready(db, tool) == "t"
    db.admin(f"DELETE FROM approval WHERE tool_id = '{tool.id}';")
    assert ready(db, tool) == "f"
    db.gateway(f"DELETE FROM tool WHERE id = '{tool.id}';")
    assert ready(db, tool) == ""


def test_a_transaction_that_is_undone_leaves_nothing(db, tool):
    db.admin(f"BEGIN; {tool.insert_approval(1)} ROLLBACK;")
    assert ready(db, tool) == "f"


def test_whatever_happens_in_whatever_order(db):
    rng = random.Random(7)
    tools = [Tool(db) for _ in range(4)]
    version = {t: 1 for t in tools}
    for _ in range(30):
        t = rng.choice(tools)
        match rng.randrange(6):
            case 0 | 1:
                t.approve(version[t])
            case 2:
                version[t] += 1
                t.add_version(version[t], review=rng.choice(["draft", "pending_review"]))
            case 3:
                db.admin(f"UPDATE tool SET enabled = NOT enabled WHERE id = '{t.id}';")
            case 4:
                db.admin(f"DELETE FROM approval WHERE tool_id = '{t.id}';")
            case 5:
                db.gateway(f"UPDATE server SET status = CASE status WHEN 'running' THEN 'stopped' "
                           f"ELSE 'running' END WHERE id = '{t.server_id}';")
        check(db)


def test_and_all_at_once(db):
    """Each session commits many small changes of the same two tools."""
    tools = [Tool(db) for _ in range(2)]

    def session(seed):
        rng = random.Random(seed)
        lines = []
        for _ in range(40):
            t = rng.choice(tools)
            lines.append(rng.choice([
                f"UPDATE tool SET enabled = NOT enabled WHERE id = '{t.id}';",
                f"DELETE FROM approval WHERE tool_id = '{t.id}';",
                # As noun/approval does: the tool first.
                f"BEGIN; SELECT FROM tool WHERE id = '{t.id}' FOR UPDATE; "
                f"{t.insert_approval(1)} COMMIT;",
                f"BEGIN; SELECT FROM tool WHERE id = '{t.id}' FOR UPDATE; "
                f"DELETE FROM approval WHERE tool_id = '{t.id}'; "
                f"UPDATE tool SET enabled = true WHERE id = '{t.id}'; COMMIT;",
            ]))
        return db.start("mcpbox_admin", "\n".join(lines))
    sessions = [session(n) for n in range(6)]
    for s in sessions:
        out, err = s.communicate(timeout=60)
        assert s.returncode == 0, err
    check(db)


def test_many_sessions_make_tools_with_the_same_new_words(db):
    """The vocabulary is written in one order, so nobody waits in a circle."""
    server = db.gateway("INSERT INTO server (name, created_by) VALUES ('words', 'x') RETURNING id;")
    vocabulary = [f"{a}{b}{c}zz" for a in "abcd" for b in "efgh" for c in "ijkl"]

    def session(n):
        rng = random.Random(n)
        text = ""
        for i in range(5):
            words = vocabulary[:]
            rng.shuffle(words)
            text += f"""BEGIN;
                INSERT INTO tool (server_id, name, created_by)
                    VALUES ('{server}', 't{n}_{i}', 'x') RETURNING id \\gset
                INSERT INTO tool_version (tool_id, version, name, description, input_schema, code,
                    digest, change_summary, change_source, created_by)
                VALUES (:'id', 1, 'words__t{n}_{i}', '{" ".join(words)}', '{{}}', 'c',
                    sha256('{n}{i}'), 's', 'llm', 'x'); COMMIT;\n"""
        return db.start("mcpbox_gateway", text)
    for s in [session(n) for n in range(8)]:
        out, err = s.communicate(timeout=60)
        assert s.returncode == 0, err
    assert db.owner("SELECT count(*) FROM tool_index WHERE words @@ 'aeizz';") == "40"


def test_nobody_writes_the_copy(db, tool):
    for role in ("mcpbox_gateway", "mcpbox_admin", "mcpbox_jobs"):
        for text in ("UPDATE tool_index SET ready = true;",
                     "DELETE FROM tool_index;",
                     "INSERT INTO tool_word VALUES ('abc');",
                     f"SELECT tool_index_put('{tool.id}');",
                     f"SELECT tool_index_refresh('{tool.id}');",
                     "SELECT search_setup();"):
            refused(lambda: db.run(role, text), "42501")
    refused(lambda: db.run("mcpbox_jobs", "SELECT FROM tool_index;"), "42501")
    refused(lambda: db.run("mcpbox_jobs", "SELECT FROM tool_word;"), "42501")


@pytest.mark.parametrize("schema", [
    "{}", '{"properties":null}', '{"properties":[1]}', '{"properties":7}', '[]', '"x"', 'null',
    '{"properties":{"a":true,"b":{"description":7},"c":{"description":"\\u0000"}}}',
    '{"properties":{"' + "x" * 60000 + '":{}}}',
    '{"properties":{' + ",".join(f'"p{i}":{{"description":"word{i} {"y" * 90}"}}'
                                 for i in range(2000)) + "}}",
], ids=lambda schema: schema[:40])
def test_a_version_is_stored_whatever_its_schema(db, schema):
    tool = make(db, "odd", schema=schema)
    assert db.owner(f"SELECT count(*) FROM tool_index WHERE tool_id = '{tool}';") == "1"


def test_a_version_is_stored_whatever_its_text(db):
    for n, text in enumerate(["", "\u0001\u0002\u0003", "x" * 2000, "\U0001F600" * 2000,
                              "<b>&amp;</b>' \" \\ --", "a" * 100 + " " + "b " * 900]):
        make(db, f"text{n}", description=text, title=text[:200] if n != 1 else None)
    check(db)


# --- the list -------------------------------------------------------------------

def callable_tool(db):
    t = Tool(db)
    t.approve(1)
    db.gateway(f"UPDATE server SET status = 'running' WHERE id = '{t.server_id}';")
    return t


def listed(db, after="''"):
    q = fill(statement("run_list"), after, "'tool'")
    return [r["full_name"] for r in rows(db.gateway(f"SELECT to_json(x) FROM ({q}) x;"))]


def test_the_list_is_what_can_be_called_in_order(db):
    yes = [callable_tool(db) for _ in range(5)]
    Tool(db)
    stopped = callable_tool(db)
    db.gateway(f"UPDATE server SET status = 'stopped' WHERE id = '{stopped.server_id}';")
    off = callable_tool(db)
    db.gateway(f"UPDATE tool SET enabled = false WHERE id = '{off.id}';")
    want = sorted(t.full_name for t in yes)
    assert listed(db) == want
    assert listed(db, f"'{want[1]}'") == want[2:]


def test_a_copy_that_is_wrong_shows_nothing(db, tool):
    """The copy says ready; the tool is not approved."""
    db.gateway(f"UPDATE server SET status = 'running' WHERE id = '{tool.server_id}';")
    db.owner(f"UPDATE tool_index SET ready = true WHERE tool_id = '{tool.id}';")
    assert listed(db) == []
    assert search(db, tool.name, callable=True) == []
    db.owner(f"SELECT tool_index_refresh('{tool.id}');")


def bulk(db, n, running=True, approved=True):
    db.owner(f"""
        INSERT INTO server (name, created_by, status)
            VALUES ('bulk', 'x', '{'running' if running else 'stopped'}');
        CREATE TEMP TABLE made AS SELECT gen_random_uuid() AS id, s.id AS server_id,
            'send_mail_' || i AS name FROM generate_series(1, {n}) i, server s
            WHERE s.name = 'bulk';
        BEGIN;
        INSERT INTO tool (id, server_id, name, created_by) SELECT id, server_id, name, 'x'
            FROM made;
        INSERT INTO tool_version (tool_id, version, name, description, input_schema, code, digest,
            change_summary, change_source, created_by)
        SELECT id, 1, 'bulk__' || name, 'a tool like all of them', '{{}}', 'c',
            sha256(name::bytea), 's', 'llm', 'x' FROM made;
        COMMIT;""" + ("""
        INSERT INTO approval (tool_id, version, digest, powers_digest, approved_by)
        SELECT v.tool_id, 1, v.digest, v.digest, 'x' FROM tool_version v
            WHERE v.name LIKE 'bulk\\_\\_%';""" if approved else "") + "VACUUM ANALYZE;")


def looked_at(db, prepare, execute):
    """Rows that a prepared statement looks at, whatever becomes of them."""
    explain = f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) EXECUTE {execute}"
    plan = db.gateway("SET plan_cache_mode = force_generic_plan; " + prepare + explain + ";")

    def rows_of(node):
        lost = sum(v for k, v in node.items() if k.startswith("Rows Removed"))
        return (node["Actual Rows"] + lost) * node["Actual Loops"] + sum(
            map(rows_of, node.get("Plans", [])))
    return rows_of(json.loads(plan)[0]["Plan"])


@pytest.mark.parametrize("approved, running", [(True, True), (True, False), (False, True)])
def test_a_page_costs_the_same_however_many_there_are(db, approved, running):
    """In rows looked at, which no busy machine changes."""
    q = "PREPARE l(text, text) AS " + statement("run_list") + "; "
    few = callable_tool(db)
    bulk(db, 3000, running, approved)
    total = looked_at(db, q, "l('', 'tool')")
    # Tools of a stopped server are skipped in the index: 3000 entries of it.
    assert total < (3500 if approved and not running else 2500), total
    assert few.full_name in listed(db, "'r'")


# --- the list of one server -------------------------------------------------------

def listed_of(db, server_id, after=0):
    q = fill(statement("run_list_server"), f"'{server_id}'", str(after), "'tool'")
    return [r["listed_name"] for r in rows(db.gateway(f"SELECT to_json(x) FROM ({q}) x;"))]


def test_the_list_of_a_server_is_in_the_order_of_creation(db):
    first = callable_tool(db)
    names = ["zebra", "apple", "mango"]
    for name in names:
        Tool(db, beside=first, name=name).approve(1)
    callable_tool(db)  # another server's
    want = [first.name, *names]
    assert listed_of(db, first.server_id) == want
    # A new version changes nothing of that.
    again = Tool(db, beside=first, name="last")
    again.approve(1)
    first.add_version(2)
    assert listed_of(db, first.server_id) == [*names, "last"]
    first.approve(2)
    assert listed_of(db, first.server_id) == [*want, "last"]
    place = db.gateway(f"SELECT position FROM tool_index WHERE name = 'apple' "
                       f"AND server_id = '{first.server_id}';")
    assert listed_of(db, first.server_id, place) == ["mango", "last"]
    db.gateway(f"UPDATE server SET status = 'stopped' WHERE id = '{first.server_id}';")
    assert listed_of(db, first.server_id) == []


def test_a_page_of_a_server_costs_the_same_however_many_there_are(db):
    bulk(db, 3000)
    ids = dict(r.split("|") for r in db.gateway("SELECT name, id FROM server;").splitlines())
    q = "PREPARE l(uuid, bigint, text) AS " + statement("run_list_server") + "; "
    assert looked_at(db, q, f"l('{ids['bulk']}', 0, 'tool')") < 2500


# --- the search --------------------------------------------------------------------

def test_the_best_comes_first(db):
    make(db, "unrelated", "Counts the leaves of a tree.")
    make(db, "fetch", "Downloads a page.", title="Convert currency")
    make(db, "convert_currency", "From one into another.")
    make(db, "rates", "Can convert any currency into any other.")
    make(db, "convert", "Something of length.")
    make(db, "money", "Adds it up.", schema='{"properties":{"currency":{"description":'
         '"What to convert"}}}')
    hits = search(db, "convert currency")
    # Names, then title, description, parameters; then those with one word.
    assert names(hits) == ["convert_currency", "fetch", "rates", "money", "convert"]
    assert names(search(db, "convert")) [0] == "convert"  # that very name


def test_each_hit_says_why(db):
    make(db, "convert_money", "First some other words that stand here to be left away. "
         "It converts one currency into another, and does it well.",
         title="Money", schema='{"properties":{"targetCurrency":{}}}')
    (hit,) = search(db, "currencies convert")
    assert hit["in_name"].endswith(" \x02convert\x03 money")
    assert hit["in_title"] is None
    assert "\x02converts\x03 one \x02currency\x03" in hit["in_description"]
    assert hit["in_description"].startswith("converts") or \
        not hit["in_description"].startswith("First")
    assert hit["in_parameters"] == "target \x02Currency\x03"


@pytest.mark.parametrize("words, found", [
    ("temp", True),                     # the beginning of a word
    ("TEMPERATURES", True),             # root, case
    ("temperature zebra", True),        # one of two
    ("tempreature", True),              # misspelled
    ("temperatur", True),
    ("the temperature of the", True),   # small words count for nothing
    ("zebra", False),
    ("perature", True),                 # a part of a word that no tool begins with
    ("!!! --- '", False),
    ("", False),
    ("a'b\\c:*|&!()<->", False),
    ("x" * 200, False),
])
def test_what_words_mean(db, words, found):
    make(db, "check_temperature", "Measures how warm it is.")
    assert names(search(db, words)) == (["check_temperature"] if found else []), words


def test_words_of_any_language(db):
    encoding = db.owner("SHOW lc_ctype;")
    make(db, "wetter", "Sagt, wie warm es in einer Stadt wird: Grad, Regen, Wind.")
    assert names(search(db, "stadt regen")) == ["wetter"]
    if encoding not in ("C", "POSIX"):
        make(db, "nord", "Größe der Übersicht")
        assert names(search(db, "größe übersicht")) == ["nord"]


def test_markup_is_text(db):
    text = 'Use <b class="zebra">this</b> & <i>gadget</i> if 1 < 2 > 0.'
    make(db, "markup", text)
    (hit,) = search(db, "zebra gadget")
    assert re.sub("[\x02\x03]", "", hit["in_description"]) in text
    assert "\x02zebra\x03" in hit["in_description"] and "\x02gadget\x03" in hit["in_description"]


def test_only_small_words(db):
    make(db, "about", "What it is about, and how.")
    assert names(search(db, "how is it")) == ["about"]


def test_without_the_extension(db):
    make(db, "check_temperature", "Measures how warm it is.")
    db.owner("""SET client_min_messages = warning; DROP EXTENSION pg_trgm CASCADE;
        CREATE OR REPLACE FUNCTION search_similar(w text) RETURNS TABLE (word text)
        LANGUAGE sql STABLE SET search_path = mcpbox, pg_temp AS $$
            SELECT t.word FROM tool_word t WHERE position(w IN t.word) > 0
            ORDER BY length(t.word), t.word LIMIT 3; $$;""")
    try:
        assert db.owner("SELECT search_setup();") == "f"
        assert names(search(db, "temperature")) == ["check_temperature"]
        assert names(search(db, "perature")) == ["check_temperature"]
        assert names(search(db, "tempreature")) == []
    finally:
        db.owner("CREATE EXTENSION pg_trgm SCHEMA public; SELECT search_setup();")
    assert names(search(db, "tempreature")) == ["check_temperature"]


def test_pages_have_each_hit_once(db):
    bulk(db, 120)
    make(db, "send", "One more.")
    for words in ("send mail", "send", "tool", "send mail zebra bulk like"):
        want = search(db, words, limit=200)
        assert len(want) >= 120, words
        got, after = [], ("null", "null")
        while page := search(db, words, after=after, limit=7):
            got += page
            after = (f"'{page[-1]['score']}'", f"'{page[-1]['name']}'")
        assert [h["name"] for h in got] == [h["name"] for h in want]
        assert len({h["name"] for h in got}) == len(got)


def test_only_what_can_be_called(db):
    yes, no = callable_tool(db), Tool(db)
    for t in (yes, no):
        db.owner(f"UPDATE tool_index SET words = words || 'sharedword' "
                 f"WHERE tool_id = '{t.id}';")
    assert names(search(db, "sharedword", callable=True)) == [yes.name]
    assert len(search(db, "sharedword")) == 2
    db.gateway(f"UPDATE server SET status = 'stopped' WHERE id = '{yes.server_id}';")
    assert search(db, "sharedword", callable=True) == []
    db.owner("UPDATE tool_index i SET words = search_document(v) FROM tool_version v "
             "WHERE v.tool_id = i.tool_id;")


def test_a_word_that_all_tools_have_is_not_ranked_for_all(db):
    bulk(db, 3000)
    hits = search(db, "tool", callable=True)
    assert len(hits) == 10
    text = db.gateway("EXPLAIN (ANALYZE, TIMING OFF) SELECT * FROM search_page("
                      "'tool', true, null, null, 11);")
    assert float(re.search(r"Execution Time: ([\d.]+)", text).group(1)) < 500
