"""Known ways out of Python sandboxes, with the language policy on.

Each must be refused when it runs, and be a finding of severity "high" when it
is read, with the rule that it breaks.  What only exists at run time (a name
made of pieces) has no finding of its own, but is refused all the same.
"""

import pytest

import box

REFUSED = ("PolicyError", "ImportError", "AttributeError", "NameError", "TypeError")

# name: (rule of the finding or None, code of main's body)
FAMILIES = {
    "subclasses": ("introspection", "return ().__class__.__base__.__subclasses__()"),
    "mro": ("introspection", "return ''.__class__.__mro__[-1]"),
    "mro method": ("introspection", "return type('').mro()"),
    "bases": ("introspection", "return int.__bases__"),
    "function globals": ("introspection", "return main.__globals__"),
    "method globals": ("introspection", "return arguments.get.__self__"),
    "init globals": ("introspection", "return json.JSONDecoder.__init__.__globals__['sys']"),
    "code object": ("introspection", "return main.__code__"),
    "code replace": ("introspection", "main.__code__ = None"),
    "closure": ("introspection", "return main.__closure__"),
    "builtins name": ("introspection", "return __builtins__['eval']"),
    "loader": ("introspection", "return __loader__"),
    "spec": ("introspection", "return json.__spec__"),
    "dict of a class": ("introspection", "return type(main).__dict__['__globals__']"),
    "generator frame": ("introspection", "g = (1 for _ in [1]); return g.gi_frame.f_back"),
    "coroutine frame": ("introspection", "c = main(); return c.cr_frame"),
    "async generator frame": ("introspection", "g = (x async for x in y); return g.ag_frame"),
    "frame globals": ("introspection", "g = (1 for _ in [1]); return g.f_globals"),
    "traceback": ("introspection", "\n  try: 1/0\n  except Exception as e: return e.__traceback__.tb_frame"),
    "getattribute": ("introspection", "return object.__getattribute__(main, 'x')"),
    "reduce": ("introspection", "return ().__reduce_ex__(4)"),
    "wrapped": ("introspection", "return main.__wrapped__"),
    "defaults": ("introspection", "return main.__kwdefaults__"),
    "match pattern": ("introspection", "\n  match main:\n    case object(__globals__=g): return g"),
    "keyword": ("introspection", "return dict(__globals__=1)"),
    "getattr literal": ("introspection", "return getattr(main, '__globals__')"),
    "getattr built": (None, "return getattr(main, '__glo' + 'bals__')"),
    "getattr str subclass": (
        None,
        "\n  class S(str):\n    def __eq__(self, o): return False\n    def __hash__(self): return 1\n"
        "  return getattr(main, S('__globals__'))",
    ),
    "setattr built": (None, "setattr(main, '__co' + 'de__', None)"),
    "hasattr built": (None, "return hasattr(main, '__glo' + 'bals__')"),
    "mapped getattr": (None, "return list(map(getattr, [main], ['__glob' + 'als__']))"),
    "eval": ("builtin", "return eval('1')"),
    "eval renamed": ("builtin", "e = eval; return e('1')"),
    "exec": ("builtin", "exec('x = 1')"),
    "compile": ("builtin", "return compile('1', 'f', 'eval')"),
    "open": ("builtin", "return open('/etc/passwd').read()"),
    "globals": ("builtin", "return globals()"),
    "locals": ("builtin", "return locals()"),
    "vars": ("builtin", "return vars(json)"),
    "input": ("builtin", "return input()"),
    "breakpoint": ("builtin", "breakpoint()"),
    "dunder import": ("introspection", "return __import__('os')"),
    "import os": ("import", "import os; return os.environ"),
    "import sys": ("import", "import sys; return sys.modules"),
    "import subprocess": ("import", "from subprocess import run; return run"),
    "import socket": ("import", "import socket"),
    "import ctypes": ("import", "import ctypes"),
    "import importlib": ("import", "import importlib"),
    "import builtins": ("import", "import builtins"),
    "import inspect": ("import", "import inspect"),
    "import gc": ("import", "import gc; return gc.get_objects()"),
    "import pickle": ("import", "import pickle"),
    "import marshal": ("import", "import marshal"),
    "import threading": ("import", "import threading"),
    "import multiprocessing": ("import", "import multiprocessing"),
    "import our own": ("import", "import mcpbox_jail.policy"),
    "import our glue": ("import", "import _mcpbox"),
    "import posix": ("import", "import posix"),
    "import _io": ("import", "import _io; return _io.open('/etc/passwd')"),
    "import code": ("import", "import code"),
    "import urllib request": ("import", "import urllib.request"),
    "import asyncio sub": ("import", "import asyncio.subprocess"),
    "import xml sax": ("import", "import xml.sax"),
    "relative import": ("import", "from . import x"),
    "asyncio subprocess": ("module-attribute", "import asyncio; return asyncio.create_subprocess_exec"),
    "asyncio streams": ("module-attribute", "from asyncio import open_connection"),
    "attrgetter": ("module-attribute", "import operator; return operator.attrgetter('__class__')(1)"),
    "methodcaller": ("module-attribute", "from operator import methodcaller; return methodcaller"),
    "string Formatter": ("module-attribute", "import string; return string.Formatter()"),
    "type hints": ("module-attribute", "import typing; return typing.get_type_hints(main)"),
    "forward ref": ("module-attribute", "from typing import ForwardRef; return ForwardRef('1')"),
    "function type": ("module-attribute", "import types; return types.FunctionType"),
    "make dataclass": ("module-attribute", "from dataclasses import make_dataclass; return make_dataclass"),
    "module's own import": ("module-attribute", "import random; return random._os"),
    "module's submodule": (None, "return json.decoder.scanner"),
    "renamed module": ("module-attribute", "import collections as c; return c._sys"),
    "module through a name": (None, "import collections\n  x = collections; return x._sys"),
    "io open": ("module-attribute", "import io; return io.open('/etc/passwd')"),
    "json codecs": (None, "return json.codecs"),
    "format": ("format-traversal", "return '{0.__globals__}'.format(main)"),
    "format class": ("format-traversal", "return '{x.__class__}'.format(x=1)"),
    "format index": ("format-traversal", "return '{0[__globals__]}'.format({'__globals__': 1})"),
}

