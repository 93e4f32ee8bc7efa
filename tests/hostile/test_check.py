"""Reading a tool without running it: findings, schema, hostile source."""

import pytest

import box

HEAD = """
import datetime, enum, typing, uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import *
import typing as t

class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"

class Level(enum.IntEnum):
    LOW = enum.auto()
    HIGH = enum.auto()

@dataclass
class Point:
    '''A point.'''
    x: int
    y: float = 1.5
    hidden: ClassVar[int] = 3

class Options(TypedDict, total=False):
    name: Required[str]
    tags: "list[str]"

class More(Options):
    extra: int

class Pair(NamedTuple):
    a: int
    b: str = "z"

class Tree(TypedDict):
    children: "list[Tree]"

Alias = Literal["a", "b"]
UserId = NewType("UserId", int)
Mode: TypeAlias = "Literal[1, 2]"
"""

INT, STR = {"type": "integer"}, {"type": "string"}
POINT = {
    "type": "object",
    "properties": {"x": INT, "y": {"type": "number", "default": 1.5}},
    "required": ["x"],
    "additionalProperties": False,
    "description": "A point.",
}

TYPES = {
    "str": STR,
    "int": INT,
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "Any": {},
    "object": {},
    "list": {"type": "array"},
    "list[int]": {"type": "array", "items": INT},
    "List[List[str]]": {"type": "array", "items": {"type": "array", "items": STR}},
    "typing.Sequence[int]": {"type": "array", "items": INT},
    "t.Optional[int]": {"anyOf": [INT, {"type": "null"}]},
    "dict": {"type": "object"},
    "dict[str, int]": {"type": "object", "additionalProperties": INT},
    "Dict[str, Any]": {"type": "object"},
    "set[int]": {"type": "array", "uniqueItems": True, "items": INT},
    "frozenset": {"type": "array", "uniqueItems": True},
    "tuple[int, ...]": {"type": "array", "items": INT},
    "tuple[int, str]": {
        "type": "array",
        "minItems": 2,
        "maxItems": 2,
        "prefixItems": [INT, STR],
        "items": False,
    },
    "tuple[()]": {"type": "array", "minItems": 0, "maxItems": 0},
    "Literal['x', 'y']": {"type": "string", "enum": ["x", "y"]},
    "Literal[1, 'a', None]": {"enum": [1, "a", None]},
    "Literal['only']": {"type": "string", "const": "only"},
    "Literal[-1, 2]": {"type": "integer", "enum": [-1, 2]},
    "int | None": {"anyOf": [INT, {"type": "null"}]},
    "int | str | int": {"anyOf": [INT, STR]},
    "Union[int, Optional[str]]": {"anyOf": [INT, STR, {"type": "null"}]},
    "Optional[Any]": {},
    "Annotated[int, 'how many']": {"type": "integer", "description": "how many"},
    "Annotated[list[int], 1, 'two  words']": {
        "type": "array",
        "items": INT,
        "description": "two words",
    },
    "datetime.datetime": {"type": "string", "format": "date-time"},
    "datetime.date": {"type": "string", "format": "date"},
    "uuid.UUID": {"type": "string", "format": "uuid"},
    "Decimal": {"type": ["number", "string"]},
    "bytes": {"type": "string", "contentEncoding": "base64"},
    "Colour": {"type": "string", "enum": ["red", "blue"]},
    "Level": {"type": "integer", "enum": [1, 2]},
    "Point": POINT,
    "list[Point]": {"type": "array", "items": POINT},
    "'Point'": POINT,
    "Options": {
        "type": "object",
        "properties": {"name": STR, "tags": {"type": "array", "items": STR}},
        "required": ["name"],
        "additionalProperties": False,
    },
    "More": {
        "type": "object",
        "properties": {"name": STR, "tags": {"type": "array", "items": STR}, "extra": INT},
        "required": ["name", "extra"],
        "additionalProperties": False,
    },
    "Pair": {
        "type": "object",
        "properties": {"a": INT, "b": {"type": "string", "default": "z"}},
        "required": ["a"],
        "additionalProperties": False,
    },
    "Tree": {
        "type": "object",
        "properties": {"children": {"type": "array", "items": {"type": "object"}}},
        "required": ["children"],
        "additionalProperties": False,
    },
    "Alias": {"type": "string", "enum": ["a", "b"]},
    "UserId": INT,
    "Mode": {"type": "integer", "enum": [1, 2]},
    "Unheard": {},
    "Callable[[int], str]": {},
}


