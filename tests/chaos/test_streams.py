"""Streams under load, and while processes come and go.

2,000 listeners in one worker; 1,000 calls of many sessions over 8 workers;
reloads, kills, a database that goes away; and two principals who must not
meet.
"""

import json
import os
import re
import signal
import subprocess
import time

import pytest

from harness import seed
from harness.instance import Instance, wait_for
from harness.mcp import McpClient
from harness.streams import Reader, Session, http, modern, post

BUILD = os.environ.get("MCPBOX_TEST_BUILD", "release")
LISTENERS = 2000
CHANGED = "notifications/tools/list_changed"

COUNT = '''import asyncio

async def main(steps: int = 5, wait: float = 0.1) -> int:
    """Counts, and says so."""
    for n in range(steps):
        mcp.progress(n + 1, steps)
        await asyncio.sleep(wait)
    return steps
'''


def start(name, env):
    inst = Instance(BUILD, env=env, name=name)
    inst.up()
    inst.setup()
    inst.auth = inst.bearer()
    seed.live_server(inst, inst.auth, "st", {"count": COUNT, "add": seed.ADD})
    inst.flip = seed.live_server(inst, inst.auth, "flip", {"one": seed.ADD})
    return inst


@pytest.fixture(scope="module")
def narrow():
    """One gateway worker: all streams are in it."""
    inst = start("u", {"MCPBOX_WORKERS_GATEWAY": "1"})
    yield inst
    finish(inst)


@pytest.fixture(scope="module")
def wide():
    inst = start("v", {"MCPBOX_WORKERS_GATEWAY": "8"})
    yield inst
    finish(inst)


def finish(inst):
    reports = inst.sanitizer_reports()
    inst.destroy()
    assert not reports, reports


def change(inst):
    """Two changes of the list of tools."""
    for verb in ("stop", "start"):
        seed.ok(inst.request("POST", f"/api/servers/{inst.flip['id']}/{verb}", {}, inst.auth))


def master(inst):
    with open(os.path.join(inst.home, "run", "master.pid")) as f:
        return int(f.read())


def gateway(inst):
    pid = master(inst)
    found = []
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        for child in f.read().split():
            try:
                with open(f"/proc/{child}/comm") as name:
                    if name.read().strip() == "mcpbox-gateway":
                        found.append(int(child))
            except OSError:
                pass
    return found


def private(pid):
    """Bytes that only this process has."""
    with open(f"/proc/{pid}/smaps_rollup") as f:
        text = f.read()
    return 1024 * sum(int(n) for n in re.findall(r"^Private_(?:Dirty|Clean):\s+(\d+)", text, re.M))


