"""Tasks while processes come and go: never a second run, never silence.

A task whose worker or sandbox dies has failed, and says why; one whose worker
is merely replaced, or whose database is away for a moment, ends as it would
have.
"""

import glob
import os
import re
import signal
import time

import pytest

from harness import seed
from harness.instance import Instance, wait_for
from harness.mcp import VERSION, McpClient
from test_recovery import children, master, pidfile, postmaster

BUILD = os.environ.get("MCPBOX_TEST_BUILD", "release")
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientCapabilities": {
        "extensions": {"io.modelcontextprotocol/tasks": {}}, "elicitation": {}},
}
# The lease of a worker (task_lease), and room for a loaded machine.
LEASE = 20
OVER = ("completed", "failed", "cancelled")

WAIT = '''import asyncio

async def main(seconds: float) -> dict:
    """Wait, then answer."""
    await asyncio.sleep(seconds)
    return {"slept": seconds}
'''
ASK = '''async def main() -> dict:
    """Ask, then answer."""
    answer = await mcp.elicit("Go on?", {"yes": bool}, key="go")
    return {"yes": answer["yes"]}
'''


@pytest.fixture(scope="module")
def inst():
    with Instance(BUILD, env={
            "MCPBOX_WORKERS_GATEWAY": "1", "MCPBOX_TASKS_LIVE": "6"}, name="k") as instance:
        instance.setup()
        instance.auth = auth = instance.bearer()
        server = seed.server(instance, auth, "tk")
        for name, code in (("wait", WAIT), ("ask", ASK)):
            tool = seed.tool(instance, auth, server["id"], name, code, task_mode="required",
                             timeout_ms=120_000)
            seed.ok(instance.request("POST", f"/api/tools/{tool['id']}/request-publish", {}, auth))
            seed.approve(instance, auth, tool["id"])
        seed.ok(instance.request("POST", f"/api/servers/{server['id']}/start", {}, auth))
        yield instance
        reports = instance.sanitizer_reports()
    assert not reports, reports


class Client:
    def __init__(self, inst):
        self.url = inst.gateway_url

    def ask(self, method, params, name):
        """The answer, however often a process in between has to be found again."""
        def once():
            client = McpClient(self.url)
            try:
                status, body = client.post(
                    {"jsonrpc": "2.0", "id": 1, "method": method,
                     "params": {**params, "_meta": META}},
                    {"MCP-Protocol-Version": VERSION, "Mcp-Method": method, "Mcp-Name": name})
                return body if status < 500 else None
            except OSError:
                return None
            finally:
                client.close()
        return wait_for(method, once, 30)

    def start(self, tool, **arguments):
        name = f"tk__{tool}"

        def once():
            result = self.ask("tools/call", {"name": name, "arguments": arguments}, name)["result"]
            # While there is no sandbox, it is refused for a moment.
            if result["resultType"] == "complete":
                assert "mcpbox/reason" in result["_meta"], result
                return None
            return result["taskId"]
        return wait_for(f"a task of {name}", once, 30)

    def get(self, task):
        body = self.ask("tasks/get", {"taskId": task}, task)
        assert "result" in body, body
        return body["result"]

    def end(self, task, seconds=30):
        return wait_for(f"the end of {task}", lambda: (
            lambda t: t if t["status"] in OVER else None)(self.get(task)), seconds)


@pytest.fixture
def client(inst):
    return Client(inst)


def runs(inst, request_id):
    """How often a run of it ended, as sandboxd says."""
    found = 0
    for path in glob.glob(os.path.join(inst.home, "log", "sandboxd*.log*")):
        with open(path, errors="replace") as f:
            found += sum(1 for line in f if request_id in line and '"message":"run"' in line)
    return found


def rows(inst, query=""):
    return seed.ok(inst.request("GET", f"/api/tasks?page_size=50{query}", headers=inst.auth))["items"]


def gateways(inst):
    """The gateway's workers, while they come and go."""
    found = set()
    for pid in children(inst, master(inst)):
        try:
            with open(f"/proc/{pid}/comm") as f:
                if f.read().strip() == "mcpbox-gateway":
                    found.add(pid)
        except OSError:
            pass
    return found


def newest(inst):
    return rows(inst)[0]["request_id"]


def running(inst):
    return seed.ok(inst.request("GET", "/api/runs", headers=inst.auth))["items"]