def test_types(enforced):
    names = list(TYPES)
    params = ", ".join("p%d: %s" % (i, a) for i, a in enumerate(names))
    got = enforced.check(HEAD + "async def main(%s): pass" % params)
    assert got["error"] is None
    schema = got["input_schema"]
    for i, name in enumerate(names):
        assert schema["properties"]["p%d" % i] == TYPES[name], name
    unknown = [f["message"] for f in got["findings"] if f["rule"] == "unknown-type"]
    assert [m.split(":")[0] for m in unknown] == ["No schema for Unheard", "No schema for Callable[[int], str]"]


def test_schema_frame(enforced):
    got = enforced.check("async def main(a: int, b: str = 'x', *, c: list[int] | None = None, d=len): pass")
    assert got["input_schema"] == {
        "type": "object",
        "properties": {
            "a": INT,
            "b": {"type": "string", "default": "x"},
            "c": {"anyOf": [{"type": "array", "items": INT}, {"type": "null"}], "default": None},
            "d": {},
        },
        "required": ["a"],
        "additionalProperties": False,
    }
    assert got["parameters"][0] == {"name": "a", "type": "int", "required": True, "description": None}
    assert got["parameters"][3] == {"name": "d", "type": "Any", "required": False, "description": None}
    empty = enforced.check("async def main(): pass")["input_schema"]
    assert empty == {"type": "object", "properties": {}, "additionalProperties": False}


DOCS = {
    "google": '''
    """Counts words.

    Longer text here.

    Args:
        text (str): The text
            to count.
        limit: At most: this many.

    Returns:
        A number.
    """''',
    "numpy": '''
    """
    Counts words.

    Longer text here.

    Parameters
    ----------
    text : str
        The text
        to count.
    limit : int, optional
        At most: this many.

    Returns
    -------
    int
        A number.
    """''',
    "sphinx": '''
    """Counts words.

    Longer text here.

    :param str text: The text
        to count.
    :type limit: int
    :param limit: At most: this many.
    :returns: A number.
    """''',
}


@pytest.mark.parametrize("style", sorted(DOCS))
def test_docstrings(enforced, style):
    got = enforced.check("async def main(text: str, limit: int = 3):" + DOCS[style])
    props = got["input_schema"]["properties"]
    assert props["text"]["description"] == "The text to count."
    assert props["limit"]["description"] == "At most: this many."
    assert got["parameters"][1]["description"] == "At most: this many."
    assert got["description"].startswith("Counts words.\n\nLonger text here.")
    assert "to count" not in got["description"]


def test_description_without_docstring(enforced):
    got = enforced.check("async def main(): pass")
    assert got["description"] is None
    assert [f["rule"] for f in got["findings"]] == ["no-docstring"]


@pytest.mark.parametrize(
    "code, has_main, line, column, part",
    [
        ("", False, 1, 1, "There is no main"),
        ("x = (", False, 1, 5, "'(' was never closed"),
        ("def main(): pass", True, 1, 1, "async def main"),
        ("class A:\n    async def main(self): pass", False, 2, 5, "nested"),
        ("if True:\n  async def main(): pass", False, 2, 3, "nested"),
        ("async def main(*args): pass", True, 1, 17, "*args"),
        ("async def main(**kw): pass", True, 1, 18, "**kw"),
        ("async def main(a, /): pass", True, 1, 16, "positional-only a"),
        ("async def main(): pass\nreturn 1", False, 2, 1, "'return' outside function"),
        ("é = 'ü'; def", False, 1, None, "invalid syntax"),
    ],
)
def test_errors(enforced, code, has_main, line, column, part):
    got = enforced.check(code)
    assert got["valid"] is False and got["input_schema"] is None
    assert got["has_main"] is has_main
    assert got["error"]["line"] == line
    if column is not None:
        assert got["error"]["column"] == column
    assert part in got["error"]["message"]


def test_findings_have_places(enforced):
    got = enforced.check("async def main():\n    'D.'\n    é = 'ü'; return eval('1')\n")
    finding = [f for f in got["findings"] if f["rule"] == "builtin"][0]
    assert finding == {
        "severity": "high",
        "rule": "builtin",
        "message": "eval: code made at run time cannot be reviewed; refused at run time",
        "line": 3,
        "column": 21,
        "end_line": 3,
        "end_column": 25,
    }


def test_imports_are_told(enforced):
    code = (
        "import json, os.path as p\nfrom . import x\nfrom email.utils import parseaddr\n"
        "async def main():\n    'D.'\n    if p:\n        import json\n        from re import sub\n"
    )
    assert enforced.check(code)["imports"] == ["email.utils", "json", "os.path", "re"]
    assert enforced.check("import json\nasync def main(")["imports"] == []


