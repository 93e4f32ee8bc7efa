"""Runs that a change has made wrong end at once, and say why."""

import os
import secrets
import select
import statistics
import subprocess
import threading
import time

import pytest

from client import audit_rows, psql, wait_for
from harness.mcp import McpClient
from house import NOBODY, House

MIB = 1024 * 1024
HELD = 64 * MIB

# Large enough to be known among all processes, and in no hurry.
SLOW = f'''import asyncio

async def main(seconds: float = 60) -> dict:
    """Hold something, wait, then answer."""
    held = b"x" * {HELD}
    await asyncio.sleep(seconds)
    return {{"held": len(held)}}
'''


@pytest.fixture
def house(admin):
    return House(admin)


class Call(threading.Thread):
    """A call of a model, on its way until something ends it."""

    def __init__(self, gateway_url, tool, arguments=None):
        super().__init__(daemon=True)
        self.url, self.tool, self.arguments = gateway_url, tool, arguments
        self.answer = self.ended = None
        self.start()

    def run(self):
        model = McpClient(self.url, timeout=120)
        self.answer = model.call(self.tool["full_name"], self.arguments)
        self.ended = time.monotonic()
        model.close()

    def outcome(self):
        self.join(30)
        assert self.answer is not None, "the call did not end"
        return self.answer["_meta"]["mcpbox/outcome"]

    def text(self):
        return self.answer["content"][0]["text"]


def runs_of(house, tool):
    return house.get(f"/api/runs?tool={tool['full_name']}").expect(200)["items"]


def under_way(house, tool, n=1):
    """The runs of the tool, once that many execute."""
    def look():
        found = [r for r in runs_of(house, tool) if not r["waiting"]]
        return found if len(found) == n else None
    return wait_for(f"{n} runs of {tool['full_name']}", look)


def holders():
    """Processes that hold what SLOW holds."""
    found = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/statm") as f:
                resident = int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            with open(f"/proc/{name}/comm") as f:
                comm = f.read()
        except (OSError, IndexError):
            continue
        if HELD <= resident < 3 * HELD and comm.strip() == "mcpbox-run":
            found.add(int(name))
    return found


@pytest.fixture
def slow(house):
    """A server with a live tool that has been granted one host."""
    s = house.server()
    return s, house.live(s, python_code=SLOW)


# --- each reason ---------------------------------------------------------------------


def revoke_tool(house, s, t):
    house.post(f"/api/approvals/tools/{t['id']}/revoke").expect(200)


def disable(house, s, t):
    house.patch(f"/api/tools/{t['id']}", {"enabled": False}).expect(200)


def delete_tool(house, s, t):
    assert house.delete(f"/api/tools/{t['id']}").status == 204


def stop_server(house, s, t):
    house.post(f"/api/servers/{s['id']}/stop").expect(200)


def delete_server(house, s, t):
    assert house.delete(f"/api/servers/{s['id']}?force=true").status == 204


def reject(house, s, t):
    """What was approved was changed, and the change refused."""
    house.patch(f"/api/tools/{t['id']}", {"title": "other"}).expect(200)
    house.decide(t, "reject", reason="no").expect(200)


def revoke_grant(house, s, t):
    rows = house.get(f"/api/approvals/server/{s['id']}/network?status=approved").expect(200)
    house.post(f"/api/approvals/network/{rows['items'][0]['id']}/revoke").expect(200)


def delete_secret(house, s, t):
    assert house.delete(f"/api/servers/{s['id']}/secrets/KEY").status == 204


@pytest.mark.parametrize("change, why", [
    (revoke_tool, "The approval of the tool was revoked."),
    (disable, "The tool was switched off."),
    (delete_tool, "The tool was deleted."),
    (stop_server, "The server was stopped."),
    (delete_server, "The server was deleted."),
    (reject, "The tool was rejected."),
    (revoke_grant, "Network access that the run could use was revoked."),
    (delete_secret, "A secret of the server was deleted."),
], ids=lambda v: v.__name__ if callable(v) else "")
def test_a_change_ends_what_runs(house, gateway_url, slow, change, why):
    s, t = slow
    neighbour = house.live(house.server(), python_code=SLOW)
    house.secret(s, "KEY", "a value of it")
    house.post(f"/api/servers/{s['id']}/allowed-hosts", {"host": "a.example"}).expect(201)
    calls = [Call(gateway_url, t) for _ in range(2)]
    other = Call(gateway_url, neighbour, {"seconds": 8})
    under_way(house, t, 2)
    under_way(house, neighbour)
    change(house, s, t)
    for call in calls:
        assert call.outcome() == "cancelled" and call.answer["isError"]
        assert why in call.text()
    wait_for("an empty list", lambda: not runs_of(house, t))
    # Nobody else's.
    assert other.outcome() == "result"
    logged = psql(f"SELECT outcome, error FROM run_log WHERE tool_id = '{t['id']}'")
    assert len(logged) == 2 and all(o == "cancelled" and why in e for o, e in logged)


