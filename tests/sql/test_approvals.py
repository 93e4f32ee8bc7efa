"""The queue's copy, its indexes and numbers, and what the policy may decide."""

import json
import os
import random
import re

import pytest

from conftest import ROOT, Tool, refused, rows
from test_search import fill, statement

DENIED = "42501"

# What must hold at any time, whatever happened before.
WRONG = """SELECT count(*) FROM tool_state t
    JOIN tool_version v ON v.tool_id = t.id AND v.version = t.current_version
    FULL JOIN review_index i ON i.tool_id = t.id
    WHERE i.tool_id IS NULL OR t.id IS NULL OR i.status <> t.approval_status
	OR i.full_name <> t.full_name OR i.server_id <> t.server_id OR i.kind <> t.kind
	OR i.is_new <> NOT EXISTS (SELECT FROM decision d WHERE d.tool_id = t.id
	    AND d.verdict = 'approve')
	OR (i.scope = 'new') <> (t.approved_version IS NULL)
	OR (i.scope = 'none') <> (t.approval_status = 'approved')
	OR i.author <> v.created_by OR position(lower(v.description) IN i.search) = 0;"""


@pytest.fixture(autouse=True)
def clean(db):
    yield
    assert db.owner(WRONG + """UPDATE approval_policy SET tool_mode = 'never',
        network_mode = 'never'; DELETE FROM server; SELECT count(*) FROM review_index;""") == "0\n0"


def index(db, tool, column):
    return db.gateway(f"SELECT {column} FROM review_index WHERE tool_id = '{tool.id}';")


def version(tool, n, **fields):
    """SQL for version n with other columns than the first."""
    values = {"title": "NULL", "description": "'d'", "code": "'c'", "secret_names": "'{}'",
              "timeout_ms": "NULL", "imports": "'{}'", "remarks": "'[]'", "findings": "'[]'",
              "annotations": "NULL", **fields}
    return f"""BEGIN; SELECT FROM tool WHERE id = '{tool.id}' FOR UPDATE;
        INSERT INTO tool_version (tool_id, version, name, input_schema, digest, change_summary,
            change_source, created_by, {', '.join(values)})
        VALUES ('{tool.id}', {n}, '{tool.full_name}', '{{}}',
            decode('{tool.digest(n)}', 'hex'), 's', 'llm', 'client:x', {', '.join(values.values())});
        UPDATE tool SET current_version = {n}, review = 'pending_review', requested_at = now(),
            requested_by = 'client:x' WHERE id = '{tool.id}'; COMMIT;"""


def approve(db, tool, n, by="person:anna"):
    db.admin(f"""BEGIN; {tool.insert_approval(n)}
        UPDATE approval SET approved_by = '{by}' WHERE tool_id = '{tool.id}';
        DELETE FROM rejection WHERE tool_id = '{tool.id}';
        {tool.insert_decision(n).replace('person:anna', by)}
        UPDATE tool SET review = 'draft' WHERE id = '{tool.id}'; COMMIT;""")


def auto(db, tool, n, role="mcpbox_gateway"):
    return db.run(role, f"SELECT approval_auto('{tool.id}', {n}, decode('{tool.digest(n)}', 'hex'), "
                        f"decode('{'cd' * 32}', 'hex'), '[]', 'client:x', NULL, NULL);")


def policy(db, mode):
    db.admin(f"UPDATE approval_policy SET tool_mode = '{mode}', updated_by = 'p', "
             f"updated_at = now();")


# --- the copy -------------------------------------------------------------------------


