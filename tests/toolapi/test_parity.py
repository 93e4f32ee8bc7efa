"""The same programs with httpx and with a tool's `http` do the same.

httpx runs on this host against a server on loopback; the tool runs in the
sandbox, through mcpbox-egress, against the same server in another namespace.
"""

import json
import os
import subprocess

import pytest

import parity
import server
from cases import CASES
from conftest import HERE, PYTHON, URL

# Where the way out answers otherwise, and why.
DIFFERENT = {
    # A tool reaches no address of this host at all.
    "refused": ["NetworkAccessDenied", ["NetworkAccessDenied", "TransportError", "RequestError",
                                        "HTTPError", "Exception"]],
}
# What is kept outside, where there is no sandbox.
OUTSIDE = {"write timeout"}


def run_all(engine, path):
    web = server.Server(("127.0.0.1", 0))
    url = "http://127.0.0.1:%d" % web.server_port
    done = subprocess.run([PYTHON, "-B", "-W", "ignore", os.path.join(HERE, "parity.py"), engine, url],
                          env={"PYTHONPATH": path, "PATH": "/usr/bin"}, check=True,
                          capture_output=True, text=True, timeout=120)
    web.shutdown()
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def theirs(packages):
    return run_all("httpx", packages)


def test_like_httpx_without_a_sandbox(theirs):
    """The same modules under a plain interpreter: fast to work with."""
    mine = run_all("ours", "")
    assert {n: mine[n] for n in mine if mine[n] != theirs[n]}.keys() <= OUTSIDE


HELPERS = """
import re
OWN = %r
def show_body_of(content):
    got = json.loads(content)
    got["headers"] = sorted(h for h in got["headers"] if h[0] not in OWN)
    return got
def show(response):
    return show_body_of(response.content)
def show_body(response):
    return show(response)["body"]
def names(response):
    return sorted(dict(show(response)["headers"]).get("cookie", "").split("; "))
def path(response):
    return [response.json()["path"], re.sub(r"^http://[^/]*", "", str(response.url))]
def multipart(response):
    got = response.json()
    kind = dict(got["headers"])["content-type"]
    boundary = re.search("boundary=(.*)", kind).group(1)
    return [kind.replace(boundary, "B"), got["body"].replace(boundary, "B")]
def plain(value):
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return type(value).__name__
async def case(http, url):
  %s
async def main(url: str):
    return plain(await case(http, url))
"""


def ours(sandbox, name, more=""):
    # The walk over base classes is what the policy is there to refuse.
    code = more + HELPERS % (parity.OWN, CASES[name].strip("\n"))
    answer = sandbox.tool(code, {"url": URL}, wall_ms=20000)
    if answer.outcome == "tool_error":
        return "%s: %s" % (answer.error["type"], answer.error["message"])
    assert answer.outcome == "result", answer
    return answer.result


@pytest.mark.parametrize("name", sorted(CASES))
def test_like_httpx(theirs, lawless, world, name):
    assert ours(lawless, name) == DIFFERENT.get(name, theirs[name])


@pytest.mark.parametrize("name", sorted(CASES)[::3])
def test_like_httpx_with_asyncio(theirs, lawless, world, name):
    """On an event loop, not by hand."""
    assert ours(lawless, name, "import asyncio\n") == DIFFERENT.get(name, theirs[name])


@pytest.mark.parametrize("name", sorted(n for n in CASES if "__mro__" not in CASES[n])[::2])
def test_like_httpx_with_the_policy(theirs, sandbox, world, name):
    assert ours(sandbox, name) == DIFFERENT.get(name, theirs[name])
