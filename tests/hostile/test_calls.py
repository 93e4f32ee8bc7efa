"""What an honest tool can do."""

import json

import pytest

import box


def value(s, code, args=None, **options):
    answer = s.call(code, args, **options)
    assert answer.outcome == "result", answer
    assert answer.frames[-2:] == [box.RESULT, box.EXIT]
    return answer.result


def error(s, code, args=None, **options):
    answer = s.call(code, args, **options)
    assert answer.outcome == "tool_error", answer
    assert answer.frames[-2:] == [box.ERROR, box.EXIT]
    return answer.error


def test_arguments_are_data(enforced):
    code = "async def main(s: str, n: int = 1, *, flag: bool = False): return [[ord(c) for c in s] * n, flag]"
    nasty = "'); import os #\u2028\u0000\U0001f600\""
    assert value(enforced, code, {"s": nasty, "n": 2, "flag": True}) == [
        [ord(c) for c in nasty] * 2,
        True,
    ]


def test_injected_names(enforced):
    code = """
async def main(x: int):
    return [json.loads('{"a": 1}'), datetime.datetime(2026, 1, 2).isoformat(),
            arguments == {'x': x}, dict(secrets), repr(http), repr(mcp)]
"""
    assert value(enforced, code, {"x": 5}, secrets={"K": "v"}) == [
        {"a": 1},
        "2026-01-02T00:00:00",
        True,
        {"K": "v"},
        "<http: get post put patch delete head options request stream AsyncClient>",
        "<mcp: AskError ProtocolError Unanswered Unsupported ask audio become_task capabilities detach elicit "
        "elicit_url image list_changed log progress resource resource_link resource_updated result roots "
        "sample state text>",
    ]


def test_secrets_are_read_only_and_named(enforced):
    code = """
async def main():
    try:
        secrets['K'] = 'x'
    except TypeError:
        pass
    return [repr(secrets), secrets.get('none'), secrets['missing']]
"""
    e = error(enforced, code, secrets={"K": "hidden"})
    assert e["type"] == "KeyError"
    assert e["message"].startswith("no secret named 'missing' reaches this tool")
    assert "secret_names" in e["message"] and "mcpbox_create_server_secret" in e["message"]
    assert "hidden" not in e["message"]


def test_ordinary_python(enforced):
    code = '''
from __future__ import annotations
import collections, dataclasses, enum, functools, itertools, re, typing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, TypedDict

class Colour(enum.Enum):
    RED = "red"

@dataclass(order=True)
class Point:
    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list)
    kind: typing.ClassVar[str] = "p"

    @property
    def norm(self):
        return self.x ** 2 + self.y ** 2

class Base:
    registry = []
    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)
        Base.registry.append(cls.__name__)

class Child(Base):
    pass

class Pair(NamedTuple):
    a: int
    b: int

@functools.lru_cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

async def numbers(n):
    for i in range(n):
        yield i

async def main():
    match {"kind": "point", "at": [1, 2]}:
        case {"kind": "point", "at": [x, y]}:
            p = Point(x, y)
    squares = {i: i * i async for i in numbers(3)}
    if (m := re.match(r"(\\d+)", "42x")):
        n = int(m[1])
    try:
        raise ValueError("v")
    except* ValueError as group:
        caught = len(group.exceptions)
    return [p, p.norm, Colour.RED, Base.registry, Pair(1, 2), fib(50), squares, n, caught,
            Decimal("1.10"), sorted([Point(2), Point(1)]), getattr(p, "x"), hasattr(p, "z"),
            list(itertools.accumulate([1, 2, 3])), collections.Counter("aab"), f"{p.x!r:>3}"]
'''
    assert value(enforced, code) == [
        {"x": 1, "y": 2, "tags": []},
        5,
        "red",
        ["Child"],
        [1, 2],
        12586269025,
        {"0": 0, "1": 1, "2": 4},
        42,
        1,
        "1.10",
        [{"x": 1, "y": 0, "tags": []}, {"x": 2, "y": 0, "tags": []}],
        1,
        False,
        [1, 3, 6],
        {"a": 2, "b": 1},
        "  1",
    ]


