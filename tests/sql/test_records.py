"""Records: every filter has its index, what is counted is right, and old rows go."""

import json
import time

import pytest

from conftest import quote, refused

DENIED = "42501"
SERVER = "11111111-1111-4111-8111-111111111111"

SEED = """
INSERT INTO run_log (id, tool_id, server_id, tool_name, version, digest, caller, request_id,
    trace_id, is_test, run_kind, outcome, error, duration_ms, cpu_ms, peak_kib, created_at)
SELECT md5('p' || i)::uuid, md5('t' || i % 50)::uuid, md5('s' || i % 10)::uuid,
    'plan' || i % 10 || '__tool' || i % 50, 1, '', 'client:c' || i % 7, md5('r' || i),
    md5('r' || i), i % 100 = 0, CASE WHEN i % 100 = 0 THEN 'test' ELSE 'call' END,
    CASE WHEN i % 20 = 3 THEN 'tool_error' WHEN i % 1000 = 7 THEN 'timeout' ELSE 'result' END,
    CASE WHEN i % 20 = 3 THEN 'ValueError: row ' || i WHEN i % 1000 = 7 THEN 'too long' END,
    i % 3000, 3, 20000, now() - i * interval '1 second'
FROM generate_series(1, 12000) i;
INSERT INTO run_name SELECT DISTINCT tool_name FROM run_log ON CONFLICT DO NOTHING;
INSERT INTO audit (seq, at, db_role, actor, operation, target_kind, target_id, request_id, prev,
    hash)
SELECT -i, now() - i * interval '1 second', 'x',
    'person:p' || i % 7, CASE WHEN i % 50 = 0 THEN 'login_failed' WHEN i % 9 = 0
    THEN 'approve_tool' ELSE 'update_tool' END, 'tool', md5('t' || i % 50)::uuid::text,
    md5('r' || i), hash, hash
FROM generate_series(1, 8000) i, (SELECT sha256('x') AS hash) h;
ANALYZE run_log; ANALYZE audit;
"""

FILTERS = {
    "none": {},
    "server": {"server_id": "md5('s3')::uuid"},
    "tool": {"tool_id": "md5('t3')::uuid"},
    "name": {"tool_name": "'tool4'"},
    "no such name": {"tool_name": "'nothing'"},
    "caller": {"caller": "'client:c3'"},
    "no such caller": {"caller": "'client:nobody'"},
    "outcome": {"outcome": "'timeout'"},
    "no such outcome": {"outcome": "'crashed'"},
    "failed": {"success": "'false'"},
    "went well": {"success": "'true'"},
    "tests": {"is_test": "'true'"},
    "calls": {"is_test": "'false'"},
    "kind": {"kind": "'trial'"},
    "level": {"level": "'error'"},
    "request": {"request_id": "md5('r77')"},
    "trace": {"trace_id": "md5('r77')"},
    "times": {"from": "now() - interval '2 hours'", "to": "now() - interval '1 hour'"},
    "second page": {"at": "now() - interval '1 hour'", "id": "md5('x')::uuid"},
    "frequent text": {"search": "'ValueError'"},
    "rare text": {"search": "'row 543'"},
    "no such text": {"search": "'zzzqqq'"},
}


@pytest.fixture(scope="module")
def many(db):
    db.owner(SEED)
    yield db
    db.owner("SET session_replication_role = replica; DELETE FROM audit WHERE seq < 0; "
             "DELETE FROM run_log WHERE tool_name LIKE 'plan%';")


def touched(db, query):
    """Rows of the records that were read from end to end, and those that an index gave."""
    out = db.owner(f"""BEGIN; SELECT count(*) FROM ({query}) q;
        SELECT coalesce(sum(seq_tup_read), 0), coalesce(sum(idx_tup_fetch), 0)
        FROM pg_stat_xact_user_tables WHERE schemaname = 'mcpbox'
        AND relname ~ '^(run_log|audit)'; ROLLBACK;""").splitlines()
    return [int(n) for n in out[-1].split("|")]


def page(values, function="run_log_page", n=21):
    pairs = ", ".join(f"'{k}', {v}" for k, v in values.items())
    return f"SELECT * FROM {function}(json_build_object({pairs}), {n})"


@pytest.mark.parametrize("name", FILTERS)
def test_1_9_each_filter_reads_an_index(many, name):
    """No table is read from end to end, and not many more rows than are shown."""
    sequential, by_index = touched(many, page(FILTERS[name]))
    assert sequential == 0
    assert by_index <= (3300 if "search" in FILTERS[name] else 600), by_index


