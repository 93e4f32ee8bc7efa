"""Tools that ask: docs/decisions/0011.

The worker's side is spoken here by hand, well and badly; so is the child's,
where the language policy is off.
"""

import time

import pytest

import box
from test_leases import is_cut_off, lease

CAPS = {"elicitation": {"form": {}, "url": {}}, "sampling": {"tools": {}}, "roots": {}}
ANYTHING = {"capabilities": CAPS}
WHO = """
async def main():
    print("begun")
    mcp.state = (mcp.state or 0) + 1
    who = await mcp.elicit("Who?", {"name": str, "age": {"type": "integer", "default": 30}}, key="who")
    return [who.action, who.content, mcp.state]
"""
# One raw frame of the child's, and then an ordinary end.
RAW = """
import os, struct
def send(kind, payload=b"{}", ident=1, flags=0):
    os.write(3, struct.pack("<HHIII", 0xb01d, kind, len(payload), ident, flags) + payload)
ASK, RESULT = 30, 19
async def main():
    %s
    return "went on"
"""
ADA = {"action": "accept", "content": {"name": "Ada"}}


def ends(s, code, talk=ANYTHING, **options):
    return s.call(code, ask=box.ASK_END, talk=talk, **options)


def waits(s, code, talk=ANYTHING, **options):
    return s.open(code, ask=box.ASK_WAIT, talk=talk, **options), box.Answer()


# --- the two ways -------------------------------------------------------------------


def test_the_run_ends_with_its_question(enforced):
    first = ends(enforced, WHO)
    assert first.outcome == "input_required" and first.output == "begun\n"
    assert first.frames[-2:] == [box.ASK, box.EXIT]
    asked = first.asked[0]
    assert list(asked["requests"]) == ["who"] and asked["state"] == 1 and asked["used"] == []
    assert first.exit["rss_kib"] > 1000 and first.exit["cpu_us"] > 0
    again = ends(enforced, WHO, dict(ANYTHING, answers={"who": ADA, "more": 5}, state=1))
    assert again.result == ["accept", {"name": "Ada", "age": 30}, 2]


@pytest.mark.parametrize("answer", [
    {"action": "accept", "content": {"name": 5}}, {"action": "accept"}, {"action": "yes"}, {},
    {"action": "accept", "content": {"name": "x", "age": 1.5}}, "text", 5, None, [],
], ids=str)
def test_what_is_no_answer_is_asked_again(enforced, answer):
    again = ends(enforced, WHO, dict(ANYTHING, answers={"who": answer}))
    assert again.outcome == "input_required" and "who" in again.asked[0]["requests"]


def test_nothing_of_the_tool_runs_after_its_last_question(enforced):
    code = """
async def main():
    try:
        await mcp.elicit("Who?", {"name": str})
    except BaseException:
        print("caught")
    finally:
        print("after")
    return 1
"""
    answer = ends(enforced, code)
    assert answer.outcome == "input_required" and answer.output == ""
    with_loop = ends(enforced, "import asyncio\n" + code)
    assert with_loop.outcome == "input_required" and with_loop.output == ""


@pytest.mark.parametrize("loop", ["", "import asyncio\n"], ids=["by hand", "with a loop"])
def test_the_clock_stands_still(enforced, loop):
    c, answer = waits(enforced, loop + WHO, wall_ms=600)
    with c:
        assert list(c.until_asked(answer)["requests"]) == ["who"]
        time.sleep(1)
        c.answer({"who": ADA})
        c.finish(answer)
    assert answer.result == ["accept", {"name": "Ada", "age": 30}, 1]
    assert answer.exit["wall_us"] < 600000


def test_it_goes_on_from_where_it_stood(enforced):
    """What is left of its time, not all of it again."""
    code = "import asyncio\nasync def main():\n  await asyncio.sleep(0.8)\n" \
        "  await mcp.roots()\n  await asyncio.sleep(0.8)\n"
    c, answer = waits(enforced, code, wall_ms=1200)
    with c:
        c.until_asked(answer)
        c.answer({"roots": {"roots": []}})
        assert c.finish(answer).outcome == "timeout"


def test_patience_has_an_end(enforced):
    c, answer = waits(enforced, WHO, patience_ms=400)
    with c:
        c.until_asked(answer)
        assert c.finish(answer).outcome == "timeout"


def test_errors_and_answers_that_do_not_fit(enforced):
    c, answer = waits(enforced, WHO)
    with c:
        for _ in range(3):
            c.until_asked(answer)
            c.answer({"who": {"action": "accept", "content": {"name": 5}}})
        c.finish(answer)
    assert answer.error["type"] == "Unanswered", answer
    c, answer = waits(enforced, WHO)
    with c:
        c.until_asked(answer)
        c.answer(errors={"who": {"code": -1, "message": "no time"}})
        c.finish(answer)
    assert answer.error == dict(answer.error, type="Unanswered", message="who: no time")


