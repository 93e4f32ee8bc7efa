"""Network access, limits and kills: what the database itself holds."""

import pytest

from conftest import Tool, quote, refused

DENIED = "42501"
GONE = "23503"


class Place:
    """A tool to ask for things for."""

    def __init__(self, db):
        self.db = db
        self.tool = Tool(db)
        self.server_id = self.tool.server_id

    def ask(self, host="a.example", port="443", tool=True, by="mcpbox_gateway"):
        tool_id = quote(self.tool.id) if tool else "NULL"
        return self.db.run(by, f"""INSERT INTO network_access (server_id, tool_id, host, port,
            justification, source, requested_by) VALUES ('{self.server_id}', {tool_id},
            {quote(host)}, {port}, 'because', 'llm', 'x') RETURNING id;""")

    def grant(self, host="a.example", port="443", tool=True, private="false"):
        tool_id = quote(self.tool.id) if tool else "NULL"
        return self.db.admin(f"""INSERT INTO network_access (server_id, tool_id, host, port,
            justification, source, requested_by, private, status, decided_by, decided_at)
            VALUES ('{self.server_id}', {tool_id}, {quote(host)}, {port}, 'because', 'manual', 'x',
            {private}, 'approved', 'x', now()) RETURNING id;""")

    def set(self, row, status, extra="", by="mcpbox_admin"):
        return self.db.run(by, f"UPDATE network_access SET status = '{status}', decided_by = 'p', "
                               f"decided_at = now(), reason = 'r' {extra} WHERE id = '{row}';")

    def lines(self, tool=None, by="mcpbox_gateway"):
        return self.db.run(by, f"SELECT line FROM run_grant WHERE tool_id = "
                               f"'{(tool or self.tool).id}' ORDER BY 1;").splitlines()


@pytest.fixture
def place(db):
    return Place(db)


# --- who writes what ---------------------------------------------------------------


def test_gateway_asks_and_decides_nothing(db, place):
    row = place.ask()
    where = f"WHERE id = '{row}'"
    for statement in (
        f"UPDATE network_access SET status = 'approved', decided_by = 'x', decided_at = now() {where};",
        f"UPDATE network_access SET private = true {where};",
        f"UPDATE network_access SET host = 'evil.example' {where};",
        f"UPDATE network_access SET port = NULL {where};",
        f"DELETE FROM network_access {where};",
        "TRUNCATE network_access;",
        f"INSERT INTO network_access (server_id, host, justification, source, requested_by, "
        f"status, decided_by, decided_at) VALUES ('{place.server_id}', 'b.example', 'because', "
        f"'llm', 'x', 'approved', 'x', now());",
        f"INSERT INTO network_access (server_id, host, justification, source, requested_by, "
        f"private) VALUES ('{place.server_id}', 'b.example', 'because', 'llm', 'x', true);",
        f"INSERT INTO network_access (id, server_id, host, justification, source, requested_by) "
        f"VALUES (gen_random_uuid(), '{place.server_id}', 'b.example', 'because', 'llm', 'x');",
        "ALTER TABLE network_access DISABLE TRIGGER ALL;",
    ):
        with pytest.raises(Exception) as caught:
            db.gateway(statement)
        assert caught.value.state == DENIED, statement
    for statement in ("UPDATE run_grant SET line = 'x:1';", "DELETE FROM run_grant;",
                      "UPDATE run_limit SET threads = 64;"):
        with pytest.raises(Exception) as caught:
            db.gateway(statement)
        assert caught.value.state in (DENIED, "55000"), statement
    assert place.lines() == []


def test_gateway_sets_no_limit_and_gives_no_order(db, place):
    for statement in (
        f"INSERT INTO limit_set (server_id, threads, updated_by) VALUES ('{place.server_id}', 8, 'x');",
        "UPDATE limit_set SET threads = 64;", "DELETE FROM limit_set;", "SELECT * FROM limit_set;",
        "INSERT INTO kill_order (what, target, why, lasting) VALUES ('tool', 'a__b', 'x', true);",
        "DELETE FROM kill_order;", "SELECT * FROM kill_order;",
        "SELECT kill_runs('tool', 'a__b', 'x', true);",
        f"SELECT kill_tool('{place.tool.id}', 'x', true);",
    ):
        refused(lambda: db.gateway(statement), DENIED)


def test_admin_gives_no_order_by_hand(db):
    for statement in ("INSERT INTO kill_order (what, target, why, lasting) "
                      "VALUES ('tool', 'a__b', 'x', true);",
                      "SELECT kill_runs('tool', 'a__b', 'x', true);", "DELETE FROM kill_order;"):
        refused(lambda: db.admin(statement), DENIED)


