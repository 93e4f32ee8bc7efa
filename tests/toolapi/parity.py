"""Runs cases.py and prints what came out, as JSON.

    parity.py httpx URL     with httpx, from PYTHONPATH
    parity.py ours URL      with the jail's client and a made-up _mcpbox
"""

import asyncio
import json
import re
import sys

sys.dont_write_bytecode = True
from cases import CASES  # noqa: E402

# Beyond what httpx adds by itself, and what differs by connection.
OWN = {"accept", "accept-encoding", "connection", "user-agent", "host", "content-length",
       "transfer-encoding"}


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


def compile_case(name):
    space = {f.__name__: f for f in (show, show_body, show_body_of, names, path, multipart)}
    exec("async def main(http, url):\n  " + CASES[name].strip("\n") + "\n", space)
    return space["main"]


class Httpx:
    """httpx with the functions of a tool's `http`: they are asynchronous."""

    def __getattr__(self, name):
        import httpx
        if name in ("get", "post", "put", "patch", "delete", "head", "options", "request"):
            return getattr(httpx.AsyncClient(trust_env=False), name)
        if name == "stream":
            return httpx.AsyncClient(trust_env=False).stream
        return getattr(httpx, name)


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


def by_hand(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise RuntimeError("main waits for something else")


def main(engine, url):
    if engine == "httpx":
        http, run = Httpx(), asyncio.run
    else:
        import fake
        fake.load()
        from mcpbox_jail.http_api import http
        run = by_hand
    out = {}
    for name in CASES:
        case = compile_case(name)
        try:
            out[name] = plain(run(case(http, url)))
        except BaseException as e:
            out[name] = "%s: %s" % (type(e).__name__, e)
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