# What a killed worker left; looked at again when its lease is over.
left = {}


def test_a_killed_worker(inst, client):
    held = client.start("wait", seconds=100)
    trace = newest(inst)
    asking = client.start("ask")
    wait_for("the question", lambda: client.get(asking)["status"] == "input_required")
    wait_for("both runs", lambda: len(running(inst)) == 2)
    began = time.monotonic()
    [worker] = gateways(inst)
    os.kill(worker, signal.SIGKILL)
    # Nobody waits for the runs any more: they end at once.
    wait_for("the end of the runs", lambda: not running(inst), 10)
    # Others go on, and are not confused.
    assert client.end(client.start("wait", seconds=0.1))["status"] == "completed"
    assert not running(inst)
    left.update(held=held, asking=asking, trace=trace, began=began)


def test_a_killed_sandbox(inst, client):
    held = client.start("wait", seconds=100)
    trace = newest(inst)
    wait_for("the run", lambda: running(inst))
    os.kill(pidfile(inst, "sandboxd.pid"), signal.SIGKILL)
    over = client.end(held, 15)
    assert over["status"] == "failed", over
    assert over["statusMessage"] == over["error"]["message"]
    assert "sandbox" in over["error"]["message"]

    def works():
        return client.end(client.start("wait", seconds=0.1))["status"] == "completed"
    wait_for("a task after that", works, 30)
    assert runs(inst, trace) <= 1
    assert client.get(held)["status"] == "failed"


def test_a_replaced_worker_ends_its_tasks(inst, client):
    before = gateways(inst)
    held = client.start("wait", seconds=4)
    asking = client.start("ask")
    wait_for("the question", lambda: client.get(asking)["status"] == "input_required")
    os.kill(master(inst), signal.SIGHUP)
    # The new one takes the answer, the old one has the run.
    wait_for("a new worker", lambda: gateways(inst) - before)
    client.ask("tasks/update", {"taskId": asking, "inputResponses": {
        "go": {"action": "accept", "content": {"yes": True}}}}, asking)
    over = client.end(asking)
    assert (over["status"], over["result"]["structuredContent"]) == ("completed", {"yes": True})
    assert client.end(held)["status"] == "completed"
    wait_for("the old worker's end", lambda: not gateways(inst) & before, 20)


def test_what_a_killed_worker_left_has_failed(inst, client):
    if not left:
        pytest.skip("no worker was killed")
    for task in (left["held"], left["asking"]):
        over = client.end(task, LEASE + 30)
        assert over["status"] == "failed", over
        assert over["error"]["code"] == -32603
        assert re.search("process that ran the tool ended", over["error"]["message"])
    print(f"{time.monotonic() - left['began']:.1f} s until both had failed")
    assert runs(inst, left["trace"]) <= 1 and not running(inst)
    # An answer that comes too late finds nothing to do.
    late = left["asking"]
    ack = client.ask("tasks/update", {"taskId": late, "inputResponses": {"go": {}}}, late)
    assert ack["result"]["resultType"] == "complete"
    assert client.get(late)["status"] == "failed"


def test_a_database_that_was_away(inst, client):
    held = client.start("wait", seconds=3)
    os.kill(postmaster(inst), signal.SIGKILL)
    over = client.end(held, 60)
    assert (over["status"], over["result"]["structuredContent"]) == ("completed", {"slept": 3})
    assert client.end(client.start("wait", seconds=0.1))["status"] == "completed"


def test_too_many_at_once(inst, client):
    name = "tk__wait"

    def start():
        return client.ask("tools/call", {"name": name, "arguments": {"seconds": 60}}, name)["result"]
    made = [start() for _ in range(6)]
    assert all(one["resultType"] == "task" for one in made), made
    refused = start()
    assert refused["isError"] and refused["_meta"]["mcpbox/reason"] == "rate-limited"
    assert int(refused["_meta"]["mcpbox/retry_after"]) > 0
    assert "6 tasks" in refused["content"][0]["text"]
    for one in made:
        client.ask("tasks/cancel", {"taskId": one["taskId"]}, one["taskId"])
    last = start()
    assert last["resultType"] == "task"
    client.ask("tasks/cancel", {"taskId": last["taskId"]}, last["taskId"])
    wait_for("the end of the runs", lambda: not running(inst), 10)