@pytest.mark.parametrize(
    "char", ["\u202e", "\u2066", "\u200b", "\ufeff", "\u00ad", "\U000e0041", "\u2028", "\x08"]
)
def test_hidden_characters(enforced, char):
    code = "async def main():\n    'D.'\n    return 'a%sb'" % char
    got = enforced.check(code)
    found = [f for f in got["findings"] if f["rule"] == "hidden-character"]
    assert [(f["severity"], f["line"], f["column"]) for f in found] == [("high", 3, 14)]
    answer = enforced.call(code)
    assert answer.outcome == "tool_error"
    assert answer.error["message"].startswith("hidden-character")


@pytest.mark.parametrize(
    "line, rule, severity",
    [
        ("    try: pass\n    except Exception: pass", "broad-except", "note"),
        ("    try: pass\n    except: pass", "broad-except", "note"),
        ("    while True: pass", "endless-loop", "note"),
        ("    return getattr(arguments, arguments['a'])", "dynamic-attribute", "warning"),
        ("    return x.format(1)", "dynamic-format", "note"),
        ("    x = 'the __globals__ of'", "hidden-name", "warning"),
        ("    \u0430 = 1", "odd-identifier", "warning"),
    ],
)
def test_softer_findings(enforced, line, rule, severity):
    got = enforced.check("async def main():\n    'D.'\n" + line)
    assert got["valid"] is True
    assert [(f["rule"], f["severity"]) for f in got["findings"]] == [(rule, severity)]


def test_ordinary_code_has_no_findings(enforced):
    code = '''
import re, json
from collections import Counter

class Thing:
    """With open, eval and __globals__ in its words."""
    def open(self):
        return self.__class__.__name__

async def main(text: str):
    """Counts."""
    # eval, exec, __subclasses__: only a comment
    compile = re.compile("a")
    return Counter(compile.findall(text)), Thing().open(), "{}".format(1)
'''
    got = enforced.check(code)
    assert got["valid"] is True and got["findings"] == []
    assert enforced.call(code, {"text": "aab"}).outcome == "result"


def test_granted_modules_are_no_finding(enforced):
    code = "import os\nasync def main():\n    'D.'"
    assert [f["rule"] for f in enforced.check(code)["findings"]] == ["import"]
    assert enforced.check(code, modules=["os"])["findings"] == []


HOSTILE = {
    "parentheses": "(" * 50000,
    "brackets": "x = " + "[" * 900 + "]" * 900,
    "unary": "x = " + "-" * 100000 + "1",
    "attributes": "x" + ".a" * 100000,
    "binary": "x = " + "+".join(["1"] * 60000),
    "lambdas": "lambda: " * 20000 + "1",
    "indents": "\n".join(" " * i + "if 1:" for i in range(400)),
    "strings": "x = " + "'a' " * 60000,
    "annotation": "async def main(x: " + "list[" * 500 + "int" + "]" * 500 + "): pass",
    "union": "async def main(x: " + " | ".join(["int"] * 5000) + "): pass",
    "numbers": "x = " + "9" * 250000,
    "power": "x = 2 ** 2 ** 40",
    "power default": "async def main(x=9**9**9): pass",
    "repeat": "x = 'a' * 10 ** 9",
    "walrus": "(" * 90 + "x := 1" + ")" * 90,
    "docstring": "async def main(x):\n  '''" + "Args:\\n" * 30000 + "'''",
    "surrogate": "x = '\\ud800'",
    "decorators": "@a\n" * 60000 + "async def main(): pass",
    "parameters": "async def main(" + ",".join("a%d" % i for i in range(20000)) + "): pass",
    "alias loop": "A = B\nB = A\nasync def main(x: A): pass",
    "class loop": "from typing import TypedDict\nclass A(B, TypedDict): pass\nclass B(A): pass\nasync def main(x: A): pass",
}


@pytest.mark.parametrize("entry", [0, 3], ids=["tool", "prompt"])
@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_source(enforced, name, entry):
    answer = enforced.call(HOSTILE[name], kind=box.CHECK, entry=entry)
    assert answer.outcome in ("result", "timeout", "memory_limit", "crashed", "output_limit", "exited"), answer
    if answer.outcome == "result":
        assert set(answer.result) == {
            "valid", "has_main", "error", "parameters", "input_schema", "description", "completes",
            "findings", "imports",
        }
    # And the next one is read as if nothing had been.
    assert enforced.check("async def main(): 'D.'")["valid"] is True


def test_check_runs_nothing(enforced):
    got = enforced.check("while True: pass\nasync def main(x: print('ran')): 'D.'")
    assert got["valid"] is True
    assert [f["rule"] for f in got["findings"]] == ["endless-loop", "unknown-type"]


