"""The log of runs, activity, the dashboard, health: what is told about what happened."""

import csv
import http.client
import io
import json
import secrets
import time
import urllib.parse
import uuid

import pytest

from client import Client, audit_rows, parallel, psql, wait_for
from harness.mcp import McpClient
from house import NOBODY, House

FAIL = '''async def main(text: str):
    """Fail."""
    print("about to fail")
    raise ValueError(text)
'''
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def house(admin):
    return House(admin)


@pytest.fixture
def model(gateway_url):
    client = McpClient(gateway_url)
    yield client
    client.close()


def query(**values):
    return "?" + urllib.parse.urlencode(values)


def logs(house, at="/api/execution-logs", **values):
    return house.get(at + query(**values)).expect(200)


def seed(server=None, **columns):
    """A row of the log that nobody ran; its id."""
    row = {"id": str(uuid.uuid4()), "tool_id": str(uuid.uuid4()),
           "server_id": server or str(uuid.uuid4()), "tool_name": "seeded__tool", "version": 1,
           "digest": "\\x00", "caller": "client:seed", "request_id": secrets.token_hex(16),
           "is_test": "false", "outcome": "result", "duration_ms": 10, "cpu_ms": 1,
           "peak_kib": 1, **columns}
    values = ", ".join("NULL" if v is None else v if str(v).startswith("now()") else
                       "'%s'" % str(v).replace("'", "''") for v in row.values())
    psql(f"INSERT INTO run_log ({', '.join(row)}) VALUES ({values})")
    return row["id"]


# --- the log ------------------------------------------------------------------


def test_W17_a_call_is_recorded_whole_before_its_answer(house, model):
    """[W-17] Tool id, version, caller, door, trace: written by the call path."""
    tool = house.live(house.server())
    model.call(tool["full_name"], {"a": 2, "b": 5})
    [row] = logs(house, tool_id=tool["id"])["items"]
    assert (row["tool_name"], row["version"]) == (tool["full_name"], 1)
    assert (row["kind"], row["source"], row["is_test"]) == ("call", "mcp", False)
    assert (row["outcome"], row["success"], row["error"]) == ("result", True, None)
    assert row["executed_by"] == "client:local" and row["trace_id"] == row["request_id"]
    whole = house.get(f"/api/logs/{row['id']}").expect(200)
    assert whole["input_args"] == {"a": 2, "b": 5} and whole["result"] == {"sum": 7}
    assert whole["stdout"] == "adding\n" and whole["client_ip"] == "127.0.0.1"
    assert whole["digest"] == house.get(f"/api/tools/{tool['id']}").json["digest"]