ACTIVITY = {
    "none": {}, "type": {"type": "'approval'"}, "no such type": {"type": "'login'"},
    "calls": {"type": "'call'"}, "tests": {"type": "'test'"}, "level": {"level": "'error'"},
    "warnings": {"level": "'warning'"}, "actor": {"actor": "'person:p3'"},
    "no such actor": {"actor": "'person:nobody'"}, "request": {"request_id": "md5('r77')"},
    "times": {"from": "now() - interval '2 hours'", "to": "now() - interval '1 hour'"},
    "server": {"server_id": "md5('s3')::uuid"}, "frequent text": {"search": "'update_tool'"},
    "no such text": {"search": "'zzzqqq'"},
    "second page": {"at": "now() - interval '1 hour'", "id": "'a5'"},
}


@pytest.mark.parametrize("name", ACTIVITY)
def test_1_10_each_filter_reads_an_index(many, name):
    sequential, by_index = touched(many, page(ACTIVITY[name], "activity_page"))
    assert sequential == 0
    assert by_index <= (6500 if "search" in ACTIVITY[name] else 1500), by_index


def test_what_is_read_does_not_grow_with_the_log(many):
    """The same rows for 12,000 and for 24,000."""
    before = {n: touched(many, page(FILTERS[n])) for n in FILTERS}
    many.owner("""INSERT INTO run_log (tool_id, server_id, tool_name, version, digest, caller,
            request_id, is_test, run_kind, outcome, error, duration_ms, cpu_ms, peak_kib,
            created_at)
        SELECT tool_id, server_id, tool_name, version, digest, caller, request_id || n, is_test,
            run_kind, outcome, error || n, duration_ms, cpu_ms, peak_kib,
            created_at - n * interval '5 hours'
        FROM run_log, generate_series(1, 1) n WHERE tool_name LIKE 'plan%'; ANALYZE run_log;""")
    for name in FILTERS:
        if "search" in FILTERS[name]:
            continue  # what is near is looked through first, a thousand rows at most
        rows = touched(many, page(FILTERS[name]))
        assert rows[0] == 0 and rows[1] <= 1.5 * before[name][1] + 100, (name, before[name], rows)


def test_a_page_is_what_the_conditions_say(many):
    """The assembled statement against the plain one."""
    for name, condition in {
            "server": "server_id = md5('s3')::uuid", "failed": "outcome <> 'result'",
            "name": "tool_name LIKE '%tool4%'", "level": "outcome = 'timeout'",
            "tests": "is_test", "frequent text": "error LIKE '%ValueError%'"}.items():
        plain = many.owner(f"SELECT id FROM run_log WHERE {condition} "
                           "ORDER BY created_at DESC, id DESC LIMIT 21;")
        assert many.owner(f"SELECT id FROM ({page(FILTERS[name])}) x;") == plain, name


def test_values_are_no_statements(many):
    """A filter is a value, whatever it looks like."""
    evil = "x'; DROP TABLE run_stat; --"
    for key in ("caller", "outcome", "request_id", "trace_id", "kind", "search", "tool_name"):
        text = quote(json.dumps({key: evil}))
        assert many.admin(f"SELECT count(*) FROM run_log_page({text}, 5);") == "0"
    for key in ("actor", "request_id", "type", "search"):
        text = quote(json.dumps({key: evil}))
        assert many.admin(f"SELECT count(*) FROM activity_page({text}, 5);") == "0"
    for key in ("server_id", "tool_id", "from", "to"):
        text = quote(json.dumps({key: evil}))
        refused(lambda: many.admin(f"SELECT count(*) FROM run_log_page({text}, 5);"),
                "22P02" if key.endswith("id") else "22007")
    assert many.owner("SELECT count(*) >= 0 FROM run_stat;") == "t"


def test_only_people_read_the_log(many):
    for call in ("run_log_page('{}', 1)", "activity_page('{}', 1)", "run_log_forget(1, 1)",
                 "run_stat_roll()", "run_count"):
        refused(lambda: many.gateway(f"SELECT * FROM {call};"), DENIED)
    assert many.gateway("SELECT count(*) FROM run_log_of_tool(md5('t3')::uuid, 99);") == "50"
    refused(lambda: many.run("mcpbox_jobs", "SELECT * FROM run_log_page('{}', 1);"), DENIED)


# --- counting -----------------------------------------------------------------

ONE = f"""INSERT INTO run_log (tool_id, server_id, tool_name, version, digest, caller, request_id,
    is_test, outcome, duration_ms, cpu_ms, peak_kib) SELECT md5('one')::uuid, '{SERVER}', 's__t', 1,
    '', 'c', 'r', false, 'result', 7, 1, 1"""