def test_a_grant_of_one_tool_ends_only_its_runs(house, gateway_url, slow):
    s, t = slow
    other = house.approved(server=s, python_code=SLOW)
    row = house.post(f"/api/servers/{s['id']}/allowed-hosts", {
        "host": "a.example", "tool_id": t["id"]}).expect(201)
    one, two = Call(gateway_url, t), Call(gateway_url, other, {"seconds": 5})
    under_way(house, t)
    under_way(house, other)
    house.post(f"/api/approvals/network/{row['id']}/revoke").expect(200)
    assert one.outcome() == "cancelled" and two.outcome() == "result"


def test_what_changes_nothing_ends_nothing(house, gateway_url, slow):
    s, t = slow
    call = Call(gateway_url, t, {"seconds": 5})
    under_way(house, t)
    row = house.post(f"/api/servers/{s['id']}/allowed-hosts", {"host": "a.example"}).expect(201)
    house.secret(s, "KEY", "a value of it")
    house.secret_value = house.put(f"/api/servers/{s['id']}/secrets/KEY", {"value": "another"})
    house.patch(f"/api/servers/{s['id']}/limits", {"threads": 1}).expect(200)
    house.patch(f"/api/tools/{t['id']}", {"title": "a new version"}).expect(200)
    asked = house.post("/api/approvals/network", {
        "server_id": s["id"], "host": "b.example", "justification": "It is needed."}).expect(201)
    house.post(f"/api/approvals/network/{asked['id']}/action", {
        "action": "reject", "reason": "no"}).expect(200)
    assert call.outcome() == "result" and row["status"] == "approved"


def test_by_the_pool_that_models_reach(house, gateway_url, slow):
    """A model may stop a server, too: the order comes from the database."""
    s, t = slow
    call = Call(gateway_url, t)
    under_way(house, t)
    model = McpClient(gateway_url)
    model.call("mcpbox_stop_server", {"server_id": s["id"]})
    model.close()
    assert call.outcome() == "cancelled" and "The server was stopped." in call.text()


def test_nobody_orders_by_shouting(house, gateway_url, slow):
    """Any role can notify; only the database's own triggers write orders."""
    s, t = slow
    call = Call(gateway_url, t, {"seconds": 3})
    under_way(house, t)
    last = psql("SELECT coalesce(max(id), 0) FROM kill_order")[0][0]
    for payload in (f"tool:{t['full_name']}", t["full_name"], s["id"], "", "-1",
                    str(int(last) + 1000), "1,2", "99999999999999999999", "0}'"):
        psql("SELECT pg_notify('mcpbox_kill', '%s')" % payload.replace("'", "''"), role="gateway")
    assert call.outcome() == "result"
    house.get("/health").expect(200)


def test_in_time(house, gateway_url, slow):
    """From the order, which is written before the commit, to the process being gone."""
    s, t = slow
    took = []
    for _ in range(7):
        before = holders()
        call = Call(gateway_url, t)
        under_way(house, t)
        (pid,) = wait_for("the process", lambda before=before: holders() - before)
        fd = os.pidfd_open(pid)
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        last = int(psql("SELECT coalesce(max(id), 0) FROM kill_order")[0][0])
        watcher = {}

        def watch(poll=poll, watcher=watcher):
            watcher["gone"] = poll.poll(20000) and time.time()

        thread = threading.Thread(target=watch)
        thread.start()
        disable(house, s, t)
        thread.join(30)
        os.close(fd)
        at = psql(f"SELECT extract(epoch FROM at) FROM kill_order WHERE id > {last} "
                  f"AND target = '{t['full_name']}'")
        assert watcher["gone"], "the process is still there"
        took.append((watcher["gone"] - float(at[0][0])) * 1000)
        assert call.outcome() == "cancelled"
        house.patch(f"/api/tools/{t['id']}", {"enabled": True}).expect(200)
    print("order to end, ms:", " ".join(f"{ms:.1f}" for ms in took))
    assert statistics.median(took) < 50 and max(took) < 1000, took


