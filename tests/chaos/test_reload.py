"""A reload under load loses no request: HUP rolls the workers one by one."""

import os
import signal
import threading
import time

import pytest

from harness import seed
from harness.instance import Instance, wait_for
from harness.mcp import McpClient

BUILD = os.environ.get("MCPBOX_TEST_BUILD", "release")


@pytest.fixture(scope="module")
def inst():
    with Instance(BUILD, name="h") as instance:
        instance.setup()
        seed.live_server(instance, instance.bearer(), "roll",
                         {"add": seed.ADD, "wait": seed.SLEEP})
        yield instance


def workers(inst):
    with open(os.path.join(inst.home, "run", "master.pid")) as f:
        pid = int(f.read())
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return pid, {int(p) for p in f.read().split()}


def test_hup_under_load_loses_nothing(inst):
    stop = threading.Event()
    failures, done = [], [0] * 4

    def load(n):
        client = McpClient(inst.gateway_url, timeout=30)
        while not stop.is_set():
            try:
                if n % 2:
                    result = client.call("roll__add", {"a": done[n]})
                    assert result["structuredContent"] == {"sum": done[n] + 1}, result
                else:
                    client.tools()
                done[n] += 1
            except Exception as e:
                failures.append(f"{type(e).__name__}: {e}")
                client.close()

    threads = [threading.Thread(target=load, args=(n,), daemon=True) for n in range(4)]
    for t in threads:
        t.start()
    wait_for("load", lambda: min(done) >= 5, 30)
    for _ in range(4):
        master, before = workers(inst)
        os.kill(master, signal.SIGHUP)
        wait_for("every worker replaced", lambda: not (workers(inst)[1] & before), 60)
        mark = list(done)
        wait_for("load on the new workers", lambda: all(
            d > m + 2 for d, m in zip(done, mark)), 30)
    stop.set()
    for t in threads:
        t.join(40)
        assert not t.is_alive()
    assert failures == []


def test_parked_call_survives_a_reload(inst):
    answer = []
    t = threading.Thread(daemon=True, target=lambda: answer.append(
        McpClient(inst.gateway_url, timeout=30).call("roll__wait", {"seconds": 3})))
    t.start()
    time.sleep(0.5)  # the call must be parked; no event tells
    master, before = workers(inst)
    os.kill(master, signal.SIGHUP)
    t.join(20)
    assert answer and answer[0].get("structuredContent") == {"slept": 3}, answer
    wait_for("the old workers to leave", lambda: not (workers(inst)[1] & before), 30)
