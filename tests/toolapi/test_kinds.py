"""Resources, templates, prompts and completion, in the sandbox: the shape of
what they return, what their signatures may be, what they announce."""

import base64

import pytest

from test_examples import source

TOOL, RESOURCE, TEMPLATE, PROMPT, COMPLETE = range(5)

ONE = "async def main():\n    return %s\n"

CONTENTS = [
    ("'plain'", [{"text": "plain"}]),
    ("b'\\x00\\xff'", [{"blob": "AP8="}]),
    ("['a', b'b']", [{"text": "a"}, {"blob": "Yg=="}]),
    ("{'text': 't', 'mimeType': 'text/html', 'uri': 'x:y', '_meta': {'ui': 1}}",
     [{"text": "t", "mimeType": "text/html", "uri": "x:y", "_meta": {"ui": 1}}]),
    ("{'blob': b'x'}", [{"blob": "eA=="}]),
    ("mcp.resource('x:y', 'inner', mime='text/plain')",
     [{"uri": "x:y", "text": "inner", "mimeType": "text/plain"}]),
    ("mcp.text('t')", [{"text": "t"}]),
    ("mcp.image(b'\\x89PNG\\r\\n\\x1a\\n')", [{"blob": "iVBORw0KGgo=", "mimeType": "image/png"}]),
    ("[]", "an empty list"),
    ("{'a': 1}", "json.dumps(value) for JSON"),
    ("{'text': 't', 'blob': b''}", "json.dumps(value) for JSON"),
    ("{'text': 5}", "must be str"),
    ("{'blob': '***'}", "their base64"),
    ("None", "returned NoneType"),
    ("mcp.resource_link('x:y')", "a link is no content"),
]


@pytest.mark.parametrize("entry", [RESOURCE, TEMPLATE])
@pytest.mark.parametrize("value, wanted", CONTENTS, ids=[c[0] for c in CONTENTS])
def test_contents(sandbox, entry, value, wanted):
    expect(sandbox.call(ONE % value, entry=entry), {"contents": wanted}, wanted)


def expect(answer, record, wanted):
    if isinstance(wanted, str):
        assert answer.outcome == "tool_error" and wanted in answer.error["message"], answer
    else:
        assert answer.outcome == "result" and answer.result == record, answer


def user(content):
    return {"role": "user", "content": content}


TEXT = {"type": "text", "text": "t"}
MESSAGES = [
    ("'t'", [user(TEXT)]),
    ("mcp.text('t')", [user(TEXT)]),
    ("[{'role': 'assistant', 'content': 't'}, 't']", [{"role": "assistant", "content": TEXT}, user(TEXT)]),
    ("{'role': 'user', 'content': [mcp.text('t'), 't', {'type': 'text', 'text': 't'}]}", [user(TEXT)] * 3),
    ("[user for user in ()]", "no message"),
    ("{'role': 'system', 'content': 't'}", "'user' or 'assistant'"),
    ("{'role': 'user', 'content': 5}", "not int"),
    ("{'role': 'user', 'content': [['t']]}", "list inside a list"),
    ("{'role': 'user'}", "no message"),
    ("7", "no message"),
    ("{'messages': [], 'description': 5}", "description of a prompt is str"),
]


@pytest.mark.parametrize("value, wanted", MESSAGES, ids=[m[0] for m in MESSAGES])
def test_messages(sandbox, value, wanted):
    expect(sandbox.call(ONE % value, entry=PROMPT), {"messages": wanted}, wanted)


VALUES = [
    ("['a', 'b']", {"values": ["a", "b"]}),
    ("None", {"values": []}),
    ("{'values': ('a',), 'total': 9, 'hasMore': True}", {"values": ["a"], "total": 9, "hasMore": True}),
    ("[str(i) for i in range(200)]",
     {"values": [str(i) for i in range(100)], "total": 200, "hasMore": True}),
    ("'abc'", "a list of str"),
    ("[1]", "a list of str"),
]


@pytest.mark.parametrize("value, wanted", VALUES, ids=[v[0] for v in VALUES])
def test_values(sandbox, value, wanted):
    code = "async def main(): pass\nasync def complete(argument, value, context):\n    return " + value
    args = {"argument": "a", "value": "", "context": {}}
    expect(sandbox.call(code, args, entry=COMPLETE), wanted, wanted)


def test_only_the_function_of_the_entry_runs(sandbox):
    code = "async def main(): return 'main'\nasync def complete(argument, value, context): return [value]\n"
    assert sandbox.call(code).result == "main"
    args = {"argument": "a", "value": "v", "context": {}}
    assert sandbox.call(code, args, entry=COMPLETE).result == {"values": ["v"]}
    answer = sandbox.call("async def main(): pass", args, entry=COMPLETE)
    assert answer.outcome == "tool_error" and "complete" in answer.error["message"]


# --- signatures -------------------------------------------------------------------