def test_the_copy_follows(db, tool):
    assert index(db, tool, "status") == "draft" and index(db, tool, "scope") == "new"
    db.gateway(f"UPDATE tool SET review = 'pending_review', requested_at = now(), "
               f"requested_by = 'client:Zed', publish_notes = '100% SURE_' WHERE id = '{tool.id}';")
    assert index(db, tool, "status") == "pending_review"
    assert "100% sure_" in index(db, tool, "search")
    db.admin(f"{tool.insert_rejection(1)} UPDATE tool SET review = 'draft' "
             f"WHERE id = '{tool.id}';")
    assert index(db, tool, "status") == "rejected"
    approve(db, tool, 1)
    assert index(db, tool, "status || scope || is_new") == "approvednonefalse"
    db.gateway(version(tool, 2, description="'other'", imports="NULL"))
    assert index(db, tool, "status || scope") == "pending_reviewdescription"
    db.gateway(version(tool, 3, description="'other'", code="'d'"))
    assert index(db, tool, "scope") == "full"
    db.admin(f"DELETE FROM approval WHERE tool_id = '{tool.id}';")
    assert index(db, tool, "scope || is_new") == "newfalse"


@pytest.mark.parametrize("change, light", [
    ({"title": "'t'"}, True), ({"description": "''"}, True), ({"findings": "'[1]'"}, True),
    ({"remarks": "'[1]'"}, True), ({"imports": "'{}'"}, True),
    ({"code": "'x'"}, False), ({"secret_names": "'{A}'"}, False), ({"timeout_ms": "1000"}, False),
    ({"annotations": "'{}'"}, False), ({"imports": "'{os}'"}, False)])
def test_what_is_light(db, tool, change, light):
    db.gateway(version(tool, 2))
    approve(db, tool, 2)
    db.gateway(version(tool, 3, **change))
    assert index(db, tool, "scope") == ("description" if light else "full")


def test_every_column_of_a_version_is_thought_of(db):
    """A column that is added makes a change of it no light one: it is compared.
    Here is what is not."""
    names = db.owner("""SELECT string_agg(attname, ' ' ORDER BY attname) FROM pg_attribute
        WHERE attrelid = 'tool_version'::regclass AND attnum > 0 AND NOT attisdropped
        AND position('x.' || attname || ' :=' IN pg_get_functiondef('version_is_light'::regproc)) > 0;""")
    assert names == ("change_source change_summary created_at created_by description digest "
                     "findings remarks title version")


def test_whatever_happens_in_whatever_order(db):
    rng = random.Random(11)
    tools = [Tool(db) for _ in range(3)]
    last = {t: 1 for t in tools}
    for _ in range(15):
        t = rng.choice(tools)
        match rng.randrange(6):
            case 0 | 1:
                approve(db, t, last[t])
            case 2:
                last[t] += 1
                db.gateway(version(t, last[t], code=f"'c{rng.randrange(3)}'"))
            case 3:
                db.admin(f"DELETE FROM approval WHERE tool_id = '{t.id}';")
            case 4:
                db.admin(f"DELETE FROM rejection WHERE tool_id = '{t.id}'; "
                         f"{t.insert_rejection(last[t])}")
            case 5:
                db.gateway(f"UPDATE tool SET review = '{rng.choice(['draft', 'pending_review'])}' "
                           f"WHERE id = '{t.id}';")
        assert db.owner(WRONG) == "0"


def test_a_stored_list_that_is_odd_is_worth_a_look(db):
    for odd in ("{}", "null", '[1, {"severity": 3}]', '"x"'):
        got = db.owner(f"SELECT severity_count('{odd}', 'high');")
        assert got in ("0", "1")
    assert db.owner("SELECT severity_count('{}', 'high');") == "1"
    assert db.owner("""SELECT severity_count('[{"severity":"high"},{"severity":"note"}]', 'high');""") == "1"


# --- lists: paged, and read by an index --------------------------------------------------


def listed(db, *values):
    """The queue's rows: statuses, search, kind, server, author, ages, findings, is_new, scope,
    sort, limit, offset."""
    q = fill(statement("approval_list"), *values)
    return rows(db.admin(f"SELECT to_json(x) FROM ({q}) x;"))