def test_tasks_ask_one_after_the_other(enforced):
    code = """
import asyncio
async def main():
    async with asyncio.TaskGroup() as g:
        a = g.create_task(one("a"))
        b = g.create_task(one("b"))
    return [a.result(), b.result()]
async def one(key):
    return (await mcp.elicit(key, {"v": str}, key=key))["v"]
"""
    c, answer = waits(enforced, code)
    with c:
        for key in "ab":
            assert list(c.until_asked(answer)["requests"]) == [key]
            c.answer({key: {"action": "accept", "content": {"v": key * 2}}})
        assert c.finish(answer).result == ["aa", "bb"]


def test_nobody_to_ask(enforced):
    for answer in (enforced.call(WHO), enforced.call(WHO, talk={"capabilities": {}}),
                   ends(enforced, WHO, {}), ends(enforced, WHO, {"capabilities": {"sampling": {}}})):
        assert answer.error["type"] == "Unsupported", answer
        assert answer.frames.count(box.ASK) == 0
    # A test may bring the answers along.
    answer = enforced.call(WHO, talk={"answers": {"who": ADA}})
    assert answer.result == ["accept", {"name": "Ada", "age": 30}, 1]


def test_who_waits_makes_room(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_RUNS="2")
    c, answer = waits(s, WHO, concurrency=1)
    with c:
        c.until_asked(answer)
        assert s.report()["queue"]["away"] == 1
        assert s.call("async def main(): return 5", concurrency=1).result == 5
        c.answer({"who": ADA})
        assert c.finish(answer).outcome == "result"
    assert s.report()["queue"]["away"] == 0


def test_a_reviewer_sees_that_it_asks(enforced):
    code = "async def main():\n  m = mcp\n  await mcp.ask({'a': mcp.roots(), 'b': mcp.sample('x', 1)})\n" \
        "  return await mcp.elicit('?', {'a': str}), await mcp.elicit_url('?', 'https://a')\n"
    found = [(f["rule"], f["line"], f["severity"]) for f in enforced.check(code)["findings"] if f["rule"].startswith("asks")]
    assert found == [("asks-roots", 3, "note"), ("asks-model", 3, "note"), ("asks-user", 4, "note"), ("asks-user", 4, "note")]


# --- ends ---------------------------------------------------------------------------


def test_kill_and_leave(fresh):
    s = fresh()
    c, answer = waits(s, WHO, trace="asks-1")
    with c:
        c.until_asked(answer)
        assert s.kill_runs(box.KILL_TRACE, "asks-1", "enough") == 1
        assert c.finish(answer).outcome == "cancelled"
    c, answer = waits(s, WHO)
    c.until_asked(answer)
    c.close()
    report = box.wait_for(s.at_rest, what="rest")
    assert report["queue"]["away"] == 0


def test_who_waits_has_no_more_cpu_than_others(bare):
    code = """
import threading
def spin():
    while True: pass
async def main():
    threading.Thread(target=spin).start()
    await mcp.roots()
"""
    c, answer = waits(bare, code, cpu_ms=1000, threads=4)
    with c:
        c.until_asked(answer)
        assert c.finish(answer).outcome == "cpu_limit"


# --- a bad child ----------------------------------------------------------------------

# name: (what it sends, ask, outcome)
BAD_CHILDREN = {
    "asks nobody": ("send(ASK)", box.ASK_NONE, "output_limit"),
    "not UTF-8": ("send(ASK, b'\\xff')", box.ASK_END, "output_limit"),
    "a flag": ("send(ASK, flags=4)", box.ASK_END, "output_limit"),
    "waits without a number": ("send(ASK, ident=0)", box.ASK_WAIT, "output_limit"),
    "asks twice": ("send(ASK); send(ASK, ident=2)", box.ASK_WAIT, "output_limit"),
    "too long": ("send(ASK, b' ' * 2000)", box.ASK_END, "output_limit"),
    "over the cap": ("os.write(3, struct.pack('<HHIII', 0xb01d, ASK, 1 << 20, 1, 0))",
                     box.ASK_WAIT, "output_limit"),
    "answers itself": ("send(13, ident=1)", box.ASK_WAIT, "output_limit"),
    "asks and answers": ("send(ASK); send(RESULT, b'5', ident=0)", box.ASK_WAIT, "result"),
    # What comes after its last word is not read.
    "talks on": ("send(ASK, ident=0); send(ASK, ident=0); send(RESULT)", box.ASK_END, "input_required"),
    "answers, then asks": ("send(RESULT, b'5', ident=0); send(ASK)", box.ASK_END, "result"),
}


@pytest.mark.parametrize("name", BAD_CHILDREN)
def test_a_bad_child(bare, name):
    what, ask, outcome = BAD_CHILDREN[name]
    answer = bare.call(RAW % what, ask=ask, talk=ANYTHING, result=1000)
    assert answer.outcome == outcome, answer
    assert bare.call("async def main(): return 7").result == 7


