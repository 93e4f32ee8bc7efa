"""`http` in the sandbox: what is beyond httpx, and what holds the way out."""

import os
import signal

import pytest

import box
from conftest import URL


def value(answer):
    assert answer.outcome == "result", answer
    return answer.result


def error(answer):
    assert answer.outcome == "tool_error", answer
    return answer.error


# --- several at once ---


def test_gathered_requests_overlap(sandbox, world):
    code = """
import asyncio, time
async def main(url: str):
    begun = time.monotonic()
    got = await asyncio.gather(*[http.get(f"{url}/slow/500") for _ in range(5)])
    return [[r.text for r in got], time.monotonic() - begun]
"""
    texts, took = value(sandbox.tool(code, {"url": URL}))
    assert texts == ["late"] * 5
    assert 0.5 <= took < 1.5


def test_many_requests_keep_their_answers(sandbox, world):
    code = """
import asyncio
async def one(client, n):
    r = await client.post("/echo", json=n)
    return json.loads(r.json()["body"])
async def main(url: str):
    async with http.AsyncClient(base_url=url) as client:
        return await asyncio.gather(*[one(client, n) for n in range(60)])
"""
    assert value(sandbox.tool(code, {"url": URL})) == list(range(60))


def test_requests_that_wait_to_begin_can_be_cancelled(sandbox, world):
    code = """
import asyncio
async def main(url: str):
    slow = [asyncio.create_task(http.get(url + "/slow/400")) for _ in range(40)]
    await asyncio.sleep(0.1)
    for t in slow[20:]:
        t.cancel()
    quick = await asyncio.gather(*[http.get(url + "/echo") for _ in range(40)])
    done = await asyncio.gather(*slow, return_exceptions=True)
    return [len(quick), [type(d).__name__ for d in done].count("CancelledError")]
"""
    assert value(sandbox.tool(code, {"url": URL}, requests=200)) == [40, 20]


def test_many_streams_by_hand(sandbox, world):
    """More than may be under way: one has to end before the next begins."""
    code = """
async def main(url: str):
    streams = [http.stream("GET", f"{url}/drip/2/{5 * n}") for n in range(40)]
    opened = [await s.__aenter__() for s in streams]
    return [len((await r.aread()).splitlines()) for r in opened]
"""
    assert value(sandbox.tool(code, {"url": URL})) == [2] * 40


def test_the_loop_goes_on_while_a_request_waits(sandbox, world):
    code = """
import asyncio
async def main(url: str):
    log = []
    async def tick():
        for i in range(5):
            await asyncio.sleep(0.05)
            log.append(i)
    t = asyncio.create_task(tick())
    r = await http.get(url + "/slow/600")
    log.append(r.text)
    await t
    return log
"""
    assert value(sandbox.tool(code, {"url": URL})) == [0, 1, 2, 3, 4, "late"]


def test_one_after_the_other_by_hand(sandbox, world):
    code = """
async def main(url: str):
    out = []
    for n in range(3):
        out.append((await http.get(f"{url}/echo", params={"n": n})).json()["path"])
    return out
"""
    assert value(sandbox.tool(code, {"url": URL})) == ["/echo?n=0", "/echo?n=1", "/echo?n=2"]


def test_mixed_streams_by_hand(sandbox, world):
    """Pieces of the one that is not read wait for their turn."""
    code = """
async def main(url: str):
    out = []
    async with http.stream("GET", url + "/drip/5/20") as a:
        async with http.stream("GET", url + "/drip/5/20") as b:
            async for line in b.aiter_lines():
                out.append(line)
            out.append((await http.get(url + "/echo")).status_code)
        async for line in a.aiter_lines():
            out.append(line)
    return out
"""
    pieces = ["piece %d" % i for i in range(5)]
    assert value(sandbox.tool(code, {"url": URL})) == pieces + [200] + pieces