@pytest.mark.parametrize("code", [
    "x = " + " + ".join("'a%d'" % i for i in range(900)) + "\nasync def main(): return len(x)",
    "x = " + "+".join(["y"] * 900) + "\nasync def main(): pass",
    "x = '" + "{a." * 20000 + "'\nasync def main(): return 1",
    "x = '" + "__glob" * 20000 + "'\nasync def main(): return 1",
    "\n".join("a%d = 'a' + 'b' + 'c'" % i for i in range(3000)) + "\nasync def main(): return 1",
    "async def main():\n  match 1:\n" + "".join("    case P%d(x=%d): pass\n" % (i, i) for i in range(2000)),
])
def test_long_code_is_read_in_time(enforced, code):
    answer = enforced.call(code, kind=box.CHECK)
    assert answer.outcome == "result" and answer.result["error"] is None
    assert answer.exit["wall_us"] < 1_500_000


def test_a_name_in_many_pieces_is_found(enforced):
    name = " + ".join(repr(c) for c in "__globals__")
    got = enforced.check("async def main(): return getattr(main, %s)" % name)
    assert [f["rule"] for f in got["findings"] if f["severity"] == "high"] == ["introspection"]


# --- hosts that the source names --------------------------------------------------

NAMED = {
    'http.get("https://api.example.com/v1")': ("api.example.com", 443),
    'http.post("http://api.example.com")': ("api.example.com", 80),
    'http.get("HTTPS://API.Example.com:8443/x?y#z")': ("API.Example.com", 8443),
    'http.request("GET", "https://a.test/")': ("a.test", 443),
    'http.put(url="https://a.test")': ("a.test", 443),
    'http.AsyncClient(base_url="https://a.test/v2")': ("a.test", 443),
    'httpx.AsyncClient(base_url="https://a.test/v2")': ("a.test", 443),
    'client.get("https://a.test/")': ("a.test", 443),
    'http.get(f"https://a.test/{x}")': ("a.test", 443),
    'http.get(f"{BASE}/items/{x!r}")': ("base.test", 443),
    'http.get(BASE + "/items")': ("base.test", 443),
    'http.get("https://" + "a.test" + "/" + x)': ("a.test", 443),
    'http.get("https://a.test/%s" % x)': ("a.test", 443),
    'http.get("https://a.test/{}".format(x))': ("a.test", 443),
    'http.get("http://[2001:db8::1]:81/")': ("[2001:db8::1]", 81),
    'http.get("https://b\u00fccher.example/")': ("b\u00fccher.example", 443),
    # What is not known, or no request.
    'http.get(x)': None,
    'http.get("/relative")': None,
    'http.get(f"https://{x}.a.test/")': None,
    'http.get(f"https://a.test{x}")': None,  # x may go on with the name
    'http.get(f"https://a.test:{x}/")': None,
    'http.get("https://%s/" % x)': None,
    'http.get("https://u:p@a.test/")': None,
    'http.get("https://a.test:99999/")': None,
    'http.get("ftp://a.test/")': None,
    'http.get(TWICE + "/items")': None,
    'http.get(SELF)': None,
    'print("https://a.test/")': None,
}
CONSTANTS = """
BASE: str = "https://base.test"
TWICE = "https://one.test"
TWICE = "https://two.test"
SELF = SELF + "https://a.test"
"""


@pytest.mark.parametrize("call", sorted(NAMED))
def test_hosts_are_found(enforced, call):
    code = CONSTANTS + "async def main(x, client):\n    'D.'\n    await " + call
    found = [f for f in enforced.check(code)["findings"] if f["rule"] == "network-host"]
    assert [(f["host"], f["port"]) for f in found] == ([NAMED[call]] if NAMED[call] else [])
    assert all(f["line"] == 8 and f["severity"] == "note" for f in found)


def test_each_host_is_told_once_and_not_too_many(enforced):
    code = "async def main():\n    'D.'\n"
    for i in range(50):
        code += "    http.get('https://h%d.test/')\n" % (i // 2) * 2
    found = [f for f in enforced.check(code)["findings"] if f["rule"] == "network-host"]
    assert [(f["host"], f["line"]) for f in found] == [("h%d.test" % i, 3 + 4 * i) for i in range(25)]
    many = "async def main():\n    'D.'\n" + "".join(
        "    http.get('https://h%d.test/')\n" % i for i in range(500))
    assert len(enforced.check(many)["findings"]) == 32


@pytest.mark.parametrize("code", [
    "\n".join("n%d = n%d + n%d" % (i, i + 1, i + 1) for i in range(60)) + "\nn60 = 'https://a.test/'\n",
    "n0 = " + "+".join(["'https://a.test/'"] * 800) + "\n",
])
def test_hosts_of_long_texts_take_no_time(enforced, code):
    code += "async def main():\n    'D.'\n" + "    http.get(n0)\n" * 500
    answer = enforced.call(code, kind=box.CHECK)
    assert answer.outcome == "result" and answer.exit["wall_us"] < 1_500_000