def arguments(**given):
    names = ["statuses", "search", "kind", "server", "author", "min_age", "max_age", "findings",
             "is_new", "scope", "sort", "limit", "offset"]
    default = {"statuses": "'{pending_review}'", "sort": "'waiting'", "limit": "20", "offset": "0"}
    return [given.get(n, default.get(n, "NULL")) for n in names]


@pytest.fixture
def many(db):
    """5,000 entries of the queue, of which one in a hundred waits."""
    db.owner("""SET session_replication_role = replica;
        INSERT INTO review_index SELECT gen_random_uuid(), md5((n % 500)::text)::uuid,
            CASE n % 50 WHEN 0 THEN 'prompt' ELSE 'tool' END,
            CASE WHEN n % 100 = 0 THEN 'pending_review' WHEN n % 7 = 0 THEN 'draft'
                ELSE 'approved' END, now() - n * interval '1 minute', 's__t' || n,
            'client:' || n % 400, 'new', n % 3 = 0, CASE WHEN n % 1000 = 0 THEN 1 ELSE 0 END, 0,
            'text ' || md5(n::text) FROM generate_series(1, 5000) n;
        ANALYZE review_index;""")
    yield
    db.owner("DELETE FROM review_index; ANALYZE review_index;")


def test_filters_are_read_by_an_index(db, many):
    """And the numbers from the copy alone."""
    for given, wanted in [
        ({}, "review_index_"), ({"server": "md5('1')::uuid"}, "review_index_server"),
        ({"author": "'client:7'"}, "review_index_author"), ({"min_age": "100"}, "review_index_"),
        ({"findings": "'high'"}, "review_index_"), ({"kind": "'prompt'"}, "review_index_"),
        ({"statuses": "'{draft,pending_review,approved,rejected}'", "search": "'c4ca4238'"},
         "review_index_search")]:
        if "search" in given and not db.owner(
                "SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm';"):
            continue  # the search reads the queue then
        q = fill(statement("approval_list"), *arguments(**given))
        plan = db.admin(f"EXPLAIN (FORMAT TEXT) {q};")
        assert re.search(rf"Scan (using|on) {wanted}", plan), plan
        assert "Seq Scan on review_index" not in plan, plan
    plan = db.admin(f"EXPLAIN {statement('approval_stats')};")
    assert "tool_version" not in plan and "on tool" not in plan, plan


def test_network_lists_are_read_by_an_index(db):
    tool = Tool(db)
    db.owner(f"""SET session_replication_role = replica;
        INSERT INTO network_access (server_id, host, port, justification, status, source,
            requested_by, decided_by, decided_at, reason)
        SELECT '{tool.server_id}', 'h' || n || '.example', 443, 'because',
            CASE WHEN n % 100 = 0 THEN 'pending' ELSE 'rejected' END, 'llm', 'x',
            CASE WHEN n % 100 <> 0 THEN 'p' END, CASE WHEN n % 100 <> 0 THEN now() END,
            CASE WHEN n % 100 <> 0 THEN 'r' END FROM generate_series(1, 5000) n;
        ANALYZE network_access;""")
    q = fill(statement("network_list"), "'{pending}'", "NULL", "NULL", "NULL", "NULL", "NULL",
             "NULL", "NULL", "'waiting'", "20", "0")
    plan = db.admin(f"EXPLAIN {q};")
    assert re.search(r"Scan (using|on) network_access_", plan), plan
    assert "Seq Scan on network_access" not in plan, plan
    got = rows(db.admin(f"SELECT to_json(x) FROM ({q}) x;"))
    assert len(got) == 20 and got[0]["full_count"] == 50


def test_comments_are_read_by_an_index(db, tool):
    plan = db.admin("SET enable_seqscan = off; EXPLAIN " + fill(
        statement("comment_open"), f"'{tool.id}'") + ";")
    assert "review_comment_" in plan, plan