def test_every_approved_module_imports(enforced):
    modules = enforced.report()["interpreter"]["modules"]
    lines = ["import %s" % m["name"] for m in modules if m["name"] != "__future__"]
    code = "\n".join(lines) + "\nasync def main(): return len(xml.etree.ElementTree.fromstring('<a><b/></a>'))"
    assert value(enforced, code) == 1


def test_time_zones_and_lazy_parts(enforced):
    code = """
from datetime import datetime, timezone
from zoneinfo import ZoneInfo
import hashlib, hmac, uuid, base64, secrets as s
async def main():
    when = datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Paris"))
    return [when.isoformat(), datetime.strptime("2026-01-02", "%Y-%m-%d").day,
            hashlib.sha256(b"x").hexdigest()[:8], hashlib.blake2b(b"x").hexdigest()[:4],
            hmac.new(b"k", b"m", "sha256").hexdigest()[:8], len(str(uuid.uuid4())),
            len(s.token_hex(4)), "stra\\u00dfe".encode("idna").decode()]
"""
    got = value(enforced, code)
    assert got[:2] == ["2026-07-01T00:00:00+02:00", 2]
    assert got[2] == "2d711642"
    assert got[5:] == [36, 8, "strasse"]


def test_csv_statistics(enforced):
    code = """
import csv, io, statistics
async def main(text: str):
    rows = list(csv.DictReader(io.StringIO(text)))
    values = [float(r["v"]) for r in rows]
    return {"n": len(values), "mean": statistics.fmean(values), "stdev": statistics.stdev(values)}
"""
    assert value(enforced, code, {"text": "k,v\na,1\nb,2\nc,3\n"}) == {"n": 3, "mean": 2.0, "stdev": 1.0}


# --- asyncio ---


ASYNC = {
    "sleep": ("await asyncio.sleep(0.01, 'r')", "r"),
    "gather": ("await asyncio.gather(*[asyncio.sleep(0.01, i) for i in range(3)])", [0, 1, 2]),
    "create_task": ("await asyncio.create_task(asyncio.sleep(0, 5))", 5),
    "wait_for": ("await asyncio.wait_for(asyncio.sleep(0, 6), 1)", 6),
}


@pytest.mark.parametrize("name", sorted(ASYNC))
def test_asyncio(enforced, name):
    expression, expected = ASYNC[name]
    assert value(enforced, "import asyncio\nasync def main(): return " + expression) == expected


def test_asyncio_primitives(enforced):
    code = """
import asyncio, contextlib
async def producer(q):
    for i in range(3):
        await q.put(i)
        await asyncio.sleep(0)
    await q.put(None)

@contextlib.asynccontextmanager
async def resource():
    yield "r"

async def main():
    out = []
    q = asyncio.Queue(1)
    lock, event, sem = asyncio.Lock(), asyncio.Event(), asyncio.Semaphore(2)
    async with asyncio.TaskGroup() as tg:
        tg.create_task(producer(q))
        while (item := await q.get()) is not None:
            async with lock, sem:
                out.append(item)
        tg.create_task(event.wait())
        event.set()
    try:
        await asyncio.wait_for(asyncio.sleep(10), 0.01)
    except asyncio.TimeoutError:
        out.append("timeout")
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)
    except TimeoutError:
        out.append("timeout2")
    async with resource() as r:
        out.append(r)
    done, pending = await asyncio.wait([asyncio.create_task(asyncio.sleep(0))])
    out.append([len(done), len(pending)])
    for first in asyncio.as_completed([asyncio.sleep(0.02, "b"), asyncio.sleep(0.001, "a")]):
        out.append(await first)
    return out
"""
    assert value(enforced, code) == [0, 1, 2, "timeout", "timeout2", "r", [1, 0], "a", "b"]


def test_deadlock_is_named(enforced):
    e = error(enforced, "import asyncio\nasync def main(): await asyncio.Event().wait()")
    assert e["type"] == "Deadlock"


def test_awaiting_without_a_loop_is_explained(enforced):
    code = """
class Odd:
    def __await__(self):
        yield 1
async def main():
    await Odd()
"""
    e = error(enforced, code)
    assert "import asyncio" in e["message"]