def test_two_tasks_on_one_response(sandbox, world):
    code = """
import asyncio
async def read(r): return await r._source.piece()
async def main(url: str):
    async with http.stream("GET", url + "/slow/300") as r:
        pass
    async with http.stream("GET", url + "/drip/3/300") as r:
        got = await asyncio.gather(*[read(r) for _ in range(4)], return_exceptions=True)
        return [type(g).__name__ for g in got]
"""
    assert "RuntimeError" in value(sandbox.tool(code, {"url": URL}))


# --- threads ---


def test_a_thread_wakes_the_loop_while_a_request_waits(sandbox, world):
    code = """
import asyncio, time
def work(n):
    time.sleep(0.1)
    return n
async def main(url: str):
    log = []
    async def threads():
        for n in range(3):
            log.append(await asyncio.to_thread(work, n))
    t = asyncio.create_task(threads())
    log.append((await http.get(url + "/slow/1200")).text)
    await t
    return log
"""
    assert value(sandbox.tool(code, {"url": URL}, threads=4)) == [0, 1, 2, "late"]


def test_wakes_are_never_lost(sandbox, world):
    """Each of many threads ends at a moment of its own; each is noticed at once."""
    code = """
import asyncio, time
async def main(url: str):
    slow = asyncio.create_task(http.get(url + "/slow/3000"))
    late = 0
    for n in range(150):
        begun = time.monotonic()
        await asyncio.to_thread(time.sleep, 0.0001 * (n % 17))
        late = max(late, time.monotonic() - begun)
    done = slow.done()
    slow.cancel()
    return [done, late]
"""
    done, late = value(sandbox.tool(code, {"url": URL}, threads=4))
    assert done is False and late < 1.0


def test_threads_make_requests(sandbox, world):
    """By hand, in threads, beside an event loop that waits for its own."""
    code = """
import asyncio
def by_hand(url, n):
    c = http.get(f"{url}/slow/{200 + 100 * n}")
    try:
        c.send(None)
    except StopIteration as stop:
        return [n, stop.value.text]
async def main(url: str):
    got = await asyncio.gather(
        http.get(url + "/slow/450"),
        *[asyncio.to_thread(by_hand, url, n) for n in range(4)],
        http.get(url + "/slow/100"))
    return [got[0].text, *got[1:-1], got[-1].text]
"""
    assert value(sandbox.tool(code, {"url": URL}, threads=8)) == [
        "late", [0, "late"], [1, "late"], [2, "late"], [3, "late"], "late"]


# --- ends ---


def test_a_cancelled_request_is_dropped(sandbox, world):
    code = """
import asyncio
async def main(url: str):
    try:
        await asyncio.wait_for(http.get(url + "/slow/5000"), 0.2)
    except asyncio.TimeoutError:
        pass
    return (await http.get(url + "/echo")).status_code
"""
    answer = sandbox.tool(code, {"url": URL})
    assert value(answer) == 200
    assert answer.exit["wall_us"] < 3_000_000


def test_a_request_that_nobody_waits_for(sandbox, world):
    code = """
import asyncio
async def main(url: str):
    asyncio.create_task(http.get(url + "/slow/5000"))
    await asyncio.sleep(0.05)
    return "done"
"""
    answer = sandbox.tool(code, {"url": URL})
    assert value(answer) == "done" and answer.exit["wall_us"] < 2_000_000


def test_the_wall_clock_ends_a_request(sandbox, world):
    answer = sandbox.tool("async def main(url: str): await http.get(url + '/slow/9000', timeout=None)",
                          {"url": URL}, wall_ms=500)
    assert answer.outcome == "timeout"


def test_a_stream_without_end_costs_no_memory(sandbox, world):
    """Of 12 MiB a tool that may have 24 beyond its own sees every byte."""
    code = """
async def main(url: str):
    n = 0
    async with http.stream("GET", url + "/large/12582912") as r:
        async for piece in r.aiter_bytes():
            n += len(piece)
    return n
"""
    assert value(sandbox.tool(code, {"url": URL}, memory=24 * box.MIB)) == 12582912