def test_SR_5_2e_search_takes_every_character_as_it_is(db):
    texts = {"50% off": "50%", "a_b": "a_b", "a\\b": "a\\b", "plain ab": "plain"}
    tools = {}
    for text in texts:
        tools[text] = Tool(db)
        quoted = text.replace("'", "''")
        db.gateway(version(tools[text], 2, description=f"'{quoted}'"))
    for text, needle in texts.items():
        got = listed(db, *arguments(search=f"'{needle.upper()}'"))
        assert [r["id"] for r in got] == [tools[text].id], needle
    assert len(listed(db, *arguments(search="'%'"))) == 1
    assert len(listed(db, *arguments(search="'_'"))) == 4  # each name has some
    assert listed(db, *arguments(search="'a%b'")) == []


def test_B8_numbers_of_an_empty_and_of_a_seeded_house(db):
    db.owner("DELETE FROM decision;")
    stats = rows(db.admin(f"SELECT to_json(x) FROM ({statement('approval_stats')}) x;"))[0]
    assert {k: v for k, v in stats.items() if v} == {}
    drafts, waiting, approved, light, rejected, revoked, old = (Tool(db) for _ in range(7))
    db.gateway(version(waiting, 2))
    for t in (approved, light, revoked, old):
        approve(db, t, 1, "policy:no_powers" if t is approved else "person:anna")
    db.gateway(version(light, 2, title="'t'", imports="NULL"))
    db.admin(f"{rejected.insert_rejection(1)} INSERT INTO decision (tool_id, verdict, version, "
             f"digest, reason, decided_by) VALUES ('{rejected.id}', 'reject', 1, "
             f"decode('{rejected.digest(1)}', 'hex'), 'r', 'person:anna');")
    db.admin(f"DELETE FROM approval WHERE tool_id = '{revoked.id}'; "
             f"UPDATE tool SET review = 'pending_review' WHERE id = '{revoked.id}';")
    db.owner(f"SET session_replication_role = replica; UPDATE decision SET decided_at = now() - "
             f"interval '8 days' WHERE tool_id = '{old.id}';")
    for status, host in (("pending", "a"), ("approved", "b"), ("approved", "c"), ("rejected", "d")):
        db.owner(f"""SET session_replication_role = replica;
            INSERT INTO network_access (server_id, host, justification, status, source,
            requested_by, decided_by, decided_at, reason) VALUES ('{old.server_id}', '{host}',
            'because', '{status}', 'llm', 'x', CASE '{status}' WHEN 'pending' THEN NULL ELSE 'p' END,
            CASE '{status}' WHEN 'pending' THEN NULL ELSE now() END, 'r');""")
    stats = rows(db.admin(f"SELECT to_json(x) FROM ({statement('approval_stats')}) x;"))[0]
    assert stats.pop("oldest_pending_at")
    assert {k: v for k, v in stats.items() if v} == {
        "pending_tools": 3, "approved_tools": 2, "rejected_tools": 1, "draft_tools": 1,
        "pending_light": 1, "recently_approved": 3,
        "recently_auto_approved": 1, "recently_rejected": 1, "pending_network_requests": 1,
        "approved_network_requests": 2, "rejected_network_requests": 1}
    assert drafts


# --- who writes what -----------------------------------------------------------------


