"""Questions as a tool makes them: mcp.elicit() and the others, without a
sandbox."""

import json

import pytest

import fake

fake.load()
from mcpbox_jail import api, ask, call, form  # noqa: E402

CAPS = {"elicitation": {"form": {}, "url": {}}, "sampling": {"tools": {}}, "roots": {}}


def mcp(mode=ask.WAIT, **talk):
    talk.setdefault("capabilities", CAPS)
    return api.Mcp((mode, json.dumps(talk), lambda: None))


def by_hand(question, *answers):
    """Awaits it; `answers` are what the client says, round by round.  What it
    gave, and what was asked."""
    glue, _ = fake.load()
    glue.asked.clear()
    for one in answers:
        glue.frames.put((glue.ANSWER, 0, json.dumps(one).encode()))

    async def main():
        return await question

    coroutine = main()
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value, [json.loads(data) for _, data in glue.asked]
    raise AssertionError("it waits for a loop")


def said(**answers):
    return {"answers": answers}


def accept(**content):
    return {"action": "accept", "content": content}


# --- forms ----------------------------------------------------------------------------

# SEP-1034: a default of every kind.
DEFAULTS = {
    "name": {"type": "string", "description": "User name", "default": "John Doe"},
    "age": {"type": "integer", "default": 30},
    "score": {"type": "number", "default": 95.5},
    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    "verified": {"type": "boolean", "default": True},
}
# SEP-1330: the five ways to choose.
TITLED = [{"const": "a", "title": "First"}, {"const": "b", "title": "Second"}]
CHOICES = {
    "untitledSingle": {"type": "string", "enum": ["a", "b"]},
    "titledSingle": {"type": "string", "oneOf": TITLED},
    "legacyEnum": {"type": "string", "enum": ["a", "b"], "enumNames": ["First", "Second"]},
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "maxItems": 1},
    "titledMulti": {"type": "array", "items": {"anyOf": TITLED}, "minItems": 1},
}


def test_fields_are_kept_as_they_are():
    for fields in (DEFAULTS, CHOICES):
        assert form.schema(fields)["properties"] == fields
        whole = {"type": "object", "properties": fields, "required": []}
        assert form.schema(whole) == whole
    assert "required" not in form.schema(DEFAULTS)
    assert form.schema(CHOICES)["required"] == list(CHOICES)


def test_short_fields():
    assert form.schema({"a": str, "b": int, "c": float, "d": bool, "e": ["x", "y"]}) == {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}, "c": {"type": "number"},
                       "d": {"type": "boolean"}, "e": {"type": "string", "enum": ["x", "y"]}},
        "required": ["a", "b", "c", "d", "e"]}