def test_jobs_sees_nothing(db):
    for table in ("network_access", "run_grant", "run_limit", "limit_set", "kill_order"):
        refused(lambda: db.run("mcpbox_jobs", f"SELECT 1 FROM {table};"), DENIED)


# --- what a row can be -------------------------------------------------------------


@pytest.mark.parametrize("host", ["", "A.example", "a b", "a/b", "a@b", "*.example", "a\nb", "ä.example",
                                  ".a.example", "-a.example", "[fd00::1]", "x" * 254])
def test_bad_hosts(place, host):
    refused(lambda: place.ask(host), "23514")


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_bad_ports(place, port):
    refused(lambda: place.ask(port=port), "23514")


def test_one_waits_and_one_is_in_force(place):
    row = place.ask()
    refused(place.ask, "23505")
    place.ask(port="80")
    place.ask(port="NULL")
    refused(lambda: place.ask(port="NULL"), "23505")
    place.ask(tool=False)
    refused(lambda: place.ask(tool=False), "23505")
    place.set(row, "approved")
    again = place.ask()  # beside the one in force
    refused(lambda: place.set(again, "approved"), "23505")
    refused(place.grant, "23505")


def test_a_row_names_a_tool_of_its_server(db, place):
    other = Tool(db)
    refused(lambda: db.gateway(f"""INSERT INTO network_access (server_id, tool_id, host,
        justification, source, requested_by) VALUES ('{other.server_id}', '{place.tool.id}',
        'a.example', 'because', 'llm', 'x');"""), GONE)


@pytest.mark.parametrize("start, to", [
    ("pending", "revoked"), ("pending", "pending"), ("approved", "pending"),
    ("approved", "rejected"), ("approved", "approved"), ("rejected", "approved"),
    ("rejected", "pending"), ("revoked", "approved"), ("revoked", "pending")])
def test_no_other_way(place, start, to):
    row = place.ask()
    if start in ("approved", "revoked"):
        place.set(row, "approved")
    if start in ("rejected", "revoked"):
        place.set(row, start)
    refused(lambda: place.set(row, to), "MB409")


def test_a_row_begins_as_a_request_or_a_grant(db, place):
    for status in ("rejected", "revoked"):
        refused(lambda: db.admin(f"""INSERT INTO network_access (server_id, host, justification,
            source, requested_by, status, decided_by, decided_at) VALUES ('{place.server_id}',
            'a.example', 'because', 'llm', 'x', '{status}', 'x', now());"""), "MB403")


def test_what_is_asked_for_never_changes(db, place):
    row = place.ask()
    for column, value in (("host", "'evil.example'"), ("port", "NULL"), ("tool_id", "NULL"),
                          ("justification", "'x'"), ("requested_by", "'y'"), ("source", "'manual'"),
                          ("created_at", "now() - interval '1 day'")):
        statement = f"UPDATE network_access SET {column} = {value} WHERE id = '{row}';"
        refused(lambda: db.admin(statement), DENIED)
        refused(lambda: db.owner(statement), "MB403")
    # Nor is a grant made private later.
    place.set(row, "approved")
    refused(lambda: place.set(row, "revoked", ", private = true"), "MB409")


def test_a_rejection_has_a_reason_and_a_decision_an_author(db, place):
    row = place.ask()
    refused(lambda: db.admin(f"UPDATE network_access SET status = 'rejected', decided_by = 'x', "
                             f"decided_at = now() WHERE id = '{row}';"), "23514")
    refused(lambda: db.admin(f"UPDATE network_access SET status = 'approved' "
                             f"WHERE id = '{row}';"), "23514")


def test_256_grants_are_the_most(db, place):
    db.admin(f"""INSERT INTO network_access (server_id, host, justification, source, requested_by,
        status, decided_by, decided_at) SELECT '{place.server_id}', 'h' || n || '.example',
        'because', 'manual', 'x', 'approved', 'x', now() FROM generate_series(1, 256) n;""")
    refused(place.grant, "MB409")
    row = place.ask()
    refused(lambda: place.set(row, "approved"), "MB409")
    assert len(place.lines()) == 256


def test_two_take_the_last_place(db, place):
    db.admin(f"""INSERT INTO network_access (server_id, host, justification, source, requested_by,
        status, decided_by, decided_at) SELECT '{place.server_id}', 'h' || n || '.example',
        'because', 'manual', 'x', 'approved', 'x', now() FROM generate_series(1, 255) n;""")
    one, two = place.ask(port="1"), place.ask(port="2")

    def text(row):
        return (f"UPDATE network_access SET status = 'approved', decided_by = 'x', "
                f"decided_at = now() WHERE id = '{row}';")

    first = db.start("mcpbox_admin", f"BEGIN; {text(one)} SELECT pg_sleep(0.3); COMMIT;")
    second = db.start("mcpbox_admin", f"SELECT pg_sleep(0.1); {text(two)}")
    codes = [child.wait(timeout=30) for child in (first, second)]
    for child in (first, second):
        child.communicate()
    assert codes.count(0) == 1
    assert len(place.lines()) == 256