def psql(inst, sql):
    argv = ["psql", "-XAtq", "-h", os.path.join(inst.home, "run", "pg"), "-d", "mcpbox", "-U",
            "postgres", "-c", sql]
    if os.getuid() == 0:
        argv = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", *argv]
    else:
        argv[argv.index("postgres")] = os.environ["USER"]
    done = subprocess.run(argv, cwd="/", capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def open_listeners(reader, n, first=0):
    """n of them, not more than 100 on their way at once."""
    made = []
    for i in range(n):
        made.append(reader.listen(first + i))
        if i % 100 == 99 or i == n - 1:
            wait_for("acknowledgements", lambda: all(s.body for s in made), 30)
    return made


def test_idle_listeners_are_cheap(narrow):
    [pid] = gateway(narrow)
    with Reader(narrow.gateway_url) as reader:
        # What the first requests bring is not the listeners' cost.
        for s in open_listeners(reader, 200):
            reader.drop(s)
        wait_for("an empty worker", lambda: not sockets_beyond(pid, 40), 20)
        before = private(pid)
        streams = open_listeners(reader, LISTENERS)
        assert all(s.status == 200 and s.count("notifications/subscriptions/acknowledged") == 1
                   for s in streams)
        each = (private(pid) - before) / LISTENERS
        print(f"{each:.0f} bytes a listener")
        if BUILD == "release":
            assert each <= 2048, f"{each:.0f} bytes"

        # Requests do not notice them.
        client = McpClient(narrow.gateway_url)
        for a in range(50):
            assert client.call("st__add", {"a": a})["structuredContent"] == {"sum": a + 1}
        client.close()

        # All hear of a change, within 1.5 s of its commit.
        began = time.monotonic()
        seed.ok(narrow.request("POST", f"/api/servers/{narrow.flip['id']}/stop", {}, narrow.auth))
        wait_for("the change", lambda: all(s.count(CHANGED) for s in streams), 10)
        took = time.monotonic() - began
        print(f"{took * 1000:.0f} ms to tell {LISTENERS}")
        if BUILD == "release":
            assert took < 1.5
        seed.ok(narrow.request("POST", f"/api/servers/{narrow.flip['id']}/start", {}, narrow.auth))
        wait_for("the change back", lambda: all(s.count(CHANGED) == 2 for s in streams), 10)
        assert all(not s.ended and not s.closed for s in streams)

        # A comment now and then, and nothing else.
        wait_for("heartbeats", lambda: all(b"\n:\n" in s.body for s in streams), 25)
        after = (private(pid) - before) / LISTENERS
        if BUILD == "release":
            assert after <= 2048, f"{after:.0f} bytes after they were told"
    wait_for("the listeners to be gone", lambda: not sockets_beyond(pid, 100), 20)


def sockets_beyond(pid, most):
    return len(os.listdir(f"/proc/{pid}/fd")) > most


def test_1000_interleaved_calls_over_8_workers(wide):
    assert len(gateway(wide)) == 8
    with Reader(wide.gateway_url) as reader:
        sessions = [Session(reader, version) for _ in range(10)
                    for version in ("2025-03-26", "2025-06-18", "2025-11-25")]
        calls = []
        for n in range(1000):
            s = sessions[n % len(sessions)]
            if n % 5 == 0:
                calls.append((n, s.call(f"id{n}", "st__count", {"steps": 2, "wait": 0},
                                        progressToken=f"t{n}")))
            elif n % 5 == 1:
                calls.append((n, s.call(n, "st__add", {"a": n})))
            else:
                calls.append((n, s.open(n, "ping")))
            if n % 64 == 63:
                wait_for("answers", lambda: all(c.ended for _, c in calls), 60)
        wait_for("answers", lambda: all(c.ended for _, c in calls), 60)
        for n, c in calls:
            assert c.status == 200, c.body
            if n % 5 == 0:
                assert c.answer()["id"] == f"id{n}"
                assert c.answer()["result"]["content"][0]["text"] == "2"
                assert {e["params"]["progressToken"] for e in c.events if "method" in e} == {f"t{n}"}
            elif n % 5 == 1:
                assert b'"id":%d,' % n in c.body and str(n + 1).encode() in c.body, c.body
            else:
                assert b'"id":%d,"result":{}' % n in c.body, c.body
        # Every session is one on every worker.
        for s in sessions:
            for _ in range(3):
                assert s.done(1, "ping").status == 200
            assert s.delete().status == 204
            assert s.done(1, "ping").status == 404


def test_reload_ends_streams_in_order(wide):
    with Reader(wide.gateway_url) as reader:
        listeners = open_listeners(reader, 60)
        session = Session(reader)
        get = session.get()
        wait_for("the stream", lambda: get.ids(), 10)
        call = session.call("c", "st__count", {"steps": 30}, progressToken=1)
        wait_for("progress", lambda: call.events, 10)
        old = set(gateway(wide))
        os.kill(master(wide), signal.SIGHUP)
        wait_for("their end", lambda: all(s.ended for s in listeners) and get.ended, 30)
        for i, s in enumerate(listeners):
            assert not s.closed or s.ended
            last = s.events[-1]
            assert last["id"] == i and last["result"]["resultType"] == "complete", last
            assert last["result"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == i
        assert all("method" in e for e in get.events)
        # The call ends in peace, on the worker that has it.
        wait_for("its answer", lambda: call.ended, 20)
        assert call.answer()["result"]["content"][0]["text"] == "30"
        wait_for("new workers", lambda: not old & set(gateway(wide)), 60)
        # Sessions outlive workers; the stream is free at once.
        again = session.get()
        wait_for("another stream", lambda: again.ids(), 10)
        change(wide)
        wait_for("the change", lambda: again.count(CHANGED), 5)


def test_killed_worker_loses_no_session(wide):
    with Reader(wide.gateway_url) as reader:
        session = Session(reader)
        call = session.call("c", "st__count", {"steps": 100}, progressToken=1)
        get = session.get()
        wait_for("events", lambda: len(call.ids()) > 3 and get.ids(), 10)
        for pid in gateway(wide):
            os.kill(pid, signal.SIGKILL)
        wait_for("broken streams", lambda: (call.ended or call.closed) and
                 (get.ended or get.closed), 10)
        wait_for("new workers", lambda: len(gateway(wide)) == 8, 30)
        wait_for("the session", lambda: session.done(1, "ping").status == 200, 20)
        # What was seen before can be fetched again; the run is lost with the
        # worker that waited for it, and the answer says so.
        seen = call.ids()
        rest = session.get(seen[1])
        wait_for("the rest", lambda: rest.ids(), 10)
        assert rest.ids()[:2] == seen[2:4]
        wait_for("an honest answer", lambda: rest.ended, 90)
        assert rest.answer()["id"] == "c" and rest.answer()["error"]["code"] == -32603
        again = session.get(seen[1])
        wait_for("the same again", lambda: again.ended, 10)
        assert again.answer() == rest.answer()
        # With the id of an event the stream is taken over at once.
        again = session.get(get.ids()[0])
        wait_for("another stream", lambda: again.count(CHANGED), 10)


def test_database_restart(wide):
    with Reader(wide.gateway_url) as reader:
        session = Session(reader)
        listeners = open_listeners(reader, 16)
        get = session.get()
        wait_for("the stream", lambda: get.ids(), 10)
        told = [s.count(CHANGED) for s in listeners]
        with open(os.path.join(wide.home, "pgdata", "postmaster.pid")) as f:
            os.kill(int(f.readline()), signal.SIGKILL)
        # Whoever may have missed something is told.
        wait_for("everybody to be told", lambda: get.count(CHANGED) and all(
            s.count(CHANGED) > n for s, n in zip(listeners, told)), 60)
        wait_for("the session", lambda: session.done(1, "ping").status == 200, 60)
        wait_for("the database", lambda: wide.request(
            "GET", "/auth/status")[0] == 200, 60)
        told = [s.count(CHANGED) for s in listeners]
        change(wide)
        wait_for("a change", lambda: all(
            s.count(CHANGED) > n for s, n in zip(listeners, told)), 5)
        call = session.call("c", "st__count", {"steps": 3}, progressToken=1)
        wait_for("a call", lambda: call.ended, 20)
        assert call.answer()["result"]["content"][0]["text"] == "3"


def test_sessions_that_are_over_are_forgotten(wide):
    with Reader(wide.gateway_url) as reader:
        kept, idle, listening = Session(reader), Session(reader), Session(reader)
        get = listening.get()
        call = kept.call("c", "st__count", {"steps": 1}, progressToken=1)
        wait_for("a stream and a call", lambda: get.ids() and call.ended, 10)
        psql(wide, "UPDATE mcpbox.mcp_session SET expires_at = now() - interval '1 second' "
                   f"WHERE hash <> sha256('{kept.id}')")
        assert idle.done(1, "ping").status == 404  # at once, not when the job comes
        psql(wide, "UPDATE mcpbox.mcp_stream SET touched_at = now() - interval '6 minutes'")
        psql(wide, "SELECT mcpbox.maintain_mcp()")
        left = psql(wide, f"SELECT count(*) FROM mcpbox.mcp_session WHERE hash = sha256('{idle.id}')")
        assert left == "0"
        # Who listens is not gone.
        assert psql(wide, "SELECT count(*) FROM mcpbox.mcp_session "
                          f"WHERE hash = sha256('{listening.id}')") == "1"
        assert psql(wide, "SELECT count(*) FROM mcpbox.mcp_event") == "0"
        gone = kept.get(call.ids()[0])
        wait_for("an answer", lambda: gone.ended, 10)
        assert gone.status == 400


def test_the_idlest_session_makes_room(wide):
    """At the limit, nobody who is at work loses anything."""
    with Reader(wide.gateway_url) as reader:
        busy = Session(reader)
        psql(wide, "INSERT INTO mcpbox.mcp_session (hash, principal, revision, client, "
                   "capabilities, last_seen_at) SELECT sha256(n::text::bytea), 'local', "
                   "'2025-11-25', 'filler', '{}', now() - n * interval '10 minutes' "
                   "FROM generate_series(1, 4096) n")
        Session(reader)
        assert busy.done(1, "ping").status == 200
        assert psql(wide, "SELECT count(*) FROM mcpbox.mcp_session "
                          "WHERE hash = sha256('4096')") == "0"
        psql(wide, "UPDATE mcpbox.mcp_session SET last_seen_at = now()")
        full = reader.done(post(reader.host, {"id": 0, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {}}}, {}))
        assert b'"code":1429' in full.body and "retry-after" in full.headers, full.body
        psql(wide, "DELETE FROM mcpbox.mcp_session WHERE client = 'filler'")


# --- two principals -----------------------------------------------------------


@pytest.fixture(scope="module")
def guarded():
    inst = Instance(BUILD, env={"MCPBOX_MCP_AUTH": "required"}, name="w")
    inst.up()
    inst.setup()
    inst.auth = inst.bearer()
    seed.live_server(inst, inst.auth, "st", {"count": COUNT})
    psql(inst, "INSERT INTO mcpbox.account (username, password_hash, role) "
               "SELECT 'second', password_hash, 'admin' FROM mcpbox.account")
    yield inst
    finish(inst)


def token(inst, username):
    from harness.instance import PASSWORD
    status, body = inst.request("POST", "/auth/login", {
        "username": username, "password": PASSWORD})
    assert status == 200, body
    return {"Authorization": f"Bearer {body['access_token']}"}


def test_tasks_of_principals_do_not_meet(guarded):
    caps = {"_meta": {"io.modelcontextprotocol/clientCapabilities": {
        "extensions": {"io.modelcontextprotocol/tasks": {}}}}}
    made = seed.server(guarded, guarded.auth, "tk")
    tool = seed.tool(guarded, guarded.auth, made["id"], "wait", seed.SLEEP, task_mode="required")
    seed.ok(guarded.request("POST", f"/api/tools/{tool['id']}/request-publish", {}, guarded.auth))
    seed.approve(guarded, guarded.auth, tool["id"])
    seed.ok(guarded.request("POST", f"/api/servers/{made['id']}/start", {}, guarded.auth))
    mine, theirs = token(guarded, "admin"), token(guarded, "second")
    with Reader(guarded.gateway_url) as reader:
        def ask(who, method, params, name):
            body = reader.done(modern(reader.host, method, {**params, **caps}, 1, name, who)).body
            return json.loads(body)

        task = ask(mine, "tools/call", {"name": "tk__wait", "arguments": {"seconds": 2}},
                   "tk__wait")["result"]["taskId"]
        nothing = ask(theirs, "tasks/get", {"taskId": "A" * 43}, "A" * 43)["error"]
        for method in ("tasks/get", "tasks/update", "tasks/cancel"):
            error = ask(theirs, method, {"taskId": task, "inputResponses": {}}, task)["error"]
            assert error == nothing and error["code"] == -32602
        # They hear nothing of it, the owner does.
        streams = [reader.open(modern(reader.host, "subscriptions/listen", {
            "notifications": {"taskIds": [task]}, **caps}, n, headers=who))
            for n, who in ((1, theirs), (2, mine))]
        wait_for("the end", lambda: any(
            e["params"].get("status") == "completed" for e in streams[1].events
            if e.get("method") == "notifications/tasks"), 20)
        assert task.encode() not in streams[0].body
        assert [e["params"]["notifications"] for e in streams[0].events] == [{}]
        assert ask(mine, "tasks/get", {"taskId": task}, task)["result"]["status"] == "completed"


def test_principals_do_not_meet(guarded):
    mine, theirs = token(guarded, "admin"), token(guarded, "second")
    with Reader(guarded.gateway_url) as reader:
        session = Session(reader, headers=mine)
        other = Session(reader, headers=theirs)
        call = session.call("same", "st__count", {"steps": 40}, progressToken="mine")
        their_call = other.call("same", "st__count", {"steps": 40}, progressToken="theirs")
        get = session.get()
        wait_for("progress", lambda: call.events and their_call.events and get.ids(), 20)

        # The id of a session, with another's token, is the id of nothing.
        thief = Session.__new__(Session)
        thief.reader, thief.version, thief.more, thief.id = reader, session.version, theirs, session.id
        assert thief.done(1, "ping").status == 404
        for last in (None, call.ids()[0], get.ids()[0]):
            stolen = thief.get(last)
            wait_for("a refusal", lambda: stolen.ended, 10)
            assert stolen.status == 404
        assert thief.notify("notifications/cancelled", {"requestId": "same"}).status == 404
        assert thief.delete().status == 404
        # Nor does one's own session open another's stream.
        stolen = other.get(call.ids()[0])
        wait_for("a refusal", lambda: stolen.ended, 10)
        assert stolen.status == 400
        # Without a token nothing at all.
        for request in (http("GET", reader.host, {"Accept": "text/event-stream",
                                                  "Mcp-Session-Id": session.id}),
                        http("DELETE", reader.host, {"Mcp-Session-Id": session.id}),
                        modern(reader.host, "subscriptions/listen", {"notifications": {}}, 1)):
            assert reader.done(request).status == 401

        # The same request id, cancelled in one session: that one alone ends.
        assert other.notify("notifications/cancelled", {"requestId": "same"}).status == 202
        wait_for("the end of theirs", lambda: their_call.ended, 10)
        assert their_call.answer() is None
        wait_for("mine", lambda: call.ended, 20)
        assert call.answer()["result"]["content"][0]["text"] == "40"
        # And nothing of one was ever on a stream of the other.
        assert b"theirs" not in call.body + get.body
        assert b"mine" not in their_call.body

        listener = reader.listen("mine", headers=mine)
        wait_for("the acknowledgement", lambda: listener.body, 10)
        assert listener.status == 200
