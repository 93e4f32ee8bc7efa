"""A sandbox that has one place: what those are told who come second."""

import json
import os
import threading
import urllib.error
import urllib.request

import pytest

from harness import seed
from harness.instance import Instance, wait_for
from harness.mcp import McpClient

BUILD = os.environ.get("MCPBOX_TEST_BUILD", "release")


@pytest.fixture(scope="module")
def inst():
    with Instance(BUILD, name="busy", env={"MCPBOX_SANDBOX_MAX_RUNS": "1",
                                           "MCPBOX_SANDBOX_MAX_QUEUE": "0"}) as one:
        one.setup()
        yield one


def retry_after(inst, auth, path, body):
    """(status, problem, seconds) of a POST."""
    req = urllib.request.Request(inst.url + path, json.dumps(body).encode(), method="POST",
                                 headers={"Content-Type": "application/json", **auth})
    try:
        with urllib.request.urlopen(req, timeout=60) as res:
            return res.status, None, None
    except urllib.error.HTTPError as e:
        return e.code, json.loads(e.read()), e.headers["Retry-After"]


def test_no_place(inst):
    auth = inst.bearer()
    server = seed.live_server(inst, auth, "busy", {"sleep": seed.SLEEP, "add": seed.ADD})
    (tool,) = [t for t in seed.ok(inst.request("GET", f"/api/servers/{server['id']}/tools",
                                               headers=auth))["items"] if t["name"] == "add"]
    seen = {}

    def sleep():
        """Until it was not too late itself."""
        while "first" not in seen:
            answer = McpClient(inst.url).call("busy__sleep", {"seconds": 10})
            if answer["_meta"]["mcpbox/outcome"] != "busy":
                seen["first"] = answer

    first = threading.Thread(target=sleep)
    first.start()
    try:
        def second():
            answer = McpClient(inst.url).call("busy__add", {"a": 1})
            return answer["_meta"]["mcpbox/outcome"] == "busy" and answer

        answer = wait_for("the place to be taken", second)
        assert answer["isError"] and "structuredContent" not in answer
        seconds = int(answer["_meta"]["mcpbox/retry_after"])
        assert seconds >= 1
        assert f"Try again in {seconds} second" in answer["content"][0]["text"]

        status, problem, seconds = retry_after(
            inst, auth, "/api/tools/test-code", {"tool_id": tool["id"], "arguments": {"a": 1}})
        assert status == 503 and problem["type"].endswith(":busy")
        assert int(seconds) >= 1 and f"Try again in {seconds} second" in problem["detail"]
        assert first.is_alive()
    finally:
        first.join(60)
    assert seen["first"]["structuredContent"] == {"slept": 10}
    assert McpClient(inst.url).call("busy__add", {"a": 1})["structuredContent"] == {"sum": 2}