def test_task_group_tells_its_errors(enforced):
    code = """
import asyncio
async def bad(n):
    raise ValueError(f"bad {n}")
async def main():
    async with asyncio.TaskGroup() as tg:
        tg.create_task(bad(1))
        tg.create_task(bad(2))
"""
    e = error(enforced, code)
    assert e["type"] == "ExceptionGroup"
    assert [x["message"] for x in e["errors"]] == ["bad 1", "bad 2"]
    assert e["errors"][0]["line"] == 4


def test_threads_when_allowed(enforced):
    code = """
import asyncio, time
def work(n):
    time.sleep(0.01)
    return n
async def main():
    return await asyncio.gather(*[asyncio.to_thread(work, i) for i in range(3)])
"""
    assert value(enforced, code, threads=8) == [0, 1, 2]
    assert error(enforced, code)["type"] == "RuntimeError"


# --- output, progress, log ---


def test_print_is_captured(enforced):
    code = """
async def main():
    print("a", 1, sep="-")
    print("\\u00fc", end="")
    return None
"""
    answer = enforced.call(code)
    assert answer.outcome == "result" and answer.result is None
    assert answer.output == "a-1\nü"


def test_print_before_a_hang_is_seen(enforced):
    answer = enforced.call("async def main():\n    print('here')\n    while True: pass", wall_ms=300)
    assert answer.outcome == "timeout"
    assert answer.output == "here\n"


def test_output_is_cut_at_whole_characters(enforced):
    answer = enforced.call("async def main(): print('\\u20ac' * 100)", output=100)
    assert answer.outcome == "result"
    assert answer.output == "€" * 33
    assert answer.exit["cut"] == 301 - 99


def test_progress_and_log(enforced):
    code = """
async def main():
    mcp.progress(1, 3, "one")
    await mcp.progress(2)
    await mcp.log({"a": 1}, level="warning")
    mcp.log("text")
    return "ok"
"""
    answer = enforced.call(code)
    assert answer.progress == [{"progress": 1, "total": 3, "message": "one"}, {"progress": 2}]
    assert answer.logs == [{"level": "warning", "data": {"a": 1}}, {"level": "info", "data": "text"}]
    assert answer.result == "ok"


# --- results ---


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("(1, 2)", [1, 2]),
        ("{3, 1, 2}", [1, 2, 3]),
        ("datetime.date(2026, 1, 2)", "2026-01-02"),
        ("datetime.timedelta(seconds=90)", 90.0),
        ("{1: 'a', None: 'b', True: 'c'}", {"1": "c", "null": "b"}),
        ("range(3)", [0, 1, 2]),
        ("{'a': 1}.keys()", ["a"]),
        ("'\\ud800'", "?"),
    ],
)
def test_results(enforced, expression, expected):
    assert value(enforced, "async def main(): return " + expression) == expected


@pytest.mark.parametrize(
    "expression, part",
    [
        ("b'x'", "base64"),
        ("float('nan')", "NaN"),
        ("object()", "object"),
        ("(i for i in [1])", "list(...)"),
        ("main2()", "`await` is missing"),
        ("{(1, 2): 3}", "keys"),
        ("loop()", "contains itself"),
        ("nested()", "nested too deeply"),
        ("2 ** 63", "64 bits"),
        ("{'a': [-2 ** 63 - 1]}", "64 bits"),
        ("'a\\0b'", "NUL"),
        ("[{'a\\0b': 1}]", "NUL"),
    ],
)
def test_results_that_are_no_json(enforced, expression, part):
    code = """
def loop():
    x = []
    x.append(x)
    return x
def nested():
    x = []
    for _ in range(100000):
        x = [x]
    return x
async def main2(): pass
async def main(): return %s
""" % expression
    e = error(enforced, code)
    assert e["type"] == "ResultError"
    assert part in e["message"]


@pytest.mark.parametrize(
    "expression",
    ["[2 ** 63 - 1, -2 ** 63]", "'9' * 40", "{'9' * 40: 1e300}", "'\\\\u0000'"],
)
def test_results_that_only_look_odd(enforced, expression):
    code = "async def main(): return %s" % expression
    assert enforced.call(code).result == eval(expression)