COUNT = f"SELECT coalesce(sum(runs), 0) || ' ' || coalesce(sum(ms), 0) FROM %s " \
        f"WHERE server_id = '{SERVER}';"


def test_W31_counted_once_and_never_lost(db):
    """[W-31] A row that is committed after the count began is counted the next time."""
    def roll():
        db.run("mcpbox_jobs", "SELECT run_stat_roll();")

    db.admin(ONE + ";")
    assert db.admin(COUNT % "run_count") == "1 7"
    roll()
    assert db.owner(COUNT % "run_stat") == db.admin(COUNT % "run_count") == "1 7"
    # Begun first, committed last: its row is older than rows that were counted before.
    late = db.start("mcpbox_admin", f"BEGIN; {ONE}; SELECT pg_sleep(2); COMMIT;")
    deadline = time.monotonic() + 30
    while db.owner("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2)%' "
                   "AND pid <> pg_backend_pid() AND state = 'active';") == "0":
        assert time.monotonic() < deadline
    db.admin(ONE + " FROM generate_series(1, 5);")
    roll()
    assert db.admin(COUNT % "run_count") == "6 42"
    assert late.wait(timeout=30) == 0
    late.stdout.close(), late.stderr.close()
    assert db.admin(COUNT % "run_count") == "7 49"
    roll()
    roll()
    assert db.owner(COUNT % "run_stat") == db.admin(COUNT % "run_count") == "7 49"


def test_a_restored_database_counts_anew(db):
    """There the numbers of transactions begin again, lower than those in its rows."""
    db.owner("UPDATE run_stat_at SET xid = '99999999999'; UPDATE run_log SET xid = '88888888888' "
             f"WHERE server_id = '{SERVER}';")
    before = db.owner(f"SELECT count(*) FROM run_log WHERE server_id = '{SERVER}';")
    db.run("mcpbox_jobs", "SELECT run_stat_roll();")
    assert db.admin(COUNT % "run_count").split()[0] == before
    db.admin(ONE + ";")
    assert db.admin(COUNT % "run_count").split()[0] == str(int(before) + 1)
    db.run("mcpbox_jobs", "SELECT run_stat_roll();")
    assert db.owner(COUNT % "run_stat").split()[0] == str(int(before) + 1)


def test_watchers_see_what_commits_late(db):
    """Between two places lies everything that was committed between them, once."""
    def now():
        return db.admin("SELECT xid, seq FROM activity_now();").split("|")

    def between(a, b):
        return int(db.admin(f"SELECT count(*) FROM activity_between('{{}}', '{a[0]}', '{b[0]}', "
                            f"{a[1]}, {b[1]}, 100);"))

    db.owner(ONE + ";")  # so that no older transaction is in the way
    start = now()
    db.admin(f"BEGIN; {ONE}; SELECT audit_append('p', NULL, NULL, 'o', NULL, NULL, NULL, NULL); "
             "COMMIT;")
    db.admin(ONE + " FROM generate_series(1, 3);")
    end = now()
    assert between(start, end) == 5
    assert between(end, now()) == 0


# --- retention ----------------------------------------------------------------


def test_W39_retention_by_partition_and_by_row(db):
    """[W-39] To the day, and the counts with the rows."""
    def count(tag):
        return db.owner(f"SELECT count(*) FROM run_log WHERE request_id = '{tag}';")

    def put(tag, when):
        db.owner(ONE.replace("peak_kib)", "peak_kib, created_at)")
                 .replace("'r',", f"'{tag}',") + f", {when};")

    db.owner("SET ROLE mcpbox; SELECT run_log_ensure((now() - interval '400 days')::date);")
    put("gone by month", "now() - interval '400 days'")
    put("gone by day", "now() - interval '41 days'")
    put("kept by day", "now() - interval '39 days'")
    month = db.owner("SELECT 'run_log_' || to_char((now() - interval '400 days') AT TIME ZONE "
                     "'UTC', 'YYYYMM');")
    db.run("mcpbox_jobs", "SELECT run_stat_roll();")
    assert db.run("mcpbox_jobs", "SELECT maintain_records(40);") >= "2"
    assert [count(t) for t in ("gone by month", "gone by day", "kept by day")] == ["0", "0", "1"]
    assert db.owner(f"SELECT to_regclass('{month}') IS NULL;") == "t"
    assert db.owner("SELECT count(*) FROM run_stat WHERE bucket < now() - interval '41 days';") == "0"
    for bad in (0, 3651):
        refused(lambda: db.admin(f"SELECT run_log_forget({bad}, 10);"), "MB422")
    db.run("mcpbox_jobs", "SELECT maintain();")
    assert count("kept by day") == "1"
