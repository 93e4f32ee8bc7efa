"""mcpbox-stdio and a real instance, and what happens when that is killed."""

import json
import os
import signal
import subprocess
import time

import pytest
from bridge import initialize, notification, request

from harness import seed
from harness.instance import Instance, wait_for


class Given(Instance):
    """The instance that the runner started."""

    def __init__(self):
        self.home = os.environ["MCPBOX_TEST_HOME"]
        self.url = os.environ["MCPBOX_TEST_URL"]
        self.gateway_url = os.environ["MCPBOX_TEST_GATEWAY_URL"]

    def pid(self, name):
        with open(os.path.join(self.home, "run", name)) as f:
            return int(f.read().split()[0])

    def sql(self, text):
        with open(os.path.join(self.home, "secrets", "db-admin.pw")) as f:
            password = f.read().strip()
        return subprocess.run(
            ["psql", "-XqAt", "-h", os.path.join(self.home, "run", "pg"),
             "-U", "mcpbox_admin", "mcpbox"], input=f"SET search_path = mcpbox;\n{text}\n",
            text=True, env={**os.environ, "PGPASSWORD": password}, timeout=60,
            capture_output=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def instance():
    inst = Given()
    auth = inst.bearer()
    seed.live_server(inst, auth, f"b{int(time.time() * 1000) % 10**9}",
                     {"add": seed.ADD, "sleep": seed.SLEEP})
    rows = inst.sql("SELECT full_name FROM tool_state WHERE callable AND name IN ('add', 'sleep') "
                    "ORDER BY created_at DESC, name LIMIT 2").split("\n")
    inst.add, inst.sleep = sorted(rows)
    return inst


@pytest.fixture(params=["url", "socket"])
def gateway(instance, request):
    return instance.gateway_url if request.param == "url" \
        else f"unix:{instance.home}/run/mcp.sock"


def add(inst, id, a, b, modern=True):
    return request(id, "tools/call", {"name": inst.add, "arguments": {"a": a, "b": b}}, modern)


@pytest.mark.parametrize("modern", [True, False])
def test_a_call(instance, gateway, bridge, modern):
    b = bridge(gateway)
    if not modern:
        assert b.open()["protocolVersion"] == "2025-11-25"
    tools = b.ask(request(1, "tools/list", modern=modern))["tools"]
    assert instance.add in [t["name"] for t in tools]
    assert b.ask(add(instance, "two", 2, 40, modern))["structuredContent"] == {"sum": 42}
    assert b.ask(request(3, "nope", modern=modern))["code"] == -32601


def test_200_calls_at_once(instance, gateway, bridge):
    b = bridge(gateway)
    b.send(*(add(instance, i, i, 1) for i in range(200)))
    sums = {}
    for _ in range(200):
        m = b.message(60)
        assert m["id"] not in sums
        r = m["result"]
        # The sandbox may be at its limit; that, too, is an answer.
        sums[m["id"]] = r["structuredContent"]["sum"] if not r.get("isError") else \
            r["_meta"]["mcpbox/outcome"]
    assert set(sums) == set(range(200))
    good = [i for i, s in sums.items() if s == i + 1]
    assert len(good) >= 20, sums
    assert all(sums[i] == "busy" for i in sums if i not in good), sums


def test_a_message_that_the_server_does_not_take(instance, gateway, bridge):
    b = bridge(gateway)
    error = b.ask(add(instance, 1, "x" * (15 << 20), 1), 60)
    assert error["data"]["reason"] == "refused"
    assert b.ask(add(instance, 2, 1, 1))["structuredContent"] == {"sum": 2}


def test_cancelling_ends_the_run(instance, gateway, bridge):
    b = bridge(gateway)
    count = "SELECT count(*) FROM run_log WHERE tool_name = '%s' AND outcome = 'cancelled'" \
        % instance.sleep
    before = int(instance.sql(count))
    b.send(request("s", "tools/call", {"name": instance.sleep, "arguments": {"seconds": 25}}))
    time.sleep(1)  # so that it is under way; before that it would be cancelled as well
    b.send(notification("notifications/cancelled", {"requestId": "s"}))
    wait_for("the run's end", lambda: int(instance.sql(count)) == before + 1, 10)
    b.eof()
    assert b.rest() == []


@pytest.mark.parametrize("service, pidfile", [("nginx", "nginx.pid"), ("fcgi", "master.pid")])
def test_kill_9_of_the_server(instance, gateway, bridge, service, pidfile):
    """In flight: an error that says so, with the request's id, or the answer.
    Afterwards: calls work, without the client doing anything."""
    b = bridge(gateway, "--retry-refused", "30")
    assert b.ask(add(instance, 0, 1, 1))["structuredContent"] == {"sum": 2}
    b.send(*(request(f"s{i}", "tools/call", {"name": instance.sleep, "arguments": {"seconds": 2}})
             for i in range(4)))
    time.sleep(0.5)
    pid = instance.pid(pidfile)
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
    for each in [pid, *map(int, children.stdout.split())]:
        try:
            os.kill(each, signal.SIGKILL)
        except ProcessLookupError:
            pass
    for i in range(4):
        got = b.answer(f"s{i}", 60)
        assert "content" in got or got["data"]["reason"] in (
            "connection-broke", "unavailable", "unreachable"), got
    n = 0

    def works():
        nonlocal n
        n += 1
        got = b.ask(add(instance, f"again-{n}", n, 1), 60)
        if "content" in got and not got.get("isError"):
            return got["structuredContent"] == {"sum": n + 1}
        reason = got["_meta"]["mcpbox/outcome"] if "content" in got else got["data"]["reason"]
        assert reason in ("busy", "sandbox_failed", "unavailable", "unreachable",
                          "connection-broke"), got
        return False
    wait_for(f"a call after {service} was killed", works, 60)


def test_a_wrong_path_is_said(instance, bridge):
    b = bridge(instance.gateway_url + "/wrong")
    error = b.ask(initialize("i"))
    assert error["data"]["reason"] == "no-endpoint" and "endpoint" in error["message"]


def test_the_log_is_json_and_has_no_content(instance, bridge):
    b = bridge(instance.gateway_url)
    b.ask(add(instance, 1, "secret-argument", 1))
    b.finish()
    assert b.log
    for line in b.log:
        assert json.loads(line)["program"] == "mcpbox-stdio"
        assert "secret-argument" not in line


def restart(inst):
    """A change of the list of tools, by a person."""
    auth = inst.bearer()
    server = inst.sql(f"SELECT server_id FROM tool_state WHERE full_name = '{inst.add}'")
    for action in ("stop", "start"):
        seed.ok(inst.request("POST", f"/api/servers/{server}/{action}", {}, auth))


CHANGED = "notifications/tools/list_changed"


def test_a_session_hears_of_changes(instance, gateway, bridge):
    b = bridge(gateway)
    if not b.open()["capabilities"]["tools"].get("listChanged"):
        pytest.skip("the server has no streams")
    wait_for("the stream", lambda: b.logged("stream opened"))
    restart(instance)
    b.find(lambda m: m.get("method") == CHANGED)
    assert b.ask(add(instance, 1, 1, 1, modern=False))["structuredContent"] == {"sum": 2}
    b.finish()
    # The session was ended, and the server had it.
    assert any('"end of session"' in line and '"status":204' in line for line in b.log)


def test_a_subscription_until_it_is_cancelled(instance, gateway, bridge):
    b = bridge(gateway)
    if not b.ask(request(0, "server/discover"))["capabilities"]["tools"].get("listChanged"):
        pytest.skip("the server has no streams")
    b.send(request("L", "subscriptions/listen", {"notifications": {"toolsListChanged": True}}))
    b.find(lambda m: m.get("method") == "notifications/subscriptions/acknowledged")
    restart(instance)
    seen = b.find(lambda m: m.get("method") == CHANGED)
    assert seen["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == "L"
    b.send(notification("notifications/cancelled", {"requestId": "L"}))
    assert b.ask(add(instance, 1, 1, 1))["structuredContent"] == {"sum": 2}
    restart(instance)
    assert b.ask(request(2, "server/discover"))
    b.eof()
    # One change is two notifications at most; those of the second change
    # nobody asked for.
    assert len([m for m in b.rest() if m.get("method") == CHANGED]) <= 1
