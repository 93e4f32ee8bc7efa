"""The language policy: what it refuses, and what it lets be.

An escape is a finding of severity "high" that names the rule, when it is
read, and is refused by the same rule when it runs, on every path.  An
ordinary program has no such finding, and returns what it should.
"""

import os
import subprocess
import sys

import pytest

import box
from escapes import ESCAPES
from ordinary import PROGRAMS, tool

HERE = os.path.dirname(os.path.abspath(__file__))


def high(findings):
    return {f["rule"] for f in findings if f["severity"] == "high"}


def test_there_are_enough():
    assert len(ESCAPES) >= 80 and len(PROGRAMS) >= 60


@pytest.mark.parametrize("name", sorted(ESCAPES))
def test_escape(enforced, name):
    found, refused, code = ESCAPES[name]
    got = enforced.check(code)
    assert got["error"] is None
    if found is None:
        assert not high(got["findings"]), got["findings"]
    else:
        assert found in high(got["findings"]), got["findings"]
    lines = code.count("\n")
    for f in got["findings"]:
        assert 1 <= f["line"] <= f["end_line"] <= lines
        assert (f["line"], f["column"]) <= (f["end_line"], f["end_column"])
        assert f["message"]
    errors = []
    for kind in (box.CALL, box.TRIAL):
        answer = enforced.call(code, kind=kind)
        assert answer.outcome == "tool_error", answer
        errors.append(answer.error)
    assert errors[0] == errors[1]
    assert errors[0].get("rule") == refused, errors[0]
    assert errors[0]["message"].startswith(refused + ": ")
    assert errors[0]["line"] >= 1


@pytest.mark.parametrize("name", sorted(ESCAPES)[::7])
def test_neighbours_see_nothing(enforced, name):
    enforced.call(ESCAPES[name][2])
    answer = enforced.call("async def main(): return [type(json.dumps).__name__, sorted(secrets)]")
    assert answer.result == ["function", []]


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_ordinary_program(enforced, name):
    code, expected = PROGRAMS[name]
    code = tool(code)
    got = enforced.check(code)
    assert got["valid"], got["error"]
    assert not high(got["findings"]), got["findings"]
    answer = enforced.call(code)
    assert answer.outcome == "result", answer
    assert answer.result == expected


@pytest.mark.parametrize("name", sorted(PROGRAMS)[::4])
def test_ordinary_program_without_policy(bare, name):
    code, expected = PROGRAMS[name]
    assert bare.call(tool(code)).result == expected


def test_a_refusal_says_where(enforced):
    code = "async def main():\n  x = 1\n  return main.__globals__\n"
    found = enforced.check(code)["findings"]
    f = next(f for f in found if f["rule"] == "introspection")
    assert [f[k] for k in ("line", "column", "end_line", "end_column")] == [3, 10, 3, 26]
    error = enforced.call(code).error
    assert error["line"] == 3 and error["type"] == "PolicyError"
    assert error["message"] == "introspection: " + f["message"]


def test_refused_before_anything_runs(enforced):
    answer = enforced.call("print('ran')\nasync def main(): return main.__globals__")
    assert answer.error["rule"] == "introspection" and answer.output == ""


def test_missing_modules_can_be_caught(enforced):
    code = "try:\n  import numpy\nexcept ImportError as e:\n  numpy = str(e)\nasync def main(): return numpy"
    assert high(enforced.check(code)["findings"]) == {"import"}
    assert enforced.call(code).result.startswith("import: module 'numpy' is not approved")


def test_missing_attributes_can_be_asked_for(enforced):
    code = "import operator\nasync def main(): return [hasattr(operator, 'attrgetter'), hasattr(operator, 'add')]"
    assert enforced.call(code).result == [False, True]


def test_redirect_cannot_name_sys(enforced):
    """contextlib's own class reads the attribute of sys that a subclass names,
    and keeps it."""
    code = """
import contextlib, io
class R(contextlib.redirect_stdout):
    _stream = 'modules'
async def main():
    r = R(io.StringIO())
    with r:
        print('x')
    return hasattr(r, '_old_targets')
"""
    assert enforced.call(code).result is False


def test_granted_module_has_its_own_names_only(enforced):
    code = "import glob\nasync def main(): return glob.os"
    error = enforced.call(code, modules=["glob"]).error
    assert error["rule"] == "module-attribute"


# --- findings that do not refuse ---