def test_the_gateway_writes_its_own_side_only(db, tool):
    say = (f"INSERT INTO review_comment (tool_id, version, body, author) VALUES "
           f"('{tool.id}', 1, 'x', 'client:x') RETURNING id;")
    said = db.gateway(say)
    for text in (
        f"INSERT INTO review_comment (tool_id, version, body, author, from_reviewer) VALUES "
        f"('{tool.id}', 1, 'x', 'person:anna', true);",
        f"UPDATE review_comment SET resolved_by = 'x', resolved_at = now() WHERE id = {said};",
        f"UPDATE review_comment SET body = 'y' WHERE id = {said};",
        f"DELETE FROM review_comment WHERE id = {said};",
        "UPDATE approval_policy SET tool_mode = 'no_powers';", "DELETE FROM approval_policy;",
        "UPDATE review_index SET status = 'approved';", "INSERT INTO review_index DEFAULT VALUES;",
        f"SELECT approval_auto_mode('{tool.id}');", f"SELECT review_index_put('{tool.id}');",
    ):
        refused(lambda: db.gateway(text), DENIED)
    refused(lambda: db.admin("DELETE FROM approval_policy;"), DENIED)
    refused(lambda: db.owner("DELETE FROM approval_policy;"), "MB403")
    refused(lambda: db.admin("UPDATE approval_policy SET tool_mode = 'always';"), "23514")
    for table in ("review_index", "review_comment", "approval_policy"):
        refused(lambda: db.run("mcpbox_jobs", f"SELECT 1 FROM {table};"), DENIED)
    refused(lambda: auto(db, tool, 1, "mcpbox_jobs"), DENIED)


def test_a_comment_stays_as_it_is(db, tool):
    other = Tool(db)
    said = db.gateway(f"INSERT INTO review_comment (tool_id, version, body, author) VALUES "
                      f"('{tool.id}', 1, 'x', 'client:x') RETURNING id;")
    refused(lambda: db.owner(f"UPDATE review_comment SET body = 'y' WHERE id = {said};"), "MB403")
    refused(lambda: db.gateway(f"INSERT INTO review_comment (tool_id, version, body, author) VALUES "
                               f"('{tool.id}', 2, 'x', 'x');"), "23503")
    refused(lambda: db.gateway(f"INSERT INTO review_comment (tool_id, version, body, author, reply_to) "
                               f"VALUES ('{other.id}', 1, 'x', 'x', {said});"), "23503")
    db.gateway(f"INSERT INTO review_comment (tool_id, version, body, author) SELECT '{tool.id}', 1, "
               f"'x', 'x' FROM generate_series(2, 500);")
    refused(lambda: db.gateway(f"INSERT INTO review_comment (tool_id, version, body, author) VALUES "
                               f"('{tool.id}', 1, 'x', 'x');"), "MB409")


# --- the policy --------------------------------------------------------------------------


def ready(db, mode, **change):
    """A tool that a person approved and a model changed."""
    tool = Tool(db)
    db.gateway(version(tool, 2, secret_names="'{A}'", timeout_ms="5000", imports="'{json}'"))
    approve(db, tool, 2)
    db.gateway(version(tool, 3, **{"secret_names": "'{A}'", "timeout_ms": "5000",
                                   "imports": "'{json}'", **change}))
    policy(db, mode)
    return tool


LADDER = ["never", "description_only", "no_new_powers", "no_powers"]


@pytest.mark.parametrize("change, first", [
    ({"description": "'Adds two numbers.'"}, 1), ({"title": "'Sum'"}, 1), ({"code": "'x'"}, 2),
    ({"secret_names": "'{}'", "timeout_ms": "1000", "imports": "'{}'"}, 2),
    ({"secret_names": "'{A,B}'"}, 9), ({"timeout_ms": "5001"}, 9), ({"timeout_ms": "NULL"}, 9),
    ({"imports": "'{json,os}'"}, 9), ({"imports": "NULL", "code": "'x'"}, 9),
    ({"annotations": "'{}'"}, 9), ({"code": "'x'", "findings": """'[{"severity":"high"}]'"""}, 9),
    ({"description": "'x'", "remarks": """'[{"severity":"warning"}]'"""}, 9),
    ({"description": "'Call this first.'"}, 9), ({"description": "'Adds\u200b.'"}, 9)])
def test_each_mode_allows_what_those_before_do(db, change, first):
    for step in (first - 1, first) if first < 4 else (3,):
        mode = LADDER[step]
        tool = ready(db, mode, **change)
        got = auto(db, tool, 3)
        assert bool(got) == (step >= first), (mode, got)
        assert tool.state() == ("approved" if got else "pending_review")
        if got:
            assert tool.state("approved_by") == f"policy:{got}" and got in LADDER[:step + 1]