COMPLETES = "\nasync def complete(argument, value, context): return []\n"
SIGNATURES = [
    (RESOURCE, "async def main(): pass", None),
    (RESOURCE, "async def main(a: str = ''): pass", "takes no parameters"),
    (RESOURCE, "async def main(*a): pass", "cannot take *a"),
    (TEMPLATE, "async def main(a: str, b: str | None = None): pass", None),
    (TEMPLATE, "async def main(a: int): pass", "a must be str"),
    (PROMPT, "from typing import Literal\nasync def main(a: Literal['x', 'y'], b='z'): pass", None),
    (PROMPT, "from typing import Literal\nasync def main(a: Literal[1, 2]): pass", "a must be str"),
    (PROMPT, "async def main(a: list[str]): pass", "a must be str"),
    (PROMPT, "async def main(**a): pass", "cannot take **a"),
    (PROMPT, "async def main(): pass" + COMPLETES, None),
    (PROMPT, "async def main(): pass\ndef complete(argument, value, context): pass", "async def complete"),
    (PROMPT, "async def main(): pass\nasync def complete(a, b): pass", "async def complete"),
    (TOOL, "async def main(): pass\ndef complete(): pass", None),
]


@pytest.mark.parametrize("entry, code, problem", SIGNATURES, ids=[str(i) for i in range(len(SIGNATURES))])
def test_signature(sandbox, entry, code, problem):
    got = sandbox.check(code, entry=entry)
    assert got["valid"] is (problem is None)
    if problem:
        assert problem in got["error"]["message"]


def test_who_completes(sandbox):
    code = "async def main(): pass" + COMPLETES
    assert [sandbox.check(code, entry=e)["completes"] for e in (TOOL, RESOURCE, TEMPLATE, PROMPT)] == [
        False, False, True, True]


def test_a_given_schema_lets_main_take_what_comes(sandbox):
    code = "async def main(**given): return given"
    assert not sandbox.check(code)["valid"]
    got = sandbox.check(code, args={"given": True})
    assert got["valid"] and got["parameters"] == []
    assert sandbox.call(code, {"any": [1]}).result == {"any": [1]}


# --- announcements -----------------------------------------------------------------

def test_changes_are_frames(sandbox):
    code = """
async def main():
    mcp.list_changed("prompts")
    await mcp.resource_updated("x:y")
    for what in ("servers", None):
        try:
            mcp.list_changed(what)
        except ValueError as e:
            print(e)
    for uri, kind in ((5, TypeError), ("", ValueError), ("x" * 2001, ValueError)):
        try:
            mcp.resource_updated(uri)
        except kind as e:
            print(type(e).__name__)
"""
    answer = sandbox.call(code)
    assert answer.outcome == "result", answer
    assert answer.changes == [{"list": "prompts"}, {"uri": "x:y"}]
    assert answer.output.count("one of: tools, prompts, resources") == 2
    assert answer.output.split("\n")[2:5] == ["TypeError", "ValueError", "ValueError"]


def test_a_flood_of_changes_is_dropped(sandbox):
    answer = sandbox.call("async def main():\n    for i in range(5000): mcp.list_changed('tools')\n")
    assert answer.outcome == "result" and len(answer.changes) == 100


# --- the examples -------------------------------------------------------------------

def test_resource_example(sandbox):
    assert sandbox.call(source("resource_rates"), entry=RESOURCE).result == {
        "contents": [{"text": "currency,per_euro\nEUR,1\nJPY,163.5\nUSD,1.08\n"}]}


def test_template_example(sandbox):
    code = source("template_recipe")
    got = sandbox.check(code, entry=TEMPLATE)
    assert got["valid"] and got["completes"]
    answer = sandbox.call(code, {"cuisine": "thai", "dish": "som tam"}, entry=TEMPLATE)
    assert answer.result == {"contents": [
        {"text": '{"dish": "som tam", "ingredients": ["papaya", "lime", "chili"]}'}]}
    answer = sandbox.call(code, {"cuisine": "thai", "dish": "dakos"}, entry=TEMPLATE)
    assert "no thai dish named dakos" in answer.error["message"]
    for value, context, wanted in (("", {}, ["dakos", "fava", "som tam"]), ("D", {}, ["dakos"]),
                                   ("", {"cuisine": "thai"}, ["som tam"])):
        args = {"argument": "dish", "value": value, "context": context}
        assert sandbox.call(code, args, entry=COMPLETE).result == {"values": wanted}


def test_prompt_example(sandbox):
    got = sandbox.check(source("prompt_review"), entry=PROMPT)
    assert got["valid"] and [(p["name"], p["required"]) for p in got["parameters"]] == [
        ("text", True), ("tone", False)]
    result = sandbox.call(source("prompt_review"), {"text": "Hello"}, entry=PROMPT).result
    assert result["description"] == "A kind review"
    assert [m["role"] for m in result["messages"]] == ["user", "user", "user", "assistant"]
    image = result["messages"][2]["content"]
    assert image["mimeType"] == "image/png" and base64.b64decode(image["data"])[:4] == b"\x89PNG"
