"""Calls through nginx in processes that the workers hold."""

import json
import os
import signal
import sys
import threading
import time

import pytest

from harness import seed
from harness.instance import Instance, wait_for
from harness.mcp import McpClient

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "hostile"))
import box  # noqa: E402

BUILD = os.environ.get("MCPBOX_TEST_BUILD", "release")

FETCH = '''async def main() -> str:
    """Asks for a page."""
    try:
        await http.get("http://example.com/")
    except Exception as e:
        return str(e)
    return "came through"
'''
FAIL = '''async def main() -> str:
    """Fails."""
    print("before")
    raise ValueError("as planned")
'''
SPIN = '''async def main() -> str:
    """Does not end."""
    while True:
        pass
'''
BURN = '''import time

async def main() -> str:
    """Takes a tenth of a second of the processor."""
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    return "done"
'''
BIG = '''async def main(n: int) -> str:
    """Says much."""
    return "x" * n
'''


@pytest.fixture(scope="module")
def inst():
    with Instance(BUILD, name="lease", env={"MCPBOX_WORKERS_GATEWAY": "1"}) as one:
        one.setup()
        yield one


@pytest.fixture(scope="module")
def server(inst):
    auth = inst.bearer()
    return seed.live_server(inst, auth, "held", {
        "add": seed.ADD, "fetch": FETCH, "fail": FAIL, "spin": SPIN, "big": BIG, "burn": BURN, "sleep": seed.SLEEP})


def report(inst):
    with box.Connection(os.path.join(inst.home, "run/sandboxd/sandboxd.sock")) as c:
        c.send(box.HEALTH)
        kind, payload = c.read()
        assert kind == box.REPORT
        return json.loads(payload)


def begun(inst):
    return report(inst)["leases"]["begun"]


def warm(inst, client):
    """Until the worker holds a process: the second call makes it ask."""
    def holds():
        client.call("held__add", {"a": 1})
        time.sleep(0.05)
        return report(inst)["leases"]["held"] > 0
    wait_for("a held process", holds)


def test_calls_use_them(inst, server):
    client = McpClient(inst.gateway_url)
    warm(inst, client)
    before = begun(inst)
    for n in range(20):
        answer = client.call("held__add", {"a": n, "b": 1})
        assert answer["structuredContent"] == {"sum": n + 1}
        time.sleep(0.02)
    assert begun(inst) - before >= 10
    assert report(inst)["calls"]["sandbox_failed"] == 0


def test_the_record_tells_what_was_used(inst, server):
    client = McpClient(inst.gateway_url)
    warm(inst, client)
    before = begun(inst)
    client.call("held__burn")
    assert begun(inst) == before + 1
    cpu_ms, peak_kib = (int(n) for n in seed.sql(
        inst, "SELECT cpu_ms, peak_kib FROM mcpbox.run_log WHERE tool_name = 'held__burn'").split("|"))
    assert cpu_ms >= 50 and peak_kib > 1000


ENDS = {
    "fail": ({}, True, "as planned"),
    "big": ({"n": 300000}, None, "x" * 300000),
    "too big": ({"n": 2000000}, True, "larger than allowed"),
    "fetch": ({}, None, "example.com"),
}


@pytest.mark.parametrize("name", sorted(ENDS))
def test_ends(inst, server, name):
    """Errors, large results, and what leaves the lease: a request."""
    arguments, error, text = ENDS[name]
    client = McpClient(inst.gateway_url)
    used = 0
    for _ in range(3):
        warm(inst, client)
        before = begun(inst)
        answer = client.call("held__" + {"too big": "big"}.get(name, name), arguments)
        used += begun(inst) - before
        assert answer.get("isError") == error, answer
        assert text in json.dumps(answer["content"]), answer["content"]
    assert used >= 1


def test_a_client_that_leaves_ends_the_run(inst, server):
    client = McpClient(inst.gateway_url, timeout=1)
    warm(inst, client)
    before = begun(inst)
    with pytest.raises(OSError):
        client.call("held__spin")
    client.close()
    wait_for("the end of the run", lambda: report(inst)["running"] - report(inst)["leases"]["held"] == 0)
    assert begun(inst) == before + 1


def test_many_at_once(inst, server):
    """More clients than processes are held: the others go through sandboxd."""
    wrong = []

    def work(k):
        client = McpClient(inst.gateway_url)
        for n in range(15):
            answer = client.call("held__add", {"a": n, "b": k})
            if answer.get("structuredContent") != {"sum": n + k}:
                wrong.append(answer)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong, wrong[0]


def test_given_back_when_idle(inst, server):
    client = McpClient(inst.gateway_url)
    warm(inst, client)
    wait_for("its return", lambda: report(inst)["leases"]["held"] == 0)
    assert report(inst)["leases"]["lost"] == 0
    assert client.call("held__add", {"a": 1})["structuredContent"] == {"sum": 2}


def test_sandboxd_killed_while_one_is_held(inst, server):
    client = McpClient(inst.gateway_url)
    warm(inst, client)
    with open(os.path.join(inst.home, "run", "sandboxd.pid")) as f:
        os.kill(int(f.read().split()[0]), signal.SIGKILL)

    def works():
        try:
            return client.call("held__add", {"a": 1}).get("structuredContent") == {"sum": 2}
        except Exception:
            return False
    wait_for("the next call", works)


def test_switched_off():
    with Instance(BUILD, name="nolease", env={"MCPBOX_SANDBOX_LEASES": "0"}) as inst:
        inst.setup()
        seed.live_server(inst, inst.bearer(), "held", {"add": seed.ADD})
        client = McpClient(inst.gateway_url)
        for n in range(5):
            assert client.call("held__add", {"a": n})["structuredContent"] == {"sum": n + 1}
        leases = report(inst)["leases"]
        assert leases["given"] == leases["refused"] == 0