# --- content ---


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
TEXT = {"type": "text", "text": "hi"}


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("mcp.text('hi')", {"content": [TEXT]}),
        ("[mcp.text('hi'), 'there']", {"content": [TEXT, {"type": "text", "text": "there"}]}),
        ("(mcp.text('hi'),)", {"content": [TEXT]}),
        (
            "mcp.text('hi', audience='user', priority=0.5)",
            {"content": [dict(TEXT, annotations={"audience": ["user"], "priority": 0.5})]},
        ),
        ("mcp.image(%r)" % PNG, {"content": [{"type": "image", "data": PNG, "mimeType": "image/png"}]}),
        (
            "mcp.image(__import_b64(%r))" % PNG,
            {"content": [{"type": "image", "data": PNG, "mimeType": "image/png"}]},
        ),
        ("mcp.image(b'x', 'image/x-odd')", {"content": [{"type": "image", "data": "eA==", "mimeType": "image/x-odd"}]}),
        (
            "mcp.audio(b'RIFF....WAVEfmt ')",
            {"content": [{"type": "audio", "data": "UklGRi4uLi5XQVZFZm10IA==", "mimeType": "audio/wav"}]},
        ),
        (
            "mcp.resource_link('https://h/a/b.csv', mime='text/csv', size=3, title='T', description='D')",
            {"content": [{"type": "resource_link", "uri": "https://h/a/b.csv", "name": "b.csv", "title": "T",
                          "description": "D", "mimeType": "text/csv", "size": 3}]},
        ),
        (
            "mcp.resource('file:///n.txt', 'hi', mime='text/plain')",
            {"content": [{"type": "resource", "resource": {"uri": "file:///n.txt", "mimeType": "text/plain", "text": "hi"}}]},
        ),
        (
            "mcp.resource('x:y', blob=b'x')",
            {"content": [{"type": "resource", "resource": {"uri": "x:y", "blob": "eA=="}}]},
        ),
        ("mcp.result('hi')", {"content": [TEXT]}),
        ("mcp.result(structured={'a': 1})", {"content": [], "structuredContent": {"a": 1}}),
        ("mcp.result(structured=None)", {"content": [], "structuredContent": None}),
        ("mcp.result([mcp.text('hi')], is_error=True)", {"content": [TEXT], "isError": True}),
        ("mcp.result('hi', structured=P(1))", {"content": [TEXT], "structuredContent": {"x": 1}}),
    ],
)
def test_content(enforced, expression, expected):
    code = """
import base64, dataclasses
__import_b64 = base64.b64decode
@dataclasses.dataclass
class P:
    x: int
async def main(): return %s
""" % expression
    answer = enforced.call(code)
    assert answer.outcome == "result", answer
    assert answer.result == expected


@pytest.mark.parametrize(
    "expression, part",
    [
        ("[mcp.text('x'), 5]", "inside another value"),
        ("{'a': mcp.text('x')}", "mcp.result([blocks], structured=value)"),
        ("[[mcp.text('x')]]", "inside another value"),
        ("mcp.result(structured=mcp.text('x'))", "inside another value"),
        ("mcp.text(5)", "text must be str, not int"),
        ("mcp.image('no base64!')", "not base64"),
        ("mcp.image(b'')", "empty"),
        ("mcp.image(b'abc')", "pass mime='image/...'"),
        ("mcp.image(b'x', 'audio/wav')", "audio/wav is no image"),
        ("mcp.resource('x:y')", "either text or blob"),
        ("mcp.resource('x:y', 'a', blob=b'b')", "either text or blob"),
        ("mcp.resource_link('no-scheme')", "absolute"),
        ("mcp.resource_link('x:y', size=-1)", "number of bytes"),
        ("mcp.text('x', audience='nobody')", "audience"),
        ("mcp.text('x', priority=2)", "between 0 and 1"),
        ("mcp.result([5])", "content holds blocks"),
        ("mcp.result('x', structured=float('nan'))", "NaN"),
        ("mcp.nothing('x')", "mcp has no nothing; there are: AskError"),
    ],
)
def test_content_that_is_none(enforced, expression, part):
    e = error(enforced, "async def main(): return %s" % expression)
    assert part in e["message"]


