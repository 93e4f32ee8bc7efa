"""Metrics, the circuit breaker and the limits, over several workers and a restart."""

import concurrent.futures
import http.client
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

from harness import seed
from harness.instance import ADMIN, PASSWORD, Instance, free_port, wait_for
from harness.mcp import McpClient

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "api"))
from client import Client  # noqa: E402

BUILD = os.environ.get("MCPBOX_TEST_BUILD", "release")
SAMPLE = re.compile(
    r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\\\|\\"|\\n)*"'
    r'(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\\\|\\"|\\n)*")*)?\})? (-?[0-9]+(\.[0-9]+)?)$')


@pytest.fixture(scope="module")
def inst():
    port = free_port()
    with Instance(BUILD, name="q", env={
            "MCPBOX_METRICS_LISTEN": f"127.0.0.1:{port}", "MCPBOX_WORKERS_ADMIN": "3",
            "MCPBOX_BREAKER_FAILURES": "3", "MCPBOX_BREAKER_SECONDS": "2",
            # A process that a worker holds does not need the socket that goes away.
            "MCPBOX_SANDBOX_LEASES": "0"}) as instance:
        instance.metrics_port = port
        instance.setup()
        auth = instance.bearer()
        seed.live_server(instance, auth, "q", {"add": seed.ADD})
        yield instance


@pytest.fixture
def admin(inst):
    return Client(inst.url).login(ADMIN, PASSWORD)


@pytest.fixture
def model(inst):
    client = McpClient(inst.gateway_url)
    yield client
    client.close()


def scrape(inst, path="/metrics"):
    conn = http.client.HTTPConnection("127.0.0.1", inst.metrics_port, timeout=30)
    try:
        conn.request("GET", path)
        answer = conn.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        conn.close()


def parse(text):
    """{(name, labels): value}, and no line that the format does not know (0.0.4)."""
    assert text.endswith("\n")
    samples, family, types, done = {}, None, {}, set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, _, doc = line[7:].partition(" ")
            assert doc and name not in done, line
            family = name
            done.add(name)
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name == family and name not in types, line
            assert kind in ("counter", "gauge", "histogram"), line
            assert kind != "counter" or name.endswith("_total"), line
            types[name] = kind
        else:
            found = SAMPLE.match(line)
            assert found, line
            name, labels = found.group(1), found.group(3) or ""
            base = re.sub(r"_(bucket|sum|count)$", "", name) if types[family] == "histogram" else name
            assert base == family and (name, labels) not in samples, line
            samples[name, labels] = float(found.group(7))
    assert set(types) == done
    for (name, labels), value in samples.items():
        if name.endswith("_bucket") and 'le="+Inf"' in labels:
            rest = labels.replace(',le="+Inf"', "")
            base = name[:-len("_bucket")]
            assert samples[base + "_count", rest] == value
            steps = [v for (n, lab), v in samples.items() if n == name and lab.startswith(rest + ",")]
            assert steps == sorted(steps) and len(steps) == 17, (name, rest)
    return samples


def metrics(inst):
    status, headers, text = scrape(inst)
    assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return parse(text)


def circuit(client):
    return client.get("/health/circuits").expect(200)["circuits"][0]


class Away:
    """The sandbox's socket is not where it should be."""

    def __init__(self, inst):
        self.path = os.path.join(inst.home, "run", "sandboxd", "sandboxd.sock")

    def __enter__(self):
        os.rename(self.path, self.path + ".away")

    def __exit__(self, *exc):
        os.rename(self.path + ".away", self.path)


def test_B53_metrics_count_what_happens_in_any_worker(inst, model, admin):
    """[B53, W-45] Calls by outcome, refusals, the sandbox, the database."""
    before = metrics(inst)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        def call(i):
            client = McpClient(inst.gateway_url)
            try:
                return client.call("q__add", {"a": i, "b": 1})
            finally:
                client.close()
        list(pool.map(call, range(8)))
    Client(inst.url).get("/api/servers").expect(401)
    seen = metrics(inst)
    runs = "mcpbox_runs_total", 'kind="call",outcome="result"'
    assert seen[runs] == before[runs] + 8
    assert (seen["mcpbox_call_duration_seconds_count", 'outcome="result"'] -
            before["mcpbox_call_duration_seconds_count", 'outcome="result"']) == 8
    assert seen["mcpbox_denials_total", 'reason="unauthorized"'] == before[
        "mcpbox_denials_total", 'reason="unauthorized"'] + 1
    for part in ("database", "sandbox", "egress"):
        assert seen["mcpbox_up", f'part="{part}"'] == 1
    assert seen["mcpbox_breaker_state", 'name="sandbox",state="closed"'] == 1
    assert seen["mcpbox_db_connections", 'role="mcpbox_gateway"'] > 0
    assert seen["mcpbox_db_statements_total", ""] > before["mcpbox_db_statements_total", ""]
    # sandboxd is asked now and then, not at each scrape.
    wait_for("sandboxd's count", lambda: metrics(inst)["mcpbox_sandbox_granted_total", ""] >= 8)
    for name in ("mcpbox_kills_total", "mcpbox_sandbox_queue", "mcpbox_sandbox_pool",
                 "mcpbox_egress_requests_total", "mcpbox_log_rows_forgotten_total"):
        assert any(n == name for n, _ in seen), name
    promtool = shutil.which("promtool")
    if promtool:
        checked = subprocess.run([promtool, "check", "metrics"], input=scrape(inst)[2],
                                 capture_output=True, text=True, timeout=60)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_B53_only_there(inst, admin):
    """[B53] On its own listener nothing else, and on the others no metrics."""
    for path in ("/", "/api/servers", "/health", "/auth/me", "/mcp"):
        assert scrape(inst, path)[0] == 404
    admin.get("/metrics").expect(404)
    assert "mcpbox_up" not in Client(inst.gateway_url).get("/metrics").raw.decode()
    conn = http.client.HTTPConnection("127.0.0.1", inst.metrics_port, timeout=30)
    conn.request("GET", "/metrics", headers={"Host": "evil.example"})
    assert conn.getresponse().status == 403
    conn.close()


