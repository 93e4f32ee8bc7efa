"""The worked examples of docs/tools: each runs in the sandbox, with the
language policy on, and returns exactly what it should."""

import base64
import json
import os
import struct
import zlib

import pytest

import box
from conftest import ROOT

FOLDER = os.path.join(ROOT, "docs", "tools", "examples")

CSV = "city,t\nParis,20.5\nOslo,\nRome,25\nBern,19.5\n"

# (example, arguments, result or part of the error's message)
RUNS = [
    ("units", {"value": 1, "source": "mi", "target": "km", "digits": 3}, {"value": 1.609, "unit": "km"}),
    ("units", {"value": 12, "source": "in", "target": "ft"}, {"value": 1.0, "unit": "ft"}),
    ("units", {"value": 1, "source": "m", "target": "m", "digits": 99}, "digits must be between"),
    ("csv_stats", {"text": CSV, "column": "t"},
     {"column": "t", "count": 3, "mean": 65 / 3, "median": 20.5, "stdev": 2.929733, "skipped": 1}),
    ("csv_stats", {"text": CSV, "column": "x"}, "there is no column 'x'; there are: city, t"),
    ("json_diff", {"before": {"a": 1, "b": [1, 2], "c": 3}, "after": {"a": 1, "b": [1, 5], "d": None}}, [
        {"path": "/b/1", "kind": "changed", "before": 2, "after": 5},
        {"path": "/c", "kind": "removed", "before": 3, "after": None},
        {"path": "/d", "kind": "added", "before": None, "after": None}]),
    ("json_diff", {"before": 1, "after": 1}, []),
    ("working_days", {"start": "2026-12-23", "days": 3, "holidays": ["2026-12-25"]},
     {"date": "2026-12-29", "weekday": "Tuesday", "skipped": 3}),
    ("working_days", {"start": "2026-03-02", "days": -1}, {"date": "2026-02-27", "weekday": "Friday", "skipped": 2}),
    ("working_days", {"start": "soon", "days": 1}, "Invalid isoformat string: 'soon'"),
    ("text_search", {"documents": {"a": "The quick fox", "b": "no match", "c": "FOX!"}, "pattern": "fox", "context": 6},
     {"content": [{"type": "text", "text": "a:10: quick «fox»\nc:0: «FOX»!"}], "structuredContent": {"hits": 2}}),
    ("text_search", {"documents": {"a": "x"}, "pattern": "(", "mode": "regex"}, "not a regular expression"),
    ("weather", {"city": "Zürich"}, {"city": "Zürich", "celsius": 21.5}),
    ("all_pages", {}, {"total": 9, "first": "item 1", "last": "item 9"}),
    ("webhook", {"event": "paid", "payload": {"id": 7}},
     {"attempts": 3, "answer": {"tries": 3, "got": {"event": "paid", "id": 7}}}),
    ("webhook", {"event": "x", "payload": {}, "url": "https://api.example.com/flaky/never/99", "tries": 2},
     "not delivered in 2 attempts"),
    ("upload", {"rows": [{"a": 1, "b": "x,y"}, {"a": 2, "b": "ü"}]},
     {"status": 200, "bytes": 20, "sent_as": "multipart/form-data"}),
    ("stream_lines", {"contains": "7"}, ["piece 7", "piece 17", "piece 27"]),
]


def source(name):
    with open(os.path.join(FOLDER, name + ".py"), encoding="utf-8") as f:
        return f.read()


# Those of other kinds: test_kinds.py.
OTHERS = ("resource_", "template_", "prompt_")
NAMES = sorted(n[:-3] for n in os.listdir(FOLDER) if n.endswith(".py") and not n.startswith(OTHERS))


def test_there_are_ten():
    assert len(NAMES) >= 10
    assert {name for name, _, _ in RUNS} | {"chart", "split_bill"} == set(NAMES)


def run(sandbox, name, arguments):
    return sandbox.tool(source(name), arguments, secrets={"WEATHER_KEY": "k-123456"})


@pytest.mark.parametrize("name, arguments, expected", RUNS,
                         ids=["%s-%d" % (r[0], i) for i, r in enumerate(RUNS)])
def test_example(sandbox, world, name, arguments, expected):
    world.tls.counts.clear()
    answer = run(sandbox, name, arguments)
    if isinstance(expected, str):
        assert answer.outcome == "tool_error", answer
        assert expected in answer.error["message"]
    else:
        assert answer.outcome == "result", answer
        assert answer.result == expected