def test_B18_a_test_is_recorded_as_one(house, admin):
    """[B18] Under its person, its session and the trace that came along."""
    tool = house.tool(python_code=FAIL)
    body = {"tool_id": tool["id"], "arguments": {"text": "no rows"}}
    answer = admin.post("/api/tools/test-code", body,
                        headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    answer.expect(200)
    [row] = logs(house, tool_id=tool["id"], is_test="true")["items"]
    assert (row["kind"], row["source"], row["outcome"]) == ("test", "rest", "tool_error")
    assert row["executed_by"] == "person:admin" and row["session"]
    assert row["trace_id"] == TRACE
    assert row["request_id"] == answer.headers["X-Request-Id"]
    assert row["error"].startswith("ValueError: no rows")
    assert logs(house, tool_id=tool["id"], is_test="false")["items"] == []
    # An odd traceparent is none.
    for odd in (f"ff-{TRACE}-00f067aa0ba902b7-01", "00-" + 32 * "0" + "-00f067aa0ba902b7-01", "x"):
        admin.post("/api/tools/test-code", body, headers={"traceparent": odd}).expect(200)
    newest = logs(house, tool_id=tool["id"])["items"][0]
    assert newest["trace_id"] == newest["request_id"]


def test_B28_what_was_printed_is_kept_on_failure(house, model):
    """[B28]"""
    tool = house.live(house.server(), python_code=FAIL)
    model.call(tool["full_name"], {"text": "x"})
    [row] = logs(house, tool_id=tool["id"])["items"]
    assert house.get(f"/api/logs/{row['id']}").json["stdout"] == "about to fail\n"


FILTERS = [
    ("server_id", "server_id"), ("tool_id", "tool_id"), ("tool_name", "tool_name"),
    ("executed_by", "caller"), ("request_id", "request_id"), ("trace_id", "trace_id"),
    ("outcome", "outcome"),
]


@pytest.fixture(scope="module")
def rows(bearer, credentials):
    """Nine rows of one server and one of another, each other than the rest in each way."""
    server, made = str(uuid.uuid4()), []
    house = House(bearer(credentials[0]))
    names = {i: house.tool(name=f"filter_{i}")["full_name"] for i in (3, 6)}
    for i in range(10):
        made.append(seed(
            server if i else None, tool_name=names.get(i, f"s{secrets.token_hex(5)}__t{i}"),
            caller=f"client:c{secrets.token_hex(5)}", trace_id=secrets.token_hex(16),
            outcome="crashed" if i == 3 else "tool_error" if i % 2 else "result",
            run_kind="test" if i == 4 else "call", is_test="true" if i == 4 else "false",
            error=f"ValueError: 50%_{i} of it is gone {i}" if i % 2 else None,
            created_at=f"now() - interval '{i} seconds'"))
    return server, made


@pytest.mark.parametrize("name,column", FILTERS)
def test_1_9_each_filter_finds_its_rows(house, rows, name, column):
    """[1.9]"""
    _, made = rows
    [[value]] = psql(f"SELECT {column} FROM run_log WHERE id = '{made[3]}'")
    found = [r["id"] for r in logs(house, page_size=100, **{name: value})["items"]]
    others = [r for r in made if r not in found]
    assert made[3] in found
    for id_ in others:
        assert psql(f"SELECT {column} FROM run_log WHERE id = '{id_}'") != [[value]]
    assert len(others) >= (1 if name == "server_id" else 5)


def test_1_9_filters_together_times_and_search(house, rows):
    """[1.9] The search is literal: % and _ mean themselves."""
    server, made = rows

    def found(**values):
        return [made.index(r["id"]) for r in
                logs(house, server_id=server, page_size=100, **values)["items"]]

    assert found() == list(range(1, 10))
    assert found(success="false") == [1, 3, 5, 7, 9]
    assert found(success="true", is_test="false") == [2, 6, 8]
    assert found(kind="test") == found(is_test="true") == [4]
    assert found(search="50%_5") == [5] and found(search="50%") == [1, 3, 5, 7, 9]
    assert found(search="of it is GONE 7") == [7]
    assert found(search="50__5") == found(search="nothing of the kind") == []
    assert found(tool_name="__filter_6") == found(search="__filter_6") == [6]
    assert found(tool_name="__FILTER_6", success="false") == []
    assert found(tool_name="__filter%6") == found(search="__filter%6") == []
    times = {i: psql(f"SELECT rfc3339(created_at + interval '1 ms') FROM run_log "
                     f"WHERE id = '{made[i]}'")[0][0] for i in (2, 5)}
    assert found(**{"from": times[5], "to": times[2]}) == [2, 3, 4]
    assert found(**{"from": times[5].replace("Z", "+00:00")}) == [1, 2, 3, 4]


def test_1_9_pages_neither_repeat_nor_skip(house, rows, as_role):
    """[1.9] While rows are added, and with rows of one time."""
    server = str(uuid.uuid4())
    for _ in range(7):
        seed(server, created_at="now() - interval '1 hour'")
    want = [r["id"] for r in logs(house, server_id=server, page_size=100)["items"]]
    got, cursor = [], {}
    while True:
        page = logs(house, server_id=server, page_size=3, **cursor)
        got += [r["id"] for r in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
        seed(server)
    assert got == want and len(got) == 7
    # A cursor is good for these filters and this caller only.
    first = logs(house, server_id=server, page_size=3)["next_cursor"]
    for other in (dict(server_id=str(uuid.uuid4())), dict(server_id=server, success="true")):
        answer = house.get("/api/execution-logs" + query(cursor=first, **other))
        answer.expect(422, "invalid")
        assert answer.pointers == ["/cursor"]
    viewer = House(as_role("viewer"))
    viewer.get("/api/execution-logs" + query(cursor=first, server_id=server)).expect(422)
    house.get("/api/execution-logs" + query(cursor=first[:-2] + "AA", server_id=server)).expect(422)


def test_1_9_the_doors_of_the_original(house, rows):
    """[1.9] By tool and by server; what nobody knows is an empty page."""
    server, made = rows
    at = f"/api/servers/{server}/execution-logs"
    assert len(logs(house, at)["items"]) == 9
    assert [made.index(r["id"]) for r in logs(house, at, outcome="crashed")["items"]] == [3]
    [[tool]] = psql(f"SELECT tool_id FROM run_log WHERE id = '{made[5]}'")
    assert [r["id"] for r in logs(house, f"/api/tools/{tool}/logs")["items"]] == [made[5]]
    for at in (f"/api/servers/{NOBODY}/execution-logs", f"/api/tools/{NOBODY}/logs"):
        assert logs(house, at) == {"items": [], "next_cursor": None}
    house.get(f"/api/logs/{NOBODY}").expect(404, "not-found")


@pytest.mark.parametrize("bad", ["page_size=0", "page_size=101", "from=yesterday", "search=ab",
                                 "to=2026-02-31T00:00:00Z", "outcome=odd", "server_id=x", "x=1"])
def test_1_9_bad_filters_are_422(house, bad):
    house.get(f"/api/execution-logs?{bad}").expect(422, "invalid")


def test_1_9_stats_of_seeded_runs(house):
    """[1.9] Totals, outcomes, percentiles, by tool and over time, before and after they are
    counted by the job."""
    server, tool = str(uuid.uuid4()), str(uuid.uuid4())
    psql(f"""INSERT INTO run_log (tool_id, server_id, tool_name, version, digest, caller,
            request_id, is_test, outcome, duration_ms, cpu_ms, peak_kib, created_at)
        SELECT '{tool}', '{server}', 's__t', 1, '', 'c', 'r', false,
            CASE WHEN ms > 90 THEN 'timeout' ELSE 'result' END, ms, 1, 1,
            now() - (ms % 5) * interval '1 hour' FROM generate_series(1, 100) ms""")
    seed(server, duration_ms=1000, created_at="now() - interval '40 days'")

    def check():
        s = house.get("/api/execution-logs/stats" + query(server_id=server)).expect(200)
        assert (s["total_executions"], s["successful"], s["failed"]) == (101, 91, 10)
        assert (s["period_executions"], s["period_successful"], s["period_failed"]) == (100, 90, 10)
        assert s["period_avg_duration_ms"] in (50, 51) and s["avg_duration_ms"] in (59, 60)
        assert (s["sampled"], s["p50"], s["p95"], s["p99"]) == (100, 50, 95, 99)
        assert s["by_outcome"] == [{"outcome": "result", "executions": 90},
                                   {"outcome": "timeout", "executions": 10}]
        assert [(t["tool_id"], t["executions"], t["failed"]) for t in s["by_tool"]] == [
            (tool, 100, 10)]
        assert [t["server_id"] for t in s["by_server"]] == [server]
        assert sum(h["executions"] for h in s["over_time"]) == 100
        assert sum(h["failed"] for h in s["over_time"]) == 10
        assert len(s["over_time"]) == 25
        assert s["unique_tools"] == 2

    check()
    psql("SELECT run_stat_roll()", role="jobs")
    assert psql(f"SELECT sum(runs) FROM run_stat WHERE server_id = '{server}'") == [["101"]]
    check()
    days = house.get("/api/execution-logs/stats" +
                     query(server_id=server, period_hours=1200, by="day")).expect(200)
    assert days["period_executions"] == 101 and len(days["over_time"]) in (51, 52)
    assert house.get("/api/execution-logs/stats" + query(
        server_id=server, tool_id=tool, is_test="true")).json["total_executions"] == 0
    for bad in ("period_hours=0", "period_hours=8761", "by=week"):
        house.get(f"/api/execution-logs/stats?{bad}").expect(422)


def test_1_9_a_question_is_no_failure(house):
    """A run that ended with one is neither a success nor a failure."""
    server = str(uuid.uuid4())
    asked = seed(server, outcome="input_required")
    s = house.get("/api/execution-logs/stats" + query(server_id=server)).expect(200)
    assert (s["total_executions"], s["successful"], s["failed"]) == (1, 0, 0)
    for success in ("true", "false"):
        assert logs(house, server_id=server, success=success)["items"] == []
    assert [r["id"] for r in logs(house, outcome="input_required", server_id=server)["items"]] == [
        asked]
    [row] = house.get("/api/activity/logs" + query(server_id=server)).expect(200)["items"]
    assert row["level"] == "info" and row["message"].endswith(" asked a question")


def test_W39_old_runs_are_deleted(house, as_role):
    """[W-39] By an operation, and by the job with the setting's days."""
    old = seed(created_at="now() - interval '3000 days'")
    kept = seed(created_at="now() - interval '2 days'")
    House(as_role("operator")).delete("/api/execution-logs?retention_days=2900").expect(403)
    for bad in ("", "?retention_days=0", "?retention_days=3651"):
        house.delete(f"/api/execution-logs{bad}").expect(422)
    gone = house.delete("/api/execution-logs?retention_days=2900").expect(200)
    assert gone == {"deleted_count": 1, "retention_days": 2900, "more": False}
    house.get(f"/api/logs/{old}").expect(404)
    house.get(f"/api/logs/{kept}").expect(200)
    assert audit_rows("delete_execution_logs")[-1][2] == {
        "retention_days": 2900, "deleted_count": 1}
    month = seed(created_at="now() - interval '31 days'")
    psql("SELECT maintain_records(30)", role="jobs")
    house.get(f"/api/logs/{month}").expect(404)
    house.get(f"/api/logs/{kept}").expect(200)


# --- the export ---------------------------------------------------------------


def test_1_9_export_as_csv_and_json_lines(house):
    server = str(uuid.uuid4())
    evil = ['=HYPERLINK("http://x")', "+1", "-2+3", "@SUM(A1)", "\t=1", 'a "quoted", text\r\nof two']
    for i, text in enumerate(evil):
        seed(server, outcome="tool_error", error=text, input_args='{"a": [1, "é"]}',
             stdout="plain", created_at=f"now() - interval '{i} seconds'")
    answer = house.get("/api/execution-logs/export" + query(server_id=server))
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="mcpbox-runs.csv"'
    text = answer.raw.decode()
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [r["error"] for r in table] == ["'" + e if e[0] in "=+-@\t" else e for e in evil]
    assert all(r["server_id"] == server and json.loads(r["input_args"]) == {"a": [1, "é"]}
               for r in table)
    assert text.count("\r\n") == len(evil) + 2  # one is inside a cell
    answer = house.get("/api/execution-logs/export" + query(
        server_id=server, format="jsonl", success="false", search="quoted"))
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    [row] = [json.loads(line) for line in answer.raw.splitlines()]
    assert row["error"] == evil[-1] and row["input_args"] == {"a": [1, "é"]}
    assert row["success"] is False and row["result"] is None and row["stdout"] == "plain"
    assert house.get("/api/execution-logs/export?format=xml").status == 422
    assert house.client.request("HEAD", "/api/execution-logs/export").status == 200


def test_1_9_a_long_export_is_whole_and_holds_nobody_up(house):
    """More rows than a piece has, to a reader who stops in between."""
    server = str(uuid.uuid4())
    psql(f"""INSERT INTO run_log (tool_id, server_id, tool_name, version, digest, caller,
            request_id, is_test, outcome, duration_ms, cpu_ms, peak_kib, stdout, created_at)
        SELECT gen_random_uuid(), '{server}', 's__t', 1, '', 'c', i, false, 'result', 1, 1, 1,
            repeat('x', 20000), now() - i * interval '1 ms' FROM generate_series(1, 1050) i""")
    where = urllib.parse.urlsplit(house.client.url)
    conn = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
    conn.request("GET", "/api/execution-logs/export" + query(server_id=server, format="jsonl"),
                 headers={"Authorization": f"Bearer {house.client.tokens['access_token']}"})
    res = conn.getresponse()
    first = res.readline()
    house.get("/api/servers").expect(200)
    seen = [json.loads(line)["request_id"] for line in [first, *res]]
    assert seen == [str(i) for i in range(1, 1051)]
    conn.close()


def test_a_models_view_of_its_tools_runs(house, model):
    """mcpbox_get_tool_logs: without secrets, cut, and tests among them."""
    server = house.server()
    house.secret(server, "TOKEN", "canary-4711-value")
    tool = house.live(server, secret_names=["TOKEN"], python_code='''async def main(text: str):
    """Tell."""
    print(secrets["TOKEN"])
    return text + secrets["TOKEN"]
''')
    model.call(tool["full_name"], {"text": "y" * 5000})
    house.post("/api/tools/test-code", {"tool_id": tool["id"], "arguments": {"text": "t"}})
    body = model.call("mcpbox_get_tool_logs", {"tool_id": tool["id"]})
    assert "canary" not in json.dumps(body)
    seen = body["structuredContent"]
    assert (seen["tool_id"], seen["tool_name"], seen["total"]) == (
        tool["id"], tool["full_name"], 2)
    assert [r["kind"] for r in seen["logs"]] == ["test", "call"]
    assert all(r["success"] and r["version"] == 1 for r in seen["logs"])
    assert len(seen["logs"][1]["result"]) == 2000
    one = model.call("mcpbox_get_tool_logs", {"tool_id": tool["id"], "limit": 1})
    assert one["structuredContent"]["total"] == 1
    assert model.call("mcpbox_get_tool_logs", {"tool_id": NOBODY})["isError"]
    assert model.call("mcpbox_get_tool_logs", {"tool_id": tool["id"], "limit": 51})["isError"]


# --- activity -----------------------------------------------------------------


def activity(house, **values):
    return house.get("/api/activity/logs" + query(**values)).expect(200)


def test_B40_what_happens_is_one_stream(house, model):
    """[1.10, B40] Calls, sign-ins, decisions and changes, by filter, by page, by request."""
    server = house.server()
    tool = house.live(server, python_code=FAIL)
    model.call(tool["full_name"], {"text": "x"})
    rows = activity(house, server_id=server["id"])["items"]
    assert [(r["type"], r["level"]) for r in rows] == [
        ("call", "warning"), ("management", "info"), ("approval", "info"),
        ("management", "info"), ("management", "info")]
    call, start, approval = rows[:3]
    assert call["message"].startswith(f"{tool['full_name']} ended with tool_error: ValueError: x")
    assert call["target_kind"] == "run" and call["outcome"] == "tool_error"
    assert house.get(f"/api/logs/{call['target_id']}").json["request_id"] == call["request_id"]
    assert start["message"] == "person:admin: start server" and start["server_id"] == server["id"]
    assert approval["tool_id"] == tool["id"]
    for row in rows:
        assert house.get(f"/api/activity/logs/{row['id']}").expect(200) == row
    assert activity(house, server_id=server["id"], type="approval")["items"] == [approval]
    assert activity(house, server_id=server["id"], level="warning")["items"] == [call]
    assert activity(house, search=tool["full_name"], type="call")["items"] == [call]
    assert activity(house, actor="person:admin", request_id=start["request_id"])["items"] == [start]
    chain = house.get(f"/api/activity/request/{start['request_id']}").expect(200)
    assert chain == {"request_id": start["request_id"], "logs": [start], "count": 1}
    got, cursor = [], {}
    while True:
        page = activity(house, server_id=server["id"], page_size=2, **cursor)
        got += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert got == rows
    for missing in (f"r{NOBODY}", "a999999999", "a-1"):
        house.get(f"/api/activity/logs/{missing}").expect(404)
    house.get("/api/activity/logs/zzz").expect(422)
    house.get("/api/activity/logs?level=debug").expect(422)


def test_1_10_a_refused_sign_in_is_a_warning(house, anyone):
    name = "nobody_" + secrets.token_hex(4)
    answer = House(anyone).post("/auth/login", {"username": name, "password": "x" * 12})
    answer.expect(401)
    rows = activity(house, type="login", level="warning")["items"]
    assert rows[0]["request_id"] == answer.headers["X-Request-Id"]
    assert rows[0]["message"].endswith("login failed")


def test_1_10_stats(house):
    before = house.get("/api/activity/stats?period=1h").expect(200)
    seed(outcome="crashed")
    after = house.get("/api/activity/stats?period=1h").expect(200)
    assert after["errors"] == before["errors"] + 1 and after["total"] > before["total"]
    assert after["errors"] == sum(t["total"] for t in after["by_type"] if t["level"] == "error")
    house.get("/api/activity/stats?period=2h").expect(422)


class Live:
    """Server-sent events of /api/activity/stream, as they come."""

    def __init__(self, client, last_id=None, expect=200, **filters):
        where = urllib.parse.urlsplit(client.url)
        self.conn = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
        headers = {"Authorization": f"Bearer {client.tokens['access_token']}"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        self.conn.request("GET", "/api/activity/stream" + query(**filters), headers=headers)
        self.res = self.conn.getresponse()
        assert expect in (None, self.res.status), self.res.read()
        self.ended = False

    def next(self):
        """(event, id, data), or None at the end."""
        event = {}
        for line in self.res:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name and value:
                event[name] = value
            elif line == b"\n" and "data" in event:
                return event["event"], event["id"], json.loads(event["data"])
        self.ended = True
        return None

    def until(self, wanted):
        while True:
            name, id_, data = self.next()
            if name == "activity" and wanted(data):
                return id_, data

    def close(self):
        self.conn.close()


def test_W08_activity_is_live_from_every_worker(house, model, admin):
    """[1.10, W-08] What one process does is told by all, with filters, once."""
    server = house.server()
    tool = house.live(server)
    streams = [Live(admin, server_id=server["id"]) for _ in range(3)]
    errors = Live(admin, server_id=server["id"], level="error")
    for s in streams + [errors]:
        assert s.next()[0] == "ready"
    for i in range(3):
        model.call(tool["full_name"], {"a": i})
    house.post(f"/api/servers/{server['id']}/stop").expect(200)
    ids = []
    for s in streams:
        seen = []
        s.until(lambda d: seen.append(d) or d["message"].endswith("stop server"))
        assert sorted(d["type"] for d in seen) == ["call"] * 3 + ["management"]
        ids.append(sorted(d["id"] for d in seen))
    assert ids[0] == ids[1] == ids[2]
    seed(server["id"], outcome="crashed", tool_name="of__errors")
    assert errors.next()[2]["message"].startswith("of__errors ended with crashed")
    for s in streams + [errors]:
        s.close()


def test_1_10_a_stream_goes_on_where_it_was(house, admin):
    """[1.10] Last-Event-ID: nothing is missed, and what cannot be told is a gap."""
    server = str(uuid.uuid4())
    s = Live(admin, server_id=server)
    s.next()
    seed(server, tool_name="first__one")
    place, _ = s.until(lambda d: True)
    s.close()
    missed = [seed(server, tool_name=f"away__t{i}") for i in range(5)]
    s = Live(admin, place, server_id=server)
    seen = []
    s.until(lambda d: seen.append(d["target_id"]) or len(set(seen) & set(missed)) == 5)
    s.close()
    # So much that it is left out, as one marker.
    psql(f"""INSERT INTO run_log (tool_id, server_id, tool_name, version, digest, caller,
            request_id, is_test, outcome, duration_ms, cpu_ms, peak_kib)
        SELECT gen_random_uuid(), '{server}', 's__t', 1, '', 'c', 'r', false, 'result', 1, 1, 1
        FROM generate_series(1, 300)""")
    s = Live(admin, place, server_id=server)
    assert s.next()[0] == "gap"
    last = seed(server)
    assert s.until(lambda d: True)[1]["target_id"] == last
    s.close()
    # A place that is none of ours, or of another time.
    old = "-".join(place.split("-")[:2]) + "-1000"
    for odd in ("x", "x99999999999-1-%d" % time.time(), "y1-1-1", old):
        s = Live(admin, odd, server_id=server)
        assert s.next()[0] == "gap", odd
        s.close()


def test_1_10_a_slow_reader_costs_nothing(house, admin):
    """[1.10] Who does not read is not asked for, and is told of the gap."""
    server = str(uuid.uuid4())
    s = Live(admin, server_id=server)
    s.next()
    for _ in range(10):
        psql(f"""INSERT INTO run_log (tool_id, server_id, tool_name, version, digest, caller,
                request_id, is_test, outcome, error, duration_ms, cpu_ms, peak_kib)
            SELECT gen_random_uuid(), '{server}', repeat('x', 400), 1, '', 'c', 'r', false,
                'crashed', repeat('y', 200), 1, 1, 1 FROM generate_series(1, 250)""")
    last = seed(server, tool_name="the__last")
    gaps = 0
    while True:
        name, _, data = s.next()
        gaps += name == "gap"
        if name == "activity" and data["target_id"] == last:
            break
        if name == "gap" and last is not None:
            last = seed(server, tool_name="the__last")
    assert gaps >= 1
    s.close()


def test_1_10_a_stream_ends_with_its_session(house, make_account, credentials):
    """[1.10] No credential in an address, and none that outlives its session."""
    name = make_account("viewer")
    mine = Client().login(name, credentials[1])
    s = Live(mine)
    s.next()
    mine.post("/auth/logout").expect(200)
    while s.next() is not None:
        pass
    assert s.ended
    assert Client().get("/api/activity/stream").status == 401
    assert Client().get("/api/activity/stream?token=x").status in (401, 422)


def test_1_10_a_stream_ends_with_its_token(admin, house):
    """[1.10] Of an API token, too; and such a token has a limit of its own."""
    made = house.post("/auth/tokens", {"name": "t" + secrets.token_hex(4),
                                       "role": "viewer"}).expect(201)
    holder = Client(admin.url)
    holder.tokens = {"access_token": made["token"]}
    answer = holder.get("/api/servers")
    answer.expect(200)
    assert int(answer.headers["X-RateLimit-Limit"]) == 2000
    s = Live(holder)
    assert s.next()[0] == "ready"
    house.delete(f"/auth/tokens/{made['id']}").expect(204)
    while s.next() is not None:
        pass
    assert s.ended


def test_1_10_streams_of_one_account_are_bounded(house, make_account, credentials):
    mine, open_, refused = Client().login(make_account("viewer"), credentials[1]), [], None
    most = 16 * house.get("/health/detail").json["workers_admin"]
    while refused is None and len(open_) <= most:
        s = Live(mine, expect=None)
        if s.res.status == 200:
            open_.append(s)
        else:
            refused = s
    assert refused.res.status == 503 and 16 <= len(open_) <= most
    assert refused.res.headers["Retry-After"] == "5"
    for s in open_ + [refused]:
        s.close()


# --- the dashboard ------------------------------------------------------------


def test_W31_the_dashboard_counts_right(house):
    """[1.11, W-31] Per server, over time without gaps, errors never over all, names there."""
    server = house.server()
    before = house.get("/api/dashboard?period=6h").expect(200)
    top = max([t["invocations"] for t in before["top_tools"]] or [0]) + 7
    tool = house.tool(server)
    psql(f"""INSERT INTO run_log (tool_id, server_id, tool_name, version, digest, caller,
            request_id, is_test, outcome, error, duration_ms, cpu_ms, peak_kib, created_at)
        SELECT '{tool['id']}', '{server['id']}', '{tool['full_name']}', 1, '', 'c', 'r',
            i % 10 = 1, CASE WHEN i % 5 = 0 THEN 'timeout' ELSE 'result' END,
            CASE WHEN i % 5 = 0 THEN repeat('e', 300) END, 20, 1, 1,
            now() - (i % 300) * interval '1 minute' FROM generate_series(1, {top * 2}) i""")
    tests, all_ = len([i for i in range(1, top * 2 + 1) if i % 10 == 1]), top * 2
    calls, errors = all_ - tests, len([i for i in range(1, all_ + 1) if i % 5 == 0])

    def seen():
        d = house.get("/api/dashboard?period=6h").expect(200)
        return d["stats"]["total_requests"] == before["stats"]["total_requests"] + calls and d

    d = wait_for("the dashboard", seen, 10)
    assert d["stats"]["total_errors"] == before["stats"]["total_errors"] + errors
    assert d["stats"]["total_tools"] == before["stats"]["total_tools"] + 1
    assert d["stats"]["error_rate"] == (
        d["stats"]["total_errors"] * 10000 // d["stats"]["total_requests"])
    mine = [s for s in d["servers"] if s["id"] == server["id"]]
    assert mine == [{"id": server["id"], "name": server["name"], "status": "stopped",
                     "tool_count": 1, "requests": calls, "errors": errors}]
    assert len(d["servers"]) <= 10 and len(d["top_tools"]) <= 5
    assert d["top_tools"][0] == {"tool_id": tool["id"], "tool_name": tool["full_name"],
                                 "server_name": server["name"], "invocations": calls,
                                 "avg_duration_ms": 20}
    assert sum(s["requests"] for s in d["over_time"]) == d["stats"]["total_requests"]
    assert sum(s["errors"] for s in d["over_time"]) == d["stats"]["total_errors"]
    assert len(d["over_time"]) == 37
    assert len(d["recent_errors"]) == 10 and d["breaker"] == "closed"
    assert {len(e["message"] or "") <= 200 for e in d["recent_errors"]} == {True}
    assert d["recent_errors"] == sorted(d["recent_errors"], key=lambda e: e["timestamp"],
                                        reverse=True)


@pytest.mark.parametrize("period,steps", [("1h", 7), ("6h", 37), ("24h", 25), ("7d", 169)])
def test_B42_periods(house, period, steps):
    """[B42]"""
    d = house.get(f"/api/dashboard?period={period}").expect(200)
    assert d["period"] == period and len(d["over_time"]) == steps
    assert d["stats"]["total_errors"] <= d["stats"]["total_requests"]


def test_B42_other_periods_are_422(house, anyone):
    """[B42]"""
    house.get("/api/dashboard?period=2h").expect(422)
    assert anyone.get("/api/dashboard").status == 401


# --- health -------------------------------------------------------------------


def test_1_16_live_ready_detail(anyone, as_role, house):
    """[1.16, B54]"""
    assert anyone.get("/health/live").expect(200) == {"status": "alive"}
    assert anyone.get("/health/ready").expect(200) == {
        "status": "ready", "database": True, "breaker": "closed"}
    assert anyone.get("/health/detail").status == 401
    assert as_role("reviewer").get("/health/detail").status == 403
    d = house.get("/health/detail").expect(200)
    assert d["database"] and d["sandbox"]["uptime_ms"] > 0
    assert d["breaker"]["config"]["failure_threshold"] == 5
    parts = house.get("/health/services").expect(200)["services"]
    assert parts["sandbox"]["circuit_breaker"] == "closed"


def test_B4_reset_needs_a_credential_and_reading_none(anyone, as_role, house):
    """[B4]"""
    [circuit] = anyone.get("/health/circuits").expect(200)["circuits"]
    assert (circuit["service_name"], circuit["state"]) == ("sandbox", "closed")
    for at in ("/health/circuits/reset", "/health/circuits/sandbox/reset"):
        assert anyone.post(at, {}).status == 401
        assert as_role("viewer").post(at, {}).status == 403
        assert as_role("operator").post(at, {}).status == 200
    house.post("/health/circuits/other/reset").expect(404, "not-found")
    assert audit_rows("reset_breaker")[-1][1] == "sandbox"
    assert house.get("/metrics").status == 404


# --- limits -------------------------------------------------------------------


def test_W11_each_tool_has_a_limit_for_all_workers(house, model, gateway_url):
    """[W-11] With a time to come again, by the tool, else by its server."""
    server = house.server()
    one, two = house.live(server), house.live(server)
    house.patch(f"/api/tools/{one['id']}/limits", {"calls_per_minute": 4}).expect(200)

    def call(_):
        mine = McpClient(gateway_url)
        try:
            return mine.call(one["full_name"], {"a": 1})
        finally:
            mine.close()

    answers = parallel(12, call)
    fine = [a for a in answers if not a.get("isError")]
    refused = [a for a in answers if a.get("isError")]
    assert len(fine) == 4 and len(refused) == 8
    for a in refused:
        seconds = int(a["_meta"]["mcpbox/retry_after"])
        assert 1 <= seconds <= 15
        assert f"Try again in {seconds} second" in a["content"][0]["text"]
    assert not model.call(two["full_name"], {"a": 1}).get("isError")
    # Tests are not calls, and the server's word is for each of its tools.
    house.post("/api/tools/test-code", {"tool_id": one["id"], "arguments": {"a": 1}}).expect(200)
    house.patch(f"/api/servers/{server['id']}/limits", {"calls_per_minute": 1}).expect(200)
    three = house.live(server)
    assert [bool(model.call(three["full_name"], {"a": 1}).get("isError")) for _ in range(2)] == [
        False, True]


def test_B48_an_account_is_told_how_it_stands(house, admin):
    """[B48]"""
    first = admin.get("/api/servers")
    second = admin.get("/api/servers")
    left = [int(a.headers["X-RateLimit-Remaining"]) for a in (first, second)]
    assert left[1] <= left[0] <= int(first.headers["X-RateLimit-Limit"]) == 2000
    what, rest, reset = first.headers["RateLimit"].split(";")
    assert what in ('"account"', '"token"') and int(rest[2:]) == left[0] and int(reset[2:]) >= 0
    assert first.headers["RateLimit-Policy"].startswith(what + ";q=2000;w=")