@pytest.mark.parametrize("fields, error", [
    ("text", "a form is"), ({}, "1 to 32 fields"), ({str(n): str for n in range(33)}, "1 to 32 fields"),
    ({"a": None}, "the field 'a'"), ({1: str}, "name of a field"), ({"a": {}}, "no type"),
    ({"a": {"type": "object"}}, "no type"), ({"a": {"type": "null"}}, "no type"),
    ({"a": {"type": "string", "pattern": "x"}}, "pattern"), ({"a": {"type": "integer", "enum": [1]}}, "enum"),
    ({"a": {"type": "string", "format": "ipv4"}}, "formats are"), ({"a": {"type": "array"}}, "items"),
    ({"a": {"type": "array", "items": {"type": "string"}}}, "items"), ({"a": []}, "1 to 200 choices"),
    ({"a": {"type": "string", "enum": ["a"], "enumNames": ["A", "B"]}}, "enumNames"),
    ({"a": {"type": "string", "oneOf": ["a"]}}, "choices are str"),
    ({"a": {"type": "string", "default": 5}}, "default of a"),
    ({"a": {"type": "string", "enum": ["x"], "default": "y"}}, "default of a"),
    ({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"]}, "required names 'b'"),
    ({"type": "object", "properties": {"a": {"type": "string"}}, "allOf": []}, "allOf"),
], ids=str)
def test_forms_that_are_none(fields, error):
    with pytest.raises((TypeError, ValueError)) as e:
        mcp().elicit("?", fields)
    assert error in str(e.value)


def test_what_was_left_out_has_its_default():
    assert form.fill(form.schema(DEFAULTS), {}) == {
        "name": "John Doe", "age": 30, "score": 95.5, "status": "active", "verified": True}
    assert form.fill(form.schema(DEFAULTS), {"name": "", "more": 1})["name"] == ""


FITS = [
    ({"type": "string"}, ["", "ü"], [5, None, True, ["a"]]),
    ({"type": "string", "minLength": 2, "maxLength": 3}, ["ab", "abc"], ["a", "abcd"]),
    ({"type": "string", "format": "email"}, ["a@b.example"], ["a", "a@b", "a b@c.d", "@b.c"]),
    ({"type": "string", "format": "uri"}, ["https://a/b", "urn:x"], ["a", "/a", "a b:c"]),
    ({"type": "string", "format": "date"}, ["2026-02-28"], ["2026-02-30", "soon", "2026-02-28T00:00"]),
    ({"type": "string", "format": "date-time"}, ["2026-02-28T10:00:00+01:00"], ["2026-02-28", "10:00"]),
    ({"type": "integer", "minimum": 1, "maximum": 5}, [1, 5, 3.0], [0, 6, 1.5, True, "1", None]),
    ({"type": "number"}, [1, 1.5, -2], ["1", False, None]),
    ({"type": "boolean"}, [True, False], [0, 1, "true", None]),
    (CHOICES["titledSingle"], ["a", "b"], ["First", "c", 1]),
    (CHOICES["legacyEnum"], ["a"], ["First"]),
    (CHOICES["untitledMulti"], [[], ["a"]], [["a", "b"], ["c"], "a", [1]]),
    (CHOICES["titledMulti"], [["a", "b"]], [[], ["First"]]),
]


@pytest.mark.parametrize("field, good, bad", FITS, ids=[json.dumps(f[0])[:60] for f in FITS])
def test_what_fits(field, good, bad):
    asked = form.schema({"type": "object", "properties": {"x": field}, "required": ["x"]})
    for value in good:
        assert form.fill(asked, {"x": value}) == {"x": value}
    for value in bad:
        with pytest.raises(form.Misfit):
            form.fill(asked, {"x": value})
    with pytest.raises(form.Misfit):
        form.fill(asked, {})


# --- the others -------------------------------------------------------------------------


def test_messages():
    m = mcp()
    one = {"role": "user", "content": {"type": "text", "text": "hi"}}
    for messages in ("hi", ["hi"], ("user", "hi"), [one], one):
        assert m.sample(messages, 5).params == {"messages": [one], "maxTokens": 5}
    picture = m.sample([("user", m.image(b"\x89PNG\r\n\x1a\n...")), ("assistant", "hm")], 5, system="Be brief.",
                       temperature=0.5, stop=["."], preferences={"speedPriority": 1}, tools=[], metadata={"a": 1})
    assert picture.params["messages"][0]["content"]["mimeType"] == "image/png"
    assert set(picture.params) == {"messages", "maxTokens", "systemPrompt", "temperature", "stopSequences",
                                   "modelPreferences", "tools", "metadata"}
    for messages, tokens in (([], 5), ("hi", 0), ("hi", True), ("hi", 1.5), (["hi", 5], 5), ([("system", "x")], 5),
                             ([{"role": "user", "content": "text"}], 5)):
        with pytest.raises((TypeError, ValueError)):
            m.sample(messages, tokens)


def test_pages_and_keys():
    m = mcp()
    for url in ("http://a/", "https://a b", "javascript:x", "https://" + "a" * 2000, 5):
        with pytest.raises((TypeError, ValueError)):
            m.elicit_url("?", url)
    for key in ("", "a b", "x" * 65, "ä", 5):
        with pytest.raises(ValueError):
            m.roots(key=key)
    for message in ("", 5, "x" * 8001):
        with pytest.raises((TypeError, ValueError)):
            m.elicit(message, {"a": str})


def test_keys_by_themselves():
    m = mcp()
    for key in ("roots", "roots_2"):
        _, asked = by_hand(m.roots(), said(**{key: {"roots": []}}))
        assert list(asked[0]["requests"]) == [key]
    _, asked = by_hand(m.elicit("?", {"a": str}), said(elicit=accept(a="x")))
    assert list(asked[0]["requests"]) == ["elicit"]


def test_asked_twice_under_one_key():
    m = mcp()
    first, asked = by_hand(m.elicit("?", {"a": str}, key="k"), said(k=accept(a="x")))
    again, more = by_hand(m.elicit("?", {"a": str}, key="k"))
    assert again is first and len(asked) == 1 and more == []
    with pytest.raises(ValueError, match="another question"):
        by_hand(m.elicit("Really?", {"a": str}, key="k"))


def test_answers():
    m = mcp()
    answer, _ = by_hand(m.elicit("?", {"a": str}), said(elicit=accept(a="x")))
    assert answer and answer.accepted and answer["a"] == "x" and answer.get("b", 5) == 5
    no, _ = by_hand(m.elicit("?", {"a": str}, key="no"), said(no={"action": "decline", "content": {"a": "x"}}))
    assert not no and no.action == "decline" and no.content == {} and no.get("a") is None
    with pytest.raises(KeyError, match="not accepted"):
        no["a"]
    blocks = [{"type": "text", "text": "a"}, {"type": "image", "data": "", "mimeType": "x"}, {"type": "text", "text": "b"}]
    sample, _ = by_hand(m.sample("?", 5), said(sample={"role": "assistant", "model": "m", "content": blocks,
                                                       "stopReason": "endTurn"}))
    assert (sample.text, sample.model, sample.stop_reason) == ("ab", "m", "endTurn")
    roots, _ = by_hand(m.roots(), said(roots={"roots": [{"uri": "file:///a", "_meta": {}}]}))
    assert roots == [{"uri": "file:///a"}]


def test_asked_again_until_it_fits():
    answer, asked = by_hand(mcp().elicit("?", {"a": int}), said(elicit=accept(a="x")), said(), said(elicit=accept(a=1)))
    assert answer["a"] == 1 and len(asked) == 3
    with pytest.raises(ask.Unanswered, match="do not fit"):
        by_hand(mcp().roots(), said(), said(), said())
    with pytest.raises(ask.Unanswered, match="roots: busy"):
        by_hand(mcp().roots(), {"errors": {"roots": {"code": 1, "message": "busy"}}})


def test_several_at_once():
    m = mcp()
    questions = {"a": m.roots(), "b": m.elicit("?", {"x": str})}
    got, asked = by_hand(m.ask(questions), said(a={"roots": []}, b=accept(x=5)), said(b=accept(x="5")))
    assert got["a"] == [] and got["b"]["x"] == "5"
    assert [list(one["requests"]) for one in asked] == [["a", "b"], ["b"]]
    # What was answered is kept when another one failed.
    m = mcp()
    with pytest.raises(m.Unanswered):
        by_hand(m.ask({"a": m.roots(), "b": m.elicit("?", {"x": str})}),
                dict(said(a={"roots": []}), errors={"b": {"message": "no"}}))
    assert by_hand(m.roots(key="a")) == ([], [])
    for bad in ({}, {"a": 5}, {str(n): m.roots() for n in range(9)}, {"a b": m.roots()}):
        with pytest.raises((TypeError, ValueError)):
            by_hand(m.ask(bad))


@pytest.mark.parametrize("caps, can", [
    ({}, ""), ({"elicitation": {}}, "form"), ({"elicitation": {"form": {}}}, "form"), ({"elicitation": {"url": {}}}, "url"),
    ({"elicitation": None}, ""), ({"sampling": {}}, "sample"), ({"sampling": {"tools": {}}}, "sample tools"),
    ({"roots": {"listChanged": True}}, "roots"),
], ids=str)
def test_what_the_client_can(caps, can):
    m = mcp(ask.END, capabilities=caps)
    questions = {"form": m.elicit("?", {"a": str}), "url": m.elicit_url("?", "https://a"), "sample": m.sample("?", 5),
                 "tools": m.sample("?", 5, tools=[]), "roots": m.roots()}
    assert {name for name, q in questions.items() if m._asker.need(q) is None} == set(can.split())
    for name, question in questions.items():
        if name not in can.split():
            with pytest.raises(m.Unsupported, match="has not declared"):
                by_hand(question)
    assert m.capabilities.get("elicitation") == ({"form": {}} if caps.get("elicitation") == {} else caps.get("elicitation"))


def test_state():
    m = mcp(state=[1])
    assert m.state == [1]
    m.state = {"a": None}
    assert m.state == {"a": None}
    for bad in (b"x", float("nan"), {1, 2}, "x" * 16384):
        with pytest.raises((TypeError, ValueError)):
            m.state = bad
    m.state = "x" * 16382


def test_becoming_a_task():
    glue, _ = fake.load()
    # Where there is nothing to become: nothing happens.
    for mode, talk in ((ask.WAIT, {"task": "in"}), (ask.END, {}), (ask.NONE, {})):
        assert by_hand(mcp(mode, **talk).become_task()) == (None, [])
    # Else it is the end of the run, with what it had.
    m = mcp(ask.END, task="before", answers={"who": accept(name="Ada"), "more": {}})
    assert by_hand(m.elicit("Who?", {"name": str}, key="who"))[0]["name"] == "Ada"
    m.state = 7

    class Ended(Exception):
        pass

    def end(ms, hold):
        raise Ended
    receive, glue.receive = glue.receive, end
    try:
        with pytest.raises(Ended):
            by_hand(m.become_task())
    finally:
        glue.receive = receive
    [(number, data)] = glue.asked
    assert number == 0
    assert json.loads(data) == {"requests": {}, "task": True, "used": ["who"], "state": 7}


def test_failing_the_call_itself():
    error = mcp().ProtocolError("no", 1234)
    assert (str(error), error.code) == ("no", 1234)
    assert api.Mcp.ProtocolError("no").code == -32603
    record = json.loads(call.describe(error, ""))
    assert record["rpc"] == 1234 and record["message"] == "no"
    assert "rpc" not in json.loads(call.describe(ValueError("no"), ""))
    for code in (-32601, -32000, -32768, 1 << 31):
        with pytest.raises((TypeError, ValueError)):
            api.Mcp.ProtocolError("no", code)
    for code in (True, "1", 1.5):
        with pytest.raises(TypeError):
            api.Mcp.ProtocolError("no", code)


def test_limits():
    m = mcp()
    for n in range(16):
        by_hand(m.roots(), said(**{"roots" if n == 0 else "roots_%d" % (n + 1): {"roots": []}}))
    with pytest.raises(RuntimeError, match="16 times"):
        by_hand(m.roots())
    with pytest.raises(ValueError, match="at most 245760 bytes"):
        by_hand(mcp().sample(["x" * 250000], 5))
    with pytest.raises(TypeError):
        by_hand(mcp().sample("x", 5, metadata={"a": b"bytes"}))