# --- what a run is given -------------------------------------------------------------


def test_lines(db, place):
    server = place.tool.server
    other = Tool.__new__(Tool)
    other.__dict__.update(place.tool.__dict__, name="other", full_name=f"{server}__other")
    other.id = db.gateway(f"""BEGIN; INSERT INTO tool (server_id, name, created_by)
        VALUES ('{place.server_id}', 'other', 'x') RETURNING id \\gset
        {other.insert_version(1, ':id')} COMMIT; SELECT :'id';""")
    place.grant("a.example")
    place.grant("b.example", "NULL", tool=False)
    place.grant("fd00::1", "8443", private="true")
    place.grant("10.0.0.1", "NULL", private="true", tool=False)
    place.grant("a.example", tool=False)  # both: one line
    waiting = place.ask("c.example")
    rejected = place.ask("d.example")
    place.set(rejected, "rejected")
    assert place.lines() == sorted(["a.example:443", "b.example:*", "private [fd00::1]:8443",
                                    "private 10.0.0.1:*"])
    assert place.lines(other) == sorted(["a.example:443", "b.example:*", "private 10.0.0.1:*"])
    assert place.lines(Tool(db)) == []
    place.set(waiting, "approved")
    assert "c.example:443" in place.lines()
    place.set(waiting, "revoked")
    assert "c.example:443" not in place.lines()


def test_limits_of_a_run(db, place):
    columns = ("memory_mib, cpu_ms, result_kib, output_kib, threads, requests, transfer_kib, "
               "concurrency, rate_per_minute")

    def limits():
        return db.gateway(f"SELECT {columns} FROM run_limit WHERE tool_id = '{place.tool.id}';")

    assert limits() == "||||||||"
    db.admin(f"""INSERT INTO limit_set (server_id, memory_mib, threads, concurrency,
        rate_per_minute, updated_by) VALUES ('{place.server_id}', 64, 2, 3, 4, 'x');""")
    assert limits() == "64||||2|||3|4"
    db.admin(f"""INSERT INTO limit_set (server_id, tool_id, memory_mib, requests, updated_by)
        VALUES ('{place.server_id}', '{place.tool.id}', 32, 0, 'x');""")
    assert limits() == "32||||2|0||3|4"
    refused(lambda: db.admin(f"""INSERT INTO limit_set (server_id, updated_by)
        VALUES ('{place.server_id}', 'x');"""), "23505")


@pytest.mark.parametrize("column, least, most", [
    ("memory_mib", 16, 65536), ("cpu_ms", 100, 300000), ("result_kib", 1, 8192),
    ("output_kib", 1, 1024), ("threads", 1, 64), ("requests", 0, 10000),
    ("transfer_kib", 0, 1048576), ("concurrency", 0, 900), ("rate_per_minute", 0, 100000)])
def test_limits_have_ranges(db, place, column, least, most):
    def put(value):
        db.admin(f"""DELETE FROM limit_set WHERE server_id = '{place.server_id}';
            INSERT INTO limit_set (server_id, {column}, updated_by)
            VALUES ('{place.server_id}', {value}, 'x');""")

    for bad in (least - 1, most + 1):
        refused(lambda: put(bad), "23514")
    for good in (least, most):
        put(good)


@pytest.mark.parametrize("column", ["concurrency", "rate_per_minute"])
def test_some_limits_are_the_servers(db, place, column):
    refused(lambda: db.admin(f"""INSERT INTO limit_set (server_id, tool_id, {column}, updated_by)
        VALUES ('{place.server_id}', '{place.tool.id}', 1, 'x');"""), "23514")


# --- what ends runs ------------------------------------------------------------------


def orders(db, since):
    return [tuple(line.split("|")) for line in db.admin(
        f"SELECT what, target, why FROM kill_order WHERE id > {since} ORDER BY id;").splitlines()]


@pytest.fixture
def since(db):
    return db.owner("SELECT coalesce(max(id), 0) FROM kill_order;")


def test_a_revoked_approval(db, place, since):
    place.tool.approve(1)
    assert orders(db, since) == []
    db.admin(f"DELETE FROM approval WHERE tool_id = '{place.tool.id}';")
    assert orders(db, since) == [
        ("tool", place.tool.full_name, "The approval of the tool was revoked.")]