def test_B50_the_breaker_opens_refuses_and_closes(inst, model, admin):
    """[B50, W-08] After failures of the sandbox, never of a tool; one for all workers."""
    for _ in range(5):
        assert model.call("q__add", {"a": 1, "b": "x"})["isError"]
        model.call("q__add", {"a": 1, "b": 2})
    assert circuit(admin)["state"] == "closed" and circuit(admin)["failure_count"] == 0
    with Away(inst):
        # A worker may hold a process that was ready before: its runs still go well.
        seen = []
        wait_for("the breaker to open", lambda: seen.append(
            model.call("q__add", {"a": 1, "b": 1})["_meta"].get("mcpbox/outcome"))
            or circuit(admin)["state"] == "open")
        assert seen[-3:] == 3 * ["sandbox_failed"] and set(seen[:-3]) <= {"result"}
        # Each of the workers says the same.
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            states = list(pool.map(lambda _: circuit(Client(inst.url))["state"], range(20)))
        assert set(states) == {"open"}
        refused = model.call("q__add", {"a": 1, "b": 1})
        assert refused["isError"] and "mcpbox/outcome" not in refused["_meta"]
        assert 1 <= int(refused["_meta"]["mcpbox/retry_after"]) <= 2
        answer = admin.post("/api/tools/validate-code", {"python_code": "x = 1"})
        answer.expect(503, "unavailable")
        assert 1 <= int(answer.headers["Retry-After"]) <= 2
        ready = admin.get("/health/ready")
        assert ready.status == 503 and ready.json["breaker"] == "open"
        assert admin.get("/api/dashboard").json["breaker"] == "open"
        # A probe that fails opens it again; no tool was asked in between.
        opened = circuit(admin)["opened"]
        wait_for("a probe", lambda: model.call("q__add", {"a": 1, "b": 1})["_meta"].get(
            "mcpbox/outcome") == "sandbox_failed")
        assert circuit(admin)["state"] == "open" and circuit(admin)["opened"] == opened + 1
        assert metrics(inst)["mcpbox_breaker_refused_total", 'name="sandbox"'] >= 2
    wait_for("the breaker to close",
             lambda: not model.call("q__add", {"a": 1, "b": 1}).get("isError"))
    closed = circuit(admin)
    assert closed["state"] == "closed" and closed["failure_count"] == 0
    assert closed["last_failure_time"] is not None


def test_SR22_a_reset_stays_a_reset(inst, admin):
    """[SR-2.2] Among 200 calls that fail; afterwards every worker says the same."""
    def call(i):
        client = McpClient(inst.gateway_url)
        try:
            for _ in range(10):
                client.call("q__add", {"a": i, "b": 1})
        finally:
            client.close()

    with Away(inst):
        with concurrent.futures.ThreadPoolExecutor(21) as pool:
            busy = [pool.submit(call, i) for i in range(20)]
            for _ in range(10):
                assert admin.post("/health/circuits/reset", {}).expect(200)["circuits"][0][
                    "state"] in ("closed", "open", "half_open")
            for b in busy:
                b.result()
    [now] = admin.post("/health/circuits/sandbox/reset", {}).expect(200)["circuits"]
    assert (now["state"], now["failure_count"]) == ("closed", 0)
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        states = list(pool.map(lambda _: circuit(Client(inst.url))["state"], range(20)))
    assert set(states) == {"closed"}
    client = McpClient(inst.gateway_url)
    assert not client.call("q__add", {"a": 1, "b": 1}).get("isError")
    client.close()


def test_W11_limits_survive_a_restart(inst, admin):
    """[W-11] What a tool has left is not more after its server was started anew."""
    [tool] = [t for t in admin.get("/api/approvals/tools?status=approved").json["items"]
              if t["full_name"] == "q__add"]
    admin.patch(f"/api/tools/{tool['id']}/limits", {"calls_per_minute": 2}).expect(200)
    client = McpClient(inst.gateway_url)
    refused = [bool(client.call("q__add", {"a": 1, "b": 1}).get("isError")) for _ in range(3)]
    client.close()
    assert refused == [False, False, True]
    pidfile = os.path.join(inst.home, "run", "master.pid")
    with open(pidfile) as f:
        old = int(f.read())
    os.kill(old, signal.SIGKILL)

    def another():
        try:
            with open(pidfile) as f:
                now = int(f.read() or 0)
            return now not in (0, old) and Client(inst.url).get("/health/ready").status == 200
        except (OSError, ValueError, http.client.HTTPException):
            return False

    wait_for("another master", another, 60)

    def call():
        mine = McpClient(inst.gateway_url)
        try:
            return mine.call("q__add", {"a": 1, "b": 1})
        except Exception:  # it is still starting
            return None
        finally:
            mine.close()

    answer = wait_for("an answer", call, 60)
    assert answer["isError"] and 1 <= int(answer["_meta"]["mcpbox/retry_after"]) <= 60