def test_chart(sandbox, world):
    answer = run(sandbox, "chart", {"values": {"a": 1, "b": 2}})
    image, text = answer.result["content"]
    assert text == {"type": "text", "text": "a 1, b 2", "annotations": {"audience": ["user"]}}
    assert image["type"] == "image" and image["mimeType"] == "image/png"
    data = base64.b64decode(image["data"])
    assert struct.unpack(">II", data[16:24]) == (32, 60)
    at = data.index(b"IDAT")
    size = struct.unpack(">I", data[at - 4:at])[0]
    pixels = zlib.decompress(data[at + 4:at + 4 + size])
    rows = [pixels[y * 97 + 1:(y + 1) * 97] for y in range(60)]
    blue = b"\x22\x66\xcc"
    assert [r[:3] == blue for r in rows] == [False] * 30 + [True] * 30
    assert all(r[48:51] == blue for r in rows)


def accept(**content):
    return {"action": "accept", "content": content}


CAN_ASK = {"capabilities": {"elicitation": {"form": {}}}}


def test_split_bill_in_rounds(sandbox, world):
    """Each round begins from the start; the receipt stays the same."""
    code, bill = source("split_bill"), {"amount": 1200, "currency": "CHF"}
    first = sandbox.tool(code, bill, ask=box.ASK_END, talk=CAN_ASK)
    assert first.outcome == "input_required"
    question = first.asked[0]["requests"]["split"]["params"]
    assert question["message"] == "How should 1200.00 CHF be split?"
    assert question["requestedSchema"]["required"] == ["people"]
    answers, state = {"split": accept(people=4)}, first.asked[0]["state"]
    second = sandbox.tool(code, bill, ask=box.ASK_END, talk=dict(CAN_ASK, answers=answers, state=state))
    assert second.asked[0]["requests"]["sure"]["params"]["message"] == "That is 330.00 CHF each. Go ahead?"
    assert second.asked[0]["used"] == ["split"] and second.asked[0]["state"] == state
    answers["sure"] = accept(yes=True)
    third = sandbox.tool(code, bill, ask=box.ASK_END, talk=dict(CAN_ASK, answers=answers, state=state))
    assert third.result == {"status": "split", "each": 330.0, "receipt": state["receipt"]}


def test_split_bill_at_once(sandbox, world):
    with sandbox.open(source("split_bill"), {"amount": 30}, ask=box.ASK_WAIT, talk=CAN_ASK) as c:
        answer = box.Answer()
        c.until_asked(answer)
        c.answer({"split": accept(people=2, tip="none")})
        c.finish(answer)
    assert answer.result["each"] == 15.0 and len(answer.result["receipt"]) == 36
    # As a test of a draft would: the answers come along.
    no = sandbox.tool(source("split_bill"), {"amount": 30}, talk={"answers": {"split": {"action": "decline"}}})
    assert no.result == {"status": "not split", "because": "decline"}


def test_what_the_examples_say_on_the_way(sandbox, world):
    answer = run(sandbox, "csv_stats", {"text": CSV, "column": "t"})
    assert answer.output == "line 3: '' is no number\n"
    answer = run(sandbox, "text_search", {"documents": {"a": "", "b": ""}, "pattern": "x"})
    assert answer.progress == [{"progress": 1, "total": 2, "message": "a"}, {"progress": 2, "total": 2, "message": "b"}]
    answer = run(sandbox, "all_pages", {})
    assert sorted(log["data"]["page"] for log in answer.logs) == [1, 2, 3]
    assert {log["level"] for log in answer.logs} == {"debug"}
    world.tls.counts.clear()
    assert run(sandbox, "webhook", {"event": "e", "payload": {}}).output == (
        "attempt 1: HTTP 503\nattempt 2: HTTP 503\n")


def test_the_rest_of_a_stream_is_not_fetched(sandbox, world):
    answer = run(sandbox, "stream_lines", {"contains": "1", "limit": 1})
    assert answer.result == ["piece 1"] and answer.exit["wall_us"] < 400_000


@pytest.mark.parametrize("name", NAMES)
def test_example_reads_well(sandbox, name):
    """Nothing that a reviewer should look at, and a full schema."""
    got = sandbox.check(source(name))
    assert got["valid"], got["error"]
    assert [f for f in got["findings"] if f["severity"] != "note"] == []
    assert got["description"]
    schema = got["input_schema"]
    assert schema["additionalProperties"] is False
    for parameter, one in schema["properties"].items():
        assert one.get("description"), parameter
    json.dumps(schema)


def test_units_schema(sandbox):
    schema = sandbox.check(source("units"))["input_schema"]
    assert schema["required"] == ["value", "source", "target"]
    assert schema["properties"]["source"]["enum"][:2] == ["mm", "cm"]
    assert schema["properties"]["digits"] == {
        "type": "integer", "default": 6, "description": "Decimal places of the result."}