def test_a_rejection(db, place, since):
    place.tool.approve(1)
    place.tool.add_version(2)
    assert orders(db, since) == []
    db.admin(place.tool.insert_rejection(2))
    assert orders(db, since) == [("tool", place.tool.full_name, "The tool was rejected.")]


def test_a_switch(db, place, since):
    where = f"WHERE id = '{place.tool.id}'"
    db.gateway(f"UPDATE tool SET publish_notes = 'x' {where};")
    db.gateway(f"UPDATE tool SET enabled = false {where};")
    db.admin(f"UPDATE tool SET enabled = true {where};")
    assert orders(db, since) == [("tool", place.tool.full_name, "The tool was switched off.")]


def test_a_deleted_tool(db, place, since):
    place.tool.approve(1)
    place.grant()
    place.grant(tool=False)
    db.gateway(f"DELETE FROM tool WHERE id = '{place.tool.id}';")
    assert orders(db, since) == [("tool", place.tool.full_name, "The tool was deleted.")]


def test_a_stopped_and_a_deleted_server(db, place, since):
    where = f"WHERE id = '{place.server_id}'"
    place.tool.approve(1)
    place.grant()
    db.gateway(f"UPDATE server SET status = 'running' {where};")
    db.gateway(f"UPDATE server SET status = 'running' {where};")
    assert orders(db, since) == []
    db.gateway(f"UPDATE server SET status = 'stopped' {where};")
    assert orders(db, since) == [("server", place.server_id, "The server was stopped.")]
    db.gateway(f"DELETE FROM server {where};")
    rest = orders(db, since)[1:]
    assert ("server", place.server_id, "The server was deleted.") in rest
    assert {what for what, _, _ in rest} == {"server"}  # no tool's name is left to be said


def test_a_revoked_grant(db, place, since):
    why = "Network access that the run could use was revoked."
    own, wide = place.grant(), place.grant(tool=False)
    waiting = place.ask("b.example")
    place.set(waiting, "rejected")
    db.admin(f"DELETE FROM network_access WHERE id = '{waiting}';")
    assert orders(db, since) == []
    place.set(own, "revoked")
    place.set(wide, "revoked")
    assert orders(db, since) == [("tool", place.tool.full_name, why), ("server", place.server_id, why)]
    db.admin(f"DELETE FROM network_access WHERE server_id = '{place.server_id}';")
    assert len(orders(db, since)) == 2  # they were out of force
    again = place.grant(tool=False)
    db.admin(f"DELETE FROM network_access WHERE id = '{again}';")
    assert orders(db, since)[2:] == [("server", place.server_id, why)]


def test_a_secret_that_is_taken_away(db, place, since):
    where = f"WHERE server_id = '{place.server_id}'"
    sealed = "0101" + "ab" * 29

    def fill(name):
        db.admin(f"UPDATE secret SET sealed = decode('{sealed}', 'hex'), set_by = 'p', "
                 f"set_at = now() {where} AND name = '{name}';")

    for name in ("A", "B", "EMPTY"):
        db.gateway(f"INSERT INTO secret (server_id, name, created_by) "
                   f"VALUES ('{place.server_id}', '{name}', 'x');")
    for name in ("A", "B", "A"):  # and another value for one
        fill(name)
    db.admin(f"DELETE FROM secret {where} AND name = 'EMPTY';")
    assert orders(db, since) == []
    db.admin(f"DELETE FROM secret {where} AND name = 'A';")
    db.admin(f"UPDATE secret SET sealed = NULL, set_by = NULL, set_at = NULL {where};")
    assert orders(db, since) == 2 * [
        ("server", place.server_id, "A secret of the server was deleted.")]


def test_an_order_is_notified_by_its_number(db, place):
    """Heard by who listens; what it is about is only in the table."""
    heard = db.admin(f"""LISTEN mcpbox_kill;
        UPDATE tool SET enabled = false WHERE id = '{place.tool.id}';
        SELECT 'order ' || max(id) FROM kill_order;""")
    number = heard.split("order ")[1].split()[0]
    assert f'"mcpbox_kill" with payload "{number}"' in heard
    assert place.tool.full_name not in heard


def test_nothing_is_ordered_when_nothing_is_committed(db, place, since):
    db.gateway(f"BEGIN; UPDATE tool SET enabled = false WHERE id = '{place.tool.id}'; ROLLBACK;")
    assert orders(db, since) == []


def test_old_orders_are_forgotten(db, place):
    db.owner("UPDATE kill_order SET at = now() - interval '2 hours';")
    db.gateway(f"UPDATE tool SET enabled = false WHERE id = '{place.tool.id}';")
    assert db.admin("SELECT count(*) FROM kill_order;") == "1"