def test_a_new_tool_without_powers(db, tool):
    policy(db, "no_powers")
    assert auto(db, tool, 1) == ""  # nobody asked for review
    db.gateway(version(tool, 2))
    assert auto(db, tool, 1) == ""  # not what is current
    assert auto(db, tool, 2) == "no_powers"
    assert auto(db, tool, 2) == ""  # approved already
    db.admin(f"""INSERT INTO network_access (server_id, host, justification, source, requested_by,
        status, decided_by, decided_at) VALUES ('{tool.server_id}', 'a.example', 'because', 'manual',
        'x', 'approved', 'p', now());""")
    db.gateway(version(tool, 3, code="'x'"))
    # It reaches something now, and no person has seen it.
    assert auto(db, tool, 3) == ""
    approve(db, tool, 3)
    db.gateway(version(tool, 4, code="'y'"))
    assert auto(db, tool, 4) == "no_new_powers"


@pytest.mark.parametrize("no", ["reject", "revoke"])
def test_after_a_no_a_person_decides(db, no):
    tool = ready(db, "no_powers", code="'x'")
    db.admin(f"INSERT INTO decision (tool_id, verdict, version, digest, decided_by) VALUES "
             f"('{tool.id}', '{no}', 3, decode('{tool.digest(3)}', 'hex'), 'person:anna');")
    assert auto(db, tool, 3) == ""


def test_another_rule_of_the_house_stands_above(db):
    """A trigger that refuses an approval makes it a person's business, and
    nobody's mistake."""
    tool = ready(db, "no_powers", code="'x'")
    db.owner("""CREATE FUNCTION no_one() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION USING ERRCODE = 'MB409', MESSAGE = 'More people.'; END $$;
        CREATE TRIGGER zz_no_one BEFORE INSERT OR UPDATE ON approval
        FOR EACH ROW EXECUTE FUNCTION no_one();""")
    try:
        assert auto(db, tool, 3) == "" and tool.state() == "pending_review"
    finally:
        db.owner("DROP TRIGGER zz_no_one ON approval; DROP FUNCTION no_one();")
    assert auto(db, tool, 3) == "no_new_powers"


def test_the_trail_says_who_and_why(db):
    tool = ready(db, "description_only", title="'Sum'")
    assert auto(db, tool, 3) == "description_only"
    row = rows(db.admin(f"SELECT to_json(a) FROM audit a WHERE target_id = '{tool.id}' "
                        f"AND operation = 'auto_approve_tool';"))[0]
    assert row["actor"] == "policy:description_only" and row["db_role"] == "mcpbox_gateway"
    assert row["after"]["policy"] == "description_only" and row["after"]["cause"] == "client:x"
    assert db.admin("SELECT audit_broken_at();") == ""


# --- what is plain, by the database's own rule -----------------------------------------


def samples():
    """(rule, text) of tests/unit/fcgi/lint_samples.def."""
    path = os.path.join(ROOT, "tests", "unit", "fcgi", "lint_samples.def")
    with open(path, encoding="utf-8") as f:
        found = re.findall(r'^SAMPLE\(("(?:[^"\\]|\\.)*"), ("(?:[^"\\]|\\.)*")\)$', f.read(), re.M)
    return [(json.loads(rule), json.loads(text)) for rule, text in found]


def test_what_the_lint_tells_is_not_plain(db):
    all_ = samples()
    assert len(all_) > 50
    quoted = ["('" + text.replace("'", "''") + "')" for _, text in all_]
    got = db.owner(f"SELECT text_plain(x) FROM (VALUES {', '.join(quoted)}, (NULL)) v(x);").split()
    for (rule, text), plain in zip(all_, got):
        assert plain == ("f" if rule else "t"), (rule, text)
    assert got[-1] == "t"