def test_no_call_slips_through(house, gateway_url):
    """Calls that come while the switch turns are refused, or end."""
    s = house.server()
    t = house.live(s, python_code=SLOW)
    stop = threading.Event()
    results = []

    def caller():
        model = McpClient(gateway_url, timeout=120)
        while not stop.is_set():
            answer = model.call(t["full_name"])
            results.append(answer["_meta"].get("mcpbox/outcome", "refused"))
        model.close()

    threads = [threading.Thread(target=caller) for _ in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(6):
        under_way(house, t, 6)
        disable(house, s, t)
        wait_for("silence", lambda: not runs_of(house, t))
        house.patch(f"/api/tools/{t['id']}", {"enabled": True}).expect(200)
    disable(house, s, t)
    stop.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "a call goes on"
    assert set(results) <= {"cancelled", "refused"} and "cancelled" in results


# --- by hand -------------------------------------------------------------------------


def test_list_and_stop(house, gateway_url, slow):
    s, t = slow
    calls = [Call(gateway_url, t) for _ in range(2)]
    first, second = under_way(house, t, 2)
    for run in (first, second):
        assert (run["tool"], run["server_id"], run["kind"]) == (t["full_name"], s["id"], "call")
        assert 0 <= run["since_ms"] < 60000
    assert len(house.get(f"/api/runs?server_id={s['id']}").expect(200)["items"]) == 2
    assert house.get(f"/api/runs?server_id={NOBODY}").expect(200)["items"] == []
    assert house.get("/api/runs").expect(200)["total"] >= 2
    done = house.post(f"/api/runs/{first['request_id']}/cancel").expect(200)
    assert done == {"request_id": first["request_id"], "ended": 1}
    house.post(f"/api/runs/{first['request_id']}/cancel").expect(404, "not-found")
    wait_for("one to end", lambda: any(not c.is_alive() for c in calls))
    assert [r["request_id"] for r in under_way(house, t)] == [second["request_id"]]
    house.post(f"/api/runs/{second['request_id']}/cancel").expect(200)
    for call in calls:
        assert call.outcome() == "cancelled" and "A person stopped the run." in call.text()
    rows = {target for actor, target, _ in audit_rows("cancel_run")
            if actor.startswith("person:")}
    assert {first["request_id"], second["request_id"]} <= rows


def test_stop_what_is_not_there(house):
    house.post(f"/api/runs/{secrets.token_hex(16)}/cancel").expect(404, "not-found")
    for odd in ("a.b", "a%20b", "x" * 65):
        house.post(f"/api/runs/{odd}/cancel").expect(422, "invalid")


@pytest.mark.parametrize("role, status", [
    ("viewer", 403), ("operator", 404), ("reviewer", 404), ("admin", 404)])
def test_who_stops(as_role, role, status):
    mine = House(as_role(role))
    assert mine.post(f"/api/runs/{secrets.token_hex(16)}/cancel").status == status
    mine.get("/api/runs").expect(200)


def test_models_stop_nothing(gateway_url):
    model = McpClient(gateway_url)
    assert not [t["name"] for t in model.tools() if "run" in t["name"] or "cancel" in t["name"]]
    model.close()


# --- what was not heard ----------------------------------------------------------------


def test_an_order_that_nobody_heard(house, gateway_url, slow):
    """Listeners that lost their connection read what they missed."""
    s, t = slow
    neighbour = house.live(house.server(), python_code=SLOW)
    call, other = Call(gateway_url, t), Call(gateway_url, neighbour, {"seconds": 20})
    under_way(house, t)
    under_way(house, neighbour)
    # As if it had been given while nobody listened: without the bell.
    owner_sql(f"INSERT INTO kill_order (what, target, why, lasting) "
              f"VALUES ('tool', '{t['full_name']}', 'It was missed.', false)")
    time_given = time.monotonic()
    psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
         "WHERE application_name = 'mcpbox notify' AND usename = current_user")
    assert call.outcome() == "cancelled" and "It was missed." in call.text()
    assert time.monotonic() - time_given < 20
    # What begins after an order is not what it is about; for a quarter of a
    # second the two cannot be told apart (docs/decisions/0010).
    time.sleep(max(0.0, time_given + 1 - time.monotonic()))
    later = Call(gateway_url, t, {"seconds": 2})
    assert later.outcome() == "result"
    assert other.outcome() == "result"


def owner_sql(sql):
    """As the owner of the tables, whom no program of ours connects as."""
    home = os.environ["MCPBOX_TEST_HOME"]
    with open(os.path.join(home, "secrets", "db-owner.pw")) as f:
        password = f.read().strip()
    done = subprocess.run(
        ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", os.path.join(home, "run", "pg"),
         "-U", "mcpbox", "mcpbox", "-c", "SET search_path = mcpbox", "-c", sql],
        env={**os.environ, "PGPASSWORD": password}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