def test_a_large_answer_is_refused_unless_streamed(sandbox, world):
    e = error(sandbox.tool("async def main(url: str): await http.get(url + '/large/10485761')", {"url": URL}))
    assert e["type"] == "ResponseTooLarge" and "http.stream" in e["message"]
    assert value(sandbox.tool("async def main(url: str): return len((await http.get(url + '/large/10485760')).content)",
                              {"url": URL})) == 10485760


def test_an_answer_beyond_the_memory_limit(sandbox, world):
    code = """
async def main(url: str):
    kept = []
    while True:
        kept.append((await http.get(url + "/large/4000000")).content)
"""
    answer = sandbox.tool(code, {"url": URL}, memory=32 * box.MIB)
    assert answer.outcome == "memory_limit", answer


def test_a_large_body_goes_out(sandbox, world):
    code = """
async def main(url: str, n: int):
    r = await http.post(url + "/size", content=b"x" * n)
    return r.text
"""
    assert value(sandbox.tool(code, {"url": URL, "n": 8 << 20})) == str(8 << 20)
    e = error(sandbox.tool(code, {"url": URL, "n": (8 << 20) + 1}))
    assert e["type"] == "LocalProtocolError" and "8388608" in e["message"]


def test_large_bodies_both_ways_at_once(sandbox, world):
    code = """
import asyncio
async def one(url):
    r = await http.post(url + "/echo-raw", content=b"y" * 3000000)
    return len(r.content)
async def main(url: str):
    return await asyncio.gather(*[one(url) for _ in range(6)])
"""
    assert value(sandbox.tool(code, {"url": URL}, wall_ms=30000)) == [3000000] * 6


# --- what is not allowed ---


DENIED = {
    "not granted": ("http://other.test/", "not_granted", 'mcpbox_request_network_access {"server_id": "%s", "host": "other.test", "port": 80}' % box.ENV),
    "other port": ("http://slow.test:8080/", "not_granted", '"port": 8080'),
    "private": ("http://mixed.test/", "address_refused", "private"),
    "loopback": ("http://127.0.0.1/", "not_granted", "127.0.0.1"),
    "metadata": ("http://169.254.169.254/latest/meta-data", "not_granted", "169.254.169.254"),
}


@pytest.mark.parametrize("name", sorted(DENIED))
def test_denied(sandbox, world, name):
    url, reason, part = DENIED[name]
    code = """
async def main(url: str):
    try:
        await http.get(url)
    except http.NetworkAccessDenied as e:
        return [e.reason, str(e), isinstance(e, http.RequestError), str(e.request.url)]
"""
    got = value(sandbox.tool(code, {"url": url}))
    assert got[0] == reason and part in got[1] and got[2] is True
    assert got[3].rstrip("/") == url.rstrip("/")


def test_granted_private_host(sandbox, world):
    code = "async def main(): return (await http.get('http://inner.test/status/201')).status_code"
    assert value(sandbox.tool(code)) == 201


def test_the_number_of_requests(sandbox, world):
    code = """
async def main(url: str):
    n = 0
    try:
        while True:
            await http.get(url + "/echo")
            n += 1
    except http.NetworkAccessDenied as e:
        return [n, e.reason, str(e)]
"""
    n, reason, text = value(sandbox.tool(code, {"url": URL}, requests=3))
    assert (n, reason) == (3, "limit") and "as many requests as it may" in text
    assert value(sandbox.tool(code, {"url": URL}, requests=0))[:2] == [0, "limit"]


def test_the_number_of_bytes(sandbox, world):
    code = """
async def main(url: str):
    try:
        await http.get(url + "/large/200000")
    except http.NetworkAccessDenied as e:
        return e.reason
"""
    assert value(sandbox.tool(code, {"url": URL}, transfer=100000)) == "limit"