# These are read as "high" and run without harm: what they make is text.
ONLY_FOUND = {"format", "format class", "format index"}


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_family(enforced, name):
    rule, body = FAMILIES[name]
    code = "async def main():\n  'D.'\n  %s\n" % body
    got = enforced.check(code)
    assert got["valid"] is True, got["error"]
    high = [f["rule"] for f in got["findings"] if f["severity"] == "high"]
    assert set(high) == ({rule} if rule else set()), got["findings"]
    answer = enforced.call(code)
    if name in ONLY_FOUND:
        return
    assert answer.outcome == "tool_error", answer
    assert answer.error["type"] in REFUSED, answer.error


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_neighbours_see_nothing(enforced, name):
    code = "async def main():\n  %s\n" % FAMILIES[name][1]
    env = box.new_env() if name in ("eval", "setattr built") else None
    enforced.call(code, env=env)
    answer = enforced.call("async def main(): return [type(json.dumps).__name__, sorted(secrets)]", env=env)
    assert answer.result == ["function", []]


def test_trial_and_call_refuse_alike(enforced):
    code = "import os\nasync def main(): pass"
    errors = [enforced.call(code, kind=k).error for k in (box.CALL, box.TRIAL)]
    assert errors[0] == errors[1] and errors[0]["message"].startswith("import:")


def test_rules_are_in_the_report(enforced):
    about = enforced.report()["interpreter"]
    assert about["enforced"] is True
    slugs = {r["rule"] for r in about["rules"]}
    assert {rule for rule, _ in FAMILIES.values() if rule} <= slugs
    modules = {m["name"]: m for m in about["modules"]}
    assert modules["operator"] == {
        "name": "operator", "only": None, "without": ["attrgetter", "methodcaller"]}
    assert modules["io"]["only"] == ["StringIO", "BytesIO"] and "os" not in modules


def test_policy_off_says_so(bare):
    report = bare.report()
    assert report["policy"] == "off" and report["interpreter"]["enforced"] is False
    assert "language policy is off" in bare.log()
