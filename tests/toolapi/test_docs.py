"""docs/tools/README.md says what is."""

import os
import re

import pytest

import fake
from conftest import ROOT, URL

with open(os.path.join(ROOT, "docs", "tools", "README.md"), encoding="utf-8") as f:
    PAGE = f.read()


def test_the_approved_modules():
    fake.load()
    from mcpbox_jail import policy

    line = re.search(r"^Approved: (.*)$", PAGE, re.M).group(1)
    inside = {"collections.abc", "html.entities", "html.parser"}  # of packages that are named
    assert set(re.findall(r"`([^`]+)`", line)) == set(policy.MODULES) - inside
    rules = re.findall(r"^\| `([a-z-]+)` \| (before it runs|where it is used|) ?\|", PAGE, re.M)
    assert {r for r, _ in rules} == {r for r, row in policy.RULES.items() if row[0] == policy.HIGH}
    assert {r for r, when in rules if when == "before it runs"} == policy.STATIC
    builtins = re.search(r"^\| `builtin` .*\| (.*) \|$", PAGE, re.M).group(1)
    assert set(re.findall(r"`([^`]+)`", builtins)) == set(policy.BUILTINS)


def test_the_first_tool_is_one(sandbox):
    code = re.search(r"```python\n(.*?)```", PAGE, re.S).group(1)
    got = sandbox.check(code)
    assert got["valid"] and not [f for f in got["findings"] if f["severity"] != "note"]
    assert got["description"] == "The weather forecast for a city."
    assert got["input_schema"]["properties"] == {
        "city": {"type": "string", "description": "Its name."},
        "days": {"type": "integer", "default": 1, "description": "How many days ahead."}}


SCHEMAS = {
    "list[int]": {"type": "array", "items": {"type": "integer"}},
    "Sequence[str]": {"type": "array", "items": {"type": "string"}},
    "set[int]": {"type": "array", "uniqueItems": True, "items": {"type": "integer"}},
    "tuple[int, ...]": {"type": "array", "items": {"type": "integer"}},
    "dict[str, int]": {"type": "object", "additionalProperties": {"type": "integer"}},
    "int | None": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    "Literal['a', 'b']": {"type": "string", "enum": ["a", "b"]},
    "Annotated[int, 'text']": {"type": "integer", "description": "text"},
    "datetime.date": {"type": "string", "format": "date"},
    "UUID": {"type": "string", "format": "uuid"},
    "bytes": {"type": "string", "contentEncoding": "base64"},
    "Decimal": {"type": ["number", "string"]},
    "Any": {},
}


@pytest.mark.parametrize("annotation", sorted(SCHEMAS))
def test_a_row_of_the_schema_table(sandbox, annotation):
    got = sandbox.check("async def main(x: %s): pass" % annotation)
    assert got["input_schema"]["properties"]["x"] == SCHEMAS[annotation]


FORBIDDEN = re.search(r"^- (`Host`.*) are not a tool's to set", PAGE, re.M).group(1)


@pytest.mark.parametrize("name", re.findall(r"`([^`]+)`", FORBIDDEN))
def test_a_header_that_is_not_a_tools_to_set(sandbox, world, name):
    name = name.replace("*", "Connection")
    code = "async def main(url: str, name: str): await http.get(url + '/echo', headers={name: 'x'})"
    answer = sandbox.tool(code, {"url": URL, "name": name})
    assert answer.error["type"] == "LocalProtocolError", answer


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert os.path.exists(os.path.join(ROOT, "docs", "tools", target)), target