def test_a_trial_has_no_network(sandbox, world):
    answer = sandbox.tool("async def main(url: str): await http.get(url + '/echo')", {"url": URL}, kind=box.TRIAL, hosts=())
    assert error(answer)["type"] == "NetworkAccessDenied"


FAILURES = {
    "closed port": ("await http.get('http://closed.test:9/')", "ConnectError", "closed.test:9"),
    "no such name": ("await http.get('http://nowhere.test/')", "ConnectError", "nowhere.test"),
    "wrong certificate": ("await http.get('https://api.test/')", "ConnectError", "certificate"),
    "no TLS": ("await http.get('https://slow.test:80/')", "ConnectError", "TLS"),
    "forbidden header": ("await http.get(url + '/echo', headers={'Transfer-Encoding': 'chunked'})", "LocalProtocolError", "Transfer-Encoding"),
    "wrong Host": ("await http.get(url + '/echo', headers={'Host': 'evil.test'})", "LocalProtocolError", "Host"),
    "wrong Content-Length": ("await http.post(url + '/echo', content='x', headers={'Content-Length': '5'})", "LocalProtocolError", "Content-Length"),
    "split header": ("await http.get(url + '/echo', headers={'X-A': 'a\\r\\nX-B: b'})", "LocalProtocolError", "control"),
    "odd header name": ("await http.get(url + '/echo', headers={'X A': 'a'})", "LocalProtocolError", "name"),
    "too many headers": ("await http.get(url + '/echo', headers={f'X-{i}': '1' for i in range(101)})", "LocalProtocolError", "100"),
    "CONNECT": ("await http.request('CONNECT', url)", "LocalProtocolError", "CONNECT"),
    "odd method": ("await http.request('GE T', url)", "LocalProtocolError", "word"),
    "long method": ("await http.request('X' * 40, url)", "LocalProtocolError", "method is too long"),
    "long URL": ("await http.get(url + '/' + 'x' * 9000)", "InvalidURL", "8192"),
    "bad host": ("await http.get('http://exa mple.test/')", "InvalidURL", ""),
    "redirects wanted": ("await http.get(url, follow_redirects=True)", "ValueError", "redirects are off"),
    "redirects of a client": ("http.AsyncClient(follow_redirects=True)", "ValueError", "redirects are off"),
    "no verification": ("await http.get(url, verify=False)", "ValueError", "certificates are always checked"),
    "proxy": ("http.AsyncClient(proxy='http://p')", "ValueError", "no proxy"),
    "auth that is a function": ("await http.get(url, auth=lambda r: r)", "TypeError", "Authorization"),
    "synchronous client": ("http.Client()", "AttributeError", "asynchronous client"),
    "unknown argument": ("await http.post(url, body='x')", "TypeError", "there are: params headers"),
    "unknown argument of a client": ("http.AsyncClient(retries=3)", "TypeError", "retries"),
    "a number for a URL": ("await http.get(5)", "TypeError", "a URL is a str, not int"),
    "unknown name": ("http.fetch(url)", "AttributeError", "there are:"),
    "another library's name": ("(await http.get(url + '/echo')).ok", "AttributeError", "is_success"),
    "a response as result": ("await http.get(url + '/echo')", "ResultError", "response.json()"),
    "a forgotten await": ("http.get(url)", "ResultError", "`await` is missing"),
}


@pytest.mark.parametrize("name", sorted(FAILURES))
def test_failure(sandbox, world, name):
    expression, kind, part = FAILURES[name]
    e = error(sandbox.tool("async def main(url: str): return %s" % expression, {"url": URL}))
    assert e["type"] == kind, e
    assert part in e["message"]
    assert e.get("line", 1) == 1


def test_connect_timeout_is_told_apart(sandbox, world):
    """To an address that swallows what it gets; nothing was sent."""
    code = """
async def main():
    out = []
    for limit in (0.3, http.Timeout(5, connect=0.3), http.Timeout(5, connect=0.3, read=0.1)):
        try:
            await http.get("http://203.0.113.99/", timeout=limit)
        except http.TimeoutException as e:
            out.append(type(e).__name__)
    return out
"""
    assert value(sandbox.tool(code, hosts=["private 203.0.113.99:80"])) == ["ConnectTimeout"] * 3