@pytest.mark.parametrize("code, rule, part", [
    ("async def main(): return http.Client()", "unknown-api", "asynchronous client"),
    ("async def main(): return await http.fetch('x')", "unknown-api", "get"),
    ("async def main(): mcp.notify('x')", "unknown-api", "progress"),
    ("import math\nasync def main(): return math.cubed(2)", "unknown-api", "math has no cubed"),
    ("import secrets\nasync def main(): return secrets.token_hex()", "shadowed-name", "import ... as"),
    ("from math import sqrt as http\nasync def main(): pass", "shadowed-name", "http"),
    ("async def main(): return type('X', (), {})", "dynamic-class", "class statement"),
    ("async def main(n: str): return getattr(json, n)", "dynamic-attribute", "run time"),
    ("async def main(f: str): return f.format(1)", "dynamic-format", "run time"),
    ("async def main(): return 'no __globals__ here'", "hidden-name", "__globals__"),
])
def test_softer_finding(enforced, code, rule, part):
    found = [f for f in enforced.check(code)["findings"] if f["rule"] == rule]
    assert len(found) == 1 and part in found[0]["message"], found
    assert found[0]["severity"] in ("warning", "note")


@pytest.mark.parametrize("code", [
    "async def main(): return [await http.get('x'), http.HTTPError, http.AsyncClient(), mcp.text('x')]",
    "import httpx\nasync def main(): return httpx.AsyncClient()",
    "class H:\n  fetch = 1\nasync def main():\n  http = H()\n  return http.fetch",
    "import xml.etree.ElementTree as ET\nasync def main(): return ET.fromstring('<a/>').tag",
    "import urllib.parse\nasync def main(): return urllib.parse.quote('x')",
])
def test_nothing_to_find(enforced, code):
    rules = {f["rule"] for f in enforced.check(code)["findings"]}
    assert rules <= {"no-docstring"}


# --- one table ---


def test_the_table_is_in_the_report(enforced):
    about = enforced.report()["interpreter"]
    assert about["enforced"] is True
    rules = {r["rule"]: r for r in about["rules"]}
    assert {r for found, run, _ in ESCAPES.values() for r in (found, run) if r} <= set(rules)
    assert rules["introspection"]["refused"] == "before"
    assert rules["import"]["refused"] == "used" and rules["broad-except"]["refused"] is None
    modules = {m["name"]: m for m in about["modules"]}
    assert "os" not in modules and modules["json"]["only"] is None
    assert modules["operator"]["without"] == ["attrgetter", "itemgetter", "methodcaller"]
    assert modules["io"]["only"] == ["BytesIO", "StringIO"] and modules["io"]["why"]
    assert about["builtins_refused"]["eval"] and "eval" not in about["builtins"]
    assert "len" in about["builtins"] and "getattr" in about["builtins_guarded"]
    assert "__globals__" in about["names_refused"]


def test_the_report_is_what_tools_meet(enforced):
    """Every module imports, every name it shows is there, the others are not."""
    about = enforced.report()["interpreter"]
    for module in about["modules"]:
        name = module["name"]
        if name == "__future__":
            continue
        code = "import %s as m\nasync def main(only: list, without: list):\n" % name
        code += "  return [[n for n in only if not hasattr(m, n)], [n for n in without if hasattr(m, n)]]"
        answer = enforced.call(code, {"only": module["only"] or [], "without": module["without"]})
        assert answer.result == [[], []], (name, answer)
    code = "async def main():\n  return [" + ", ".join(
        "callable(%s)" % n for n in about["builtins_refused"]) + "]"
    assert enforced.call(code).result == [True] * len(about["builtins_refused"])


def test_api_names_are_the_objects(enforced):
    """The names that `lint` knows are the ones that tools meet."""
    jail = os.path.join(os.path.dirname(os.path.dirname(HERE)), "sandboxd", "run", "jail")
    script = (
        "import sys; sys.path.insert(0, %r); import fake; fake.load()\n"
        "from mcpbox_jail import api, http_api, policy\n"
        "assert policy.API['mcp'] == set(api.MCP_NAMES), api.MCP_NAMES\n"
        "assert policy.API['http'] == set(http_api.NAMES)\n"
        "assert all(hasattr(http_api.http, n) for n in http_api.NAMES)\n"
    ) % os.path.join(os.path.dirname(HERE), "toolapi")
    assert os.path.isdir(jail)
    subprocess.run([sys.executable, "-B", "-c", script], check=True)


def test_policy_off_says_so(bare):
    report = bare.report()
    assert report["policy"] == "off" and report["interpreter"]["enforced"] is False
    assert "language policy is off" in bare.log()


def test_policy_off_closes_nothing(bare):
    code = "import operator, sys\nasync def main(): return [operator.attrgetter('a').__class__.__name__, 'json' in sys.modules, len(main.__globals__) > 1, open('/nowhere')]"
    assert bare.call(code).error["type"] == "FileNotFoundError"