def test_content_counts_as_result(enforced):
    answer = enforced.call("async def main(): return mcp.text('x' * 5000)", result=4096)
    assert answer.outcome == "output_limit" and answer.error["type"] == "ResultTooLarge"


def test_a_plain_value_may_look_like_content(enforced):
    value = {"content": [{"type": "text", "text": "hi"}], "isError": True}
    assert enforced.call("async def main(v: dict): return v", {"v": value}).result == value


# --- errors ---


def test_a_nul_does_not_eat_the_message(enforced):
    e = error(enforced, "async def main(): raise ValueError('no\\0rows')")
    assert e["message"] == "no\ufffdrows"
    e = error(enforced, "async def main(): return {}['no\\0key']")
    assert e["message"] == "no\ufffdkey"



def test_trace_shows_the_tool_only(enforced):
    code = """
def inner(x):
    return json.loads(x)
async def main():
    return inner("{")
"""
    e = error(enforced, code)
    assert e["type"] == "JSONDecodeError"
    assert e["line"] == 3
    assert e["trace"] == [
        {"line": 5, "function": "main", "text": 'return inner("{")'},
        {"line": 3, "function": "inner", "text": "return json.loads(x)"},
    ]
    assert "/" not in json.dumps(e["trace"])


@pytest.mark.parametrize(
    "code, kind, part",
    [
        ("async def main(: pass", "SyntaxError", "invalid syntax"),
        ("def main(): pass", "NoMain", "async def main"),
        ("x = 1", "NoMain", "no `async def main"),
        ("raise ValueError('at import')", "ValueError", "at import"),
        ("async def main(): raise SystemExit(3)", "SystemExit", "sys.exit(3)"),
        ("async def main(): raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("async def main(): return main.missing", "AttributeError", "missing"),
        ("async def f(): return await f()\nmain = f", "RecursionError", "nested calls"),
        ("class E(Exception):\n  def __str__(self): 1/0\nasync def main(): raise E", "E", "cannot be made"),
        ("async def main(a): pass", "TypeError", "missing 1 required"),
        ("async def main():\n  raise MemoryError", None, None),
    ],
)
def test_errors(enforced, code, kind, part):
    answer = enforced.call(code)
    if kind is None:
        assert answer.outcome == "memory_limit"
        return
    assert answer.outcome == "tool_error", answer
    assert answer.error["type"] == kind
    assert part in answer.error["message"]


def test_long_messages_are_cut(enforced):
    e = error(enforced, "async def main(): raise ValueError('x' * 100000)")
    assert len(e["message"]) == 2000


def test_deep_trace_is_cut(enforced):
    e = error(enforced, "def f(n):\n  return f(n - 1) if n else 1 / 0\nasync def main(): f(500)")
    assert len(e["trace"]) == 20
    assert e["line"] == 2


# --- separation ---


def test_servers_do_not_see_each_other(enforced):
    code = "import builtins_probe\nasync def main(): pass"
    keep = """
import json
json.leak = arguments
async def main(v: str): return v
"""
    look = "async def main(): return hasattr(json, 'leak')"
    a, b = box.new_env(), box.new_env()
    assert value(enforced, keep, {"v": "secret"}, env=a) == "secret"
    for env in (a, b, a):
        assert value(enforced, look, env=env) is False
    assert error(enforced, code, env=b)["type"] == "ImportError"


def test_trial_is_a_call_without_powers(enforced):
    assert value(enforced, "async def main(): return dict(secrets)", kind=box.TRIAL) == {}


def test_granted_module(enforced):
    code = "import textwrap, glob\nasync def main(): return glob.escape('*')"
    assert error(enforced, code)["type"] == "ImportError"
    assert value(enforced, code, modules=["glob"]) == "[*]"
    missing = "import nowhere\nasync def main(): pass"
    assert "not installed" in error(enforced, missing, modules=["nowhere"])["message"]