WAITS = """
import asyncio

async def kind(*args, **kw):
    try:
        return (await http.get(*args, **kw)).status_code
    except http.TimeoutException as e:
        return type(e).__name__

async def main(url: str):
    slow = [kind(url + "/slow/1500", timeout=http.Timeout(9, pool=None)) for _ in range(%d)]
    last = kind(url + "/size", timeout=http.Timeout(9, pool=0.3))
    return (await asyncio.gather(*slow, last))[-1]
"""


@pytest.mark.parametrize("under_way", [16, 32])
def test_pool_timeout(sandbox, world, under_way):
    """Its turn does not come: outside, and here, where even more wait."""
    code = WAITS % under_way
    assert value(sandbox.tool(code, {"url": URL}, wall_ms=20000)) == "PoolTimeout"


def test_write_timeout(sandbox, world):
    code = """
async def main(url: str):
    try:
        await http.post(url + "/deaf", content=b"x" * (7 << 20), timeout=http.Timeout(9, write=0.3))
    except http.WriteTimeout as e:
        return str(e)
"""
    assert "not sent yet" in value(sandbox.tool(code, {"url": URL}, wall_ms=15000))


def test_redirects_are_not_followed(sandbox, world):
    before = len(world.web.seen)
    code = """
async def main(url: str):
    r = await http.get(url + "/status/302")
    return [r.status_code, r.headers["location"], r.has_redirect_location, r.history]
"""
    assert value(sandbox.tool(code, {"url": URL})) == [302, "/echo", True, []]
    assert world.web.seen[before:] == [("GET", "/status/302")]


def test_an_error_status_tells_what_the_server_said(sandbox, world):
    code = "async def main(url: str): (await http.get(url + '/flaky/told/9', headers={'X-Api-Key': 'k'})).raise_for_status()"
    e = error(sandbox.tool(code, {"url": URL}))
    assert e["type"] == "HTTPStatusError"
    assert e["message"].startswith("Server error '503 Service Unavailable' for url 'http://api.test/flaky")
    assert e["http"] == {"status": 503, "url": URL + "/flaky/told/9", "body": "busy",
                         "headers": {"content-type": "text/plain", "retry-after": "0"}}


# --- the same everywhere ---


VERBS = """
async def main(url: str):
    out = []
    for verb in ("get", "post", "put", "patch", "delete", "head", "options"):
        r = await getattr(http, verb)(url + "/size", headers={"Authorization": "Bearer t0k3n"})
        out.append([verb, r.status_code, r.request.method])
    r = await http.request("GET", url + "/size")
    return out + [["request", r.status_code, r.request.method]]
"""


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("kind", [box.CALL, 4])
def test_eight_verbs_in_every_mode(sandbox, world, kind, debug):
    answer = sandbox.tool(VERBS, {"url": URL}, kind=kind, debug=debug)
    got = value(answer)
    assert [g[0] for g in got] == "get post put patch delete head options request".split()
    assert all(g[1] == 200 for g in got)
    assert [g[2] for g in got] == "GET POST PUT PATCH DELETE HEAD OPTIONS GET".split()
    records = answer.requests
    assert len(records) == 8
    assert [r["method"] for r in records] == [g[2] for g in got]
    assert "t0k3n" not in str(records)


@pytest.mark.parametrize("code", [
    "import httpx\nasync def main(url: str): return [(await httpx.get(url + '/echo')).status_code, httpx is http]",
    "from httpx import AsyncClient, HTTPError\nasync def main(url: str):\n  async with AsyncClient() as c: return [(await c.get(url + '/echo')).status_code, HTTPError is http.HTTPError]",
    "import httpx as hx\nasync def main(url: str):\n  async with hx.AsyncClient(base_url=url, http2=True) as c: return [(await c.get('/echo')).status_code, True]",
])
def test_httpx_is_the_same(sandbox, lawless, world, code):
    for s in (sandbox, lawless):
        assert value(s.tool(code, {"url": URL})) == [200, True]


