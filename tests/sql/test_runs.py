"""The log of runs: partitions by month, and their upkeep."""

INSERT = """INSERT INTO run_log (tool_id, server_id, tool_name, version, digest, caller,
    request_id, is_test, outcome, duration_ms, cpu_ms, peak_kib{column})
    VALUES (gen_random_uuid(), gen_random_uuid(), 's__t', 1, '', 'c', '{tag}', false, 'result',
    1, 1, 1{value});"""


def insert(db, tag, when=None):
    db.owner(INSERT.format(tag=tag, column=", created_at" if when else "",
                           value=f", {when}" if when else ""))


def where(db, tag):
    return db.owner(f"SELECT tableoid::regclass FROM run_log WHERE request_id = '{tag}';")


def test_a_row_goes_to_its_month(db):
    insert(db, "now")
    month = db.owner("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMM');")
    assert where(db, "now") == f"run_log_{month}"


def test_both_pools_write(db):
    for role in ("mcpbox_admin", "mcpbox_gateway"):
        db.run(role, INSERT.format(tag="pool" + role, column="", value=""))
        assert where(db, "pool" + role).startswith("run_log_")


def test_a_month_that_nobody_made_is_no_error(db):
    insert(db, "late", "now() + interval '5 months'")
    assert where(db, "late") == "run_log_default"
    db.owner("SET ROLE mcpbox; SELECT run_log_ensure((now() + interval '5 months')::date);")
    month = db.owner("SELECT to_char((now() + interval '5 months') AT TIME ZONE 'UTC', 'YYYYMM');")
    assert where(db, "late") == f"run_log_{month}"


def test_upkeep_makes_and_drops(db):
    db.owner("SET ROLE mcpbox; SELECT run_log_ensure('2020-01-15');")
    insert(db, "old", "timestamptz '2020-01-20 00:00+00'")
    insert(db, "stray", "timestamptz '2019-06-01 00:00+00'")
    assert where(db, "old") == "run_log_202001"
    assert where(db, "stray") == "run_log_default"
    db.run("mcpbox_jobs", "SELECT maintain();")
    db.run("mcpbox_jobs", "SELECT maintain_records(90);")
    assert where(db, "old") == "" and where(db, "stray") == ""
    assert db.owner("SELECT to_regclass('run_log_202001') IS NULL;") == "t"
    month = db.owner("SELECT to_char((now() + interval '2 months') AT TIME ZONE 'UTC', 'YYYYMM');")
    assert db.owner(f"SELECT to_regclass('run_log_{month}') IS NOT NULL;") == "t"
    db.run("mcpbox_jobs", "SELECT maintain();")  # and again: nothing left to do


def test_the_log_outlives_the_tool(db, tool):
    db.admin(f"""INSERT INTO run_log (tool_id, server_id, tool_name, version, digest, caller,
        request_id, is_test, outcome, duration_ms, cpu_ms, peak_kib)
        VALUES ('{tool.id}', '{tool.server_id}', 'n', 1, '', 'c', 'kept', true, 'result', 1, 1, 1);""")
    db.gateway(f"DELETE FROM server WHERE id = '{tool.server_id}';")
    assert db.admin("SELECT count(*) FROM run_log WHERE request_id = 'kept';") == "1"