def test_a_flood_of_questions(bare):
    """Answered as fast as they come."""
    c, answer = waits(bare, RAW % "[send(ASK, ident=n) or os.read(3, 4096) for n in range(1, 100)]")
    with c:
        n = 0
        while answer.outcome is None:
            kind, payload = c.read()
            answer.take(kind, payload)
            if kind == box.ASK:
                n += 1
                c.answer({})
        assert n == 64 and answer.outcome == "output_limit"


def test_a_wave_of_numbers_is_told_as_it_is(bare):
    """The id goes to the worker and back, whatever it is."""
    c, answer = waits(bare, RAW % "send(ASK, ident=0xffffffff); os.read(3, 4096)")
    with c:
        c.until_asked(answer)
        assert c.ident == 0xFFFFFFFF
        c.answer({})
        assert c.finish(answer).result == "went on"


# --- a bad worker ---------------------------------------------------------------------


@pytest.mark.parametrize("options", [
    {"ask": 3}, {"ask": box.ASK_WAIT, "patience_ms": 0}, {"ask": box.ASK_WAIT, "patience_ms": 3600001},
    {"ask": box.ASK_END, "patience_ms": 1}, {"patience_ms": 1}, {"talk": b"\xff"}, {"talk": b"a\0b"},
    {"talk": b" " * (1 << 20 | 1)}, {"ask": box.ASK_END, "kind": box.TRIAL},
    {"ask": box.ASK_WAIT, "kind": box.CHECK},
], ids=lambda o: " ".join("%s=%s" % (k, str(v)[:10]) for k, v in o.items()))
def test_a_run_that_cannot_be(enforced, options):
    with enforced.open("async def main(): return 1", **options) as c:
        assert is_cut_off(c)


def test_answers_that_nobody_wants(enforced):
    with enforced.connect() as c:  # before a run
        c.send(box.ANSWER, b"{}", 1)
        assert is_cut_off(c)
    with enforced.open("async def main():\n while 1: pass") as c:  # unasked
        c.send(box.ANSWER, b"{}", 1)
        assert is_cut_off(c)
    for ident, data in ((99, b"{}"), (0, b"{}"), (None, b"\xff")):
        c, answer = waits(enforced, WHO)
        with c:
            c.until_asked(answer)
            c.send(box.ANSWER, data, c.ident if ident is None else ident)
            assert is_cut_off(c)
    c, answer = waits(enforced, WHO)
    with c:  # twice
        c.until_asked(answer)
        c.send(box.ANSWER, b'{"answers":{}}', c.ident)
        c.send(box.ANSWER, b'{"answers":{}}', c.ident)
        # It asks again at once, under another number.
        assert is_cut_off(c) or is_cut_off(c)


@pytest.mark.parametrize("data", [b"", b"[]", b"5", b"{", b'{"answers":5}', b'{"answers":{"who":[]}}',
                                  b'{"errors":{"who":{}}}'], ids=str)
def test_an_odd_answer_is_an_error_of_the_tool(enforced, data):
    c, answer = waits(enforced, WHO)
    with c:
        while answer.outcome is None:
            kind, payload = c.read()
            answer.take(kind, payload)
            if kind == box.ASK:
                c.send(box.ANSWER, data, c.ident)
    assert answer.outcome == "tool_error", answer


@pytest.mark.parametrize("talk", ["[]", "{", "5", '{"answers":5}', '{"capabilities":[]}'])
def test_odd_talk_is_an_error_of_the_tool(enforced, talk):
    answer = enforced.call(WHO, ask=box.ASK_END, talk=talk)
    assert answer.outcome in ("tool_error", "exited"), answer
    assert enforced.call("async def main(): return 7").result == 7


# --- leased ---------------------------------------------------------------------------


def test_leased_a_last_question(fresh):
    s = fresh()
    held = lease(s)
    held.run(WHO, ask=box.ASK_END, talk=ANYTHING)
    child, answer = held.child(), box.Answer()
    while not answer.asked:
        answer.take(*child.read())
    held.done("input_required")
    assert held.finish(answer).outcome == "input_required"
    assert s.report()["calls"]["input_required"] == 1


@pytest.mark.parametrize("pieces", [1, 20, 100000])
def test_leased_a_question_that_waits(fresh, pieces):
    """It goes on through sandboxd, whose clock it is."""
    s = fresh()
    held = lease(s)
    held.run(WHO, ask=box.ASK_WAIT, talk=ANYTHING, wall_ms=800)
    child = held.child()
    assert child.read()[0] == box.OUTPUT
    # What has been read so far, cut anywhere.
    if not child.buffer:
        child.buffer = held.data.recv(pieces)
    held.handover(child.buffer)
    held.data.close()
    answer = box.Answer()
    assert "who" in held.until_asked(answer)["requests"]
    if pieces == 1:
        time.sleep(1)
    held.answer({"who": ADA})
    assert held.finish(answer).result == ["accept", {"name": "Ada", "age": 30}, 1]