def test_https(sandbox, world):
    code = "async def main(): r = await http.get('https://tls.test/echo'); return [r.status_code, str(r.url)]"
    assert value(sandbox.tool(code)) == [200, "https://tls.test/echo"]


def test_secret_in_a_header(sandbox, world):
    code = """
async def main(url: str, city: str):
    r = await http.get(url + "/weather", params={"city": city}, headers={"X-Api-Key": secrets["WEATHER_KEY"]})
    return r.raise_for_status().json()
"""
    got = sandbox.tool(code, {"url": URL, "city": "Zürich"}, secrets={"WEATHER_KEY": "k-123456"})
    assert value(got) == {"city": "Zürich", "temperature": 21.5, "unit": "C"}


def test_egress_that_dies_is_an_error_and_comes_back(net, world):
    from conftest import start

    s = start(net, world)
    try:
        code = """
async def main(url: str):
    try:
        await http.get(url + "/slow/8000", timeout=20)
    except http.ConnectError as e:
        return str(e)
"""
        with s.connect() as c:
            c.send(box.RUN, box.encode_run(code, {"url": URL}, hosts=["api.test:80"], requests=5, transfer=box.MIB))
            before = len(world.web.seen)
            box.wait_for(lambda: len(world.web.seen) > before, 10, "the request to arrive")
            pid = s.report()["egress"]["pid"]
            os.kill(pid, signal.SIGKILL)
            answer = c.finish()
        assert value(answer)
        again = "async def main(url: str): return (await http.get(url + '/echo')).status_code"
        box.wait_for(lambda: s.tool(again, {"url": URL}).outcome == "result", 20, "egress to be back")
    finally:
        assert s.stop() == 0


# --- the module beneath, in the hands of an enemy ---


@pytest.mark.parametrize("expression, kind", [
    ("g.fetch(1, b'GET', b'http://h/', [(b'a',)], None, (0, 0, 0, 0, 0))", "TypeError"),
    ("g.fetch(1, b'GET', b'http://h/', [5], None, (0, 0, 0, 0, 0))", "SystemError"),
    ("g.fetch(1, b'GET', b'http://h/', ((b'a', b'b'),), None, (0, 0, 0, 0, 0))", "TypeError"),
    ("g.fetch(1, b'G' * 33, b'http://h/', [], None, (0, 0, 0, 0, 0))", "ValueError"),
    ("g.fetch(1, b'GET', b'h' * 8193, [], None, (0, 0, 0, 0, 0))", "ValueError"),
    ("g.fetch(1, b'GET', b'http://h/', [(b'a', b'b' * 65536)], None, (0, 0, 0, 0, 0))", "ValueError"),
    ("g.fetch(1, b'GET', b'http://h/', [], b'x' * (8 * 2**20 + 1), (0, 0, 0, 0, 0))", "ValueError"),
    ("g.fetch(1, b'GET', b'http://h/', [], None, (300001, 0, 0, 0, 0))", "ValueError"),
    ("g.send(24, b'')", None),
    ("g.send(21, b'')", None),
    ("g.send(1, b'')", "ValueError"),
    ("g.guard(5, 'x', None)", "TypeError"),
    ("g.guard(int, 'no such', None)", "LookupError"),
    ("g.receive('x', False)", "TypeError"),
    ("g.wake('x')", "TypeError"),
])
def test_misused(lawless, world, expression, kind):
    """It says what is wrong, or the run ends; sandboxd goes on either way."""
    answer = lawless.tool("import _mcpbox as g\nasync def main(): return %s" % expression)
    if kind is None:
        assert answer.outcome == "output_limit", answer
    else:
        assert error(answer)["type"] == kind, answer
    assert value(lawless.tool("async def main(): return 1")) == 1
