"""Known ways out of Python sandboxes, as tools.

name: (rule of the finding or None, rule of the refusal when it runs, code)

The code is the body of `async def main()`, or a whole tool when it has a line
that begins with "async def main".  What only exists at run time (a name made
of pieces that no compiler adds up) has no finding of its own, and is refused
all the same.
"""

STATIC = {
    # --- walking up from any object ---
    "subclasses": "return ().__class__.__base__.__subclasses__()",
    "subclasses of object": "return object.__subclasses__()",
    "subclasses by type": "return type.__subclasses__(object)",
    "mro": "return ''.__class__.__mro__[-1]",
    "mro method": "return type('').mro()",
    "bases": "return int.__bases__",
    "base": "return bool.__base__",
    "dict of a class": "return type(main).__dict__['x']",
    "dict of a module": "return json.__dict__",
    "subclass hook": "return object.__subclasshook__",
    # --- functions, methods, code ---
    "function globals": "return main.__globals__",
    "method function": "class C:\n  def f(self): pass\nasync def main(): return C().f.__func__",
    "builtin self": "return print.__self__",
    "method self": "return arguments.get.__self__",
    "init globals": "return json.JSONDecoder.__init__.__globals__['sys']",
    "code object": "return main.__code__",
    "code replace": "main.__code__ = None",
    "code of a lambda": "return (lambda: 0).__code__.co_code",
    "constants of code": "return main.__code__.co_consts",
    "function from code": "return type(main)(main.__code__, {})",
    "closure": "return main.__closure__",
    "function builtins": "return main.__builtins__",
    "wrapped": "return main.__wrapped__",
    "keyword defaults": "return main.__kwdefaults__",
    "defaults": "return main.__defaults__",
    "lru cache wrapped": "import functools; return functools.lru_cache(main).__wrapped__",
    "descriptor class": "return type(main).__call__.__objclass__",
    # --- frames ---
    "generator frame": "g = (1 for _ in [1]); return g.gi_frame.f_back",
    "generator frame inside": "def main2():\n  yield g.gi_frame.f_back\ng = main2()\nasync def main(): return next(g)",
    "generator code": "g = (1 for _ in [1]); return g.gi_code",
    "coroutine frame": "c = main(); return c.cr_frame",
    "coroutine await": "c = main(); return c.cr_await",
    "async generator frame": "g = (x async for x in arguments); return g.ag_frame",
    "async generator code": "async def g(): yield 1\nasync def main(): return g().ag_code.co_names",
    "frame globals": "g = (1 for _ in [1]); return g.gi_frame.f_globals",
    "frame locals": "g = (1 for _ in [1]); return g.gi_frame.f_locals",
    "frame builtins": "g = (1 for _ in [1]); return g.gi_frame.f_builtins",
    "traceback": "\n  try: 1/0\n  except Exception as e: return e.__traceback__.tb_frame",
    "traceback of a context": "\n  try:\n    try: 1/0\n    except Exception: raise ValueError\n  except Exception as e: return e.__context__.__traceback__",
    "traceback of except*": "\n  try: raise ExceptionGroup('', [ValueError()])\n  except* ValueError as e: f = e.exceptions[0].__traceback__.tb_frame.f_back\n  return f",
    "traceback in exit": "class C:\n  def __enter__(self): return self\n  def __exit__(self, kind, value, tb): self.tb = tb.tb_frame; return True\nasync def main():\n  c = C()\n  with c: 1/0\n  return c.tb.f_globals",
    "task stack": "import asyncio\nasync def main(): return asyncio.current_task().get_stack()[0].f_globals",
    # --- hooks of classes ---
    "getattribute": "return object.__getattribute__(main, 'x')",
    "super getattribute": "class C:\n  def f(self): return super().__getattribute__('x')\nasync def main(): return C().f()",
    "reduce": "return ().__reduce_ex__(4)",
    "own reduce": "import copy\nclass C:\n  def __reduce__(self): return (print, ('x',))\nasync def main(): return copy.copy(C())",
    "build class": "return __build_class__(lambda: None, 'C')",
    "class hook with a payload": "class C:\n  def __init_subclass__(cls): cls.x = cls.__subclasses__\nclass D(C): pass\nasync def main(): return D.x()",
    "set name with a payload": "class N:\n  def __set_name__(self, owner, name): self.o = owner.__bases__\nclass C: n = N()\nasync def main(): return C.n.o",
    "del with a payload": "class C:\n  def __del__(self): print(self.__class__.__base__)\nasync def main(): C()",
    "descriptor with a payload": "class D:\n  def __get__(self, o, t): return t.__mro__\nclass C: d = D()\nasync def main(): return C.d",
    "metaclass with a payload": "class M(type):\n  def f(cls): return type.__subclasses__(cls)\nclass C(metaclass=M): pass\nasync def main(): return C.f()",
    "prepare with a payload": "class M(type):\n  @classmethod\n  def __prepare__(cls, name, bases): return {'x': cls.__base__}\nclass C(metaclass=M): pass\nasync def main(): return C.x",
    "class getitem with a payload": "class C:\n  def __class_getitem__(cls, item): return getattr(item, '__globals__')\nasync def main(): return C[main]",
    "decorator with a payload": "def d(f): return f.__globals__\n@d\ndef g(): pass\nasync def main(): return g",
    "decorator getattr": "@(lambda f: getattr(f, '__globals__'))\ndef g(): pass\nasync def main(): return g",
    "dataclass fields faked": "import dataclasses\nclass C: pass\nC.__dataclass_fields__ = {}\nasync def main(): return dataclasses.asdict(C())",
    "dataclass field": "import dataclasses\n@dataclasses.dataclass\nclass C:\n  __globals__: object\nasync def main(): return C.__match_args__",
    # --- class patterns ---
    "match pattern": "\n  match main:\n    case object(__globals__=g): return g",
    "match pattern nested": "\n  match [main]:\n    case [object(__code__=object(co_consts=c))]: return c",
    "match args": "class P:\n  __match_args__ = ('__globals__',)\nasync def main(): return P",
    "match args added up": "class P:\n  __match_args__ = ('__glo' + 'bals__',)\nasync def main(): return P",
    "match args later": "class P: pass\nP.__match_args__ = ('x',)\nP.__match_args__ = [''.join(['__glo', 'bals__'])]\nasync def main(): return P",
    "match args made": "class P:\n  __match_args__ = tuple(['x'])\nasync def main(): return P",
    "match args by type": "P = type('P', (), {'__match_args__': ('x',)})\nasync def main(): return P",
    # --- names in texts ---
    "keyword": "return dict(__globals__=1)",
    "getattr literal": "return getattr(main, '__globals__')",
    "getattr added up": "return getattr(main, '__glo' + 'bals__')",
    "getattr added up twice": "return getattr(main, '__' + 'glob' + 'als__')",
    "setattr added up": "setattr(main, '__co' + 'de__', None)",
    "hasattr added up": "return hasattr(main, '__glo' + 'bals__')",
    "mapped getattr": "return list(map(getattr, [main], ['__globals__']))",
    "reduced getattr": "import functools; return functools.reduce(getattr, ['__class__', '__base__', '__subclasses__'], 1)",
    "partial getattr": "import functools; return functools.partial(getattr, main)('__globals__')",
    "sorted by getattr": "return max([main], key=lambda f: getattr(f, '__code__'))",
    "singledispatch getattr": "import functools\nf = functools.singledispatch(getattr)\nasync def main(): return f(main, '__globals__')",
    "default factory getattr": "import dataclasses\n@dataclasses.dataclass\nclass C:\n  x: object = dataclasses.field(default_factory=lambda: getattr(main, '__globals__'))\nasync def main(): return C().x",
    "getattr str subclass": "class S(str):\n  def __eq__(self, o): return False\n  def __hash__(self): return 1\nasync def main(): return getattr(main, S('__globals__'))",
    "slots dict": "class C: __slots__ = ('__dict__',)\nasync def main(): return C()",
    "default argument": "def f(o, n='__globals__'): return getattr(o, n)\nasync def main(): return f(main)",
    # --- the interpreter's names ---
    "builtins name": "return __builtins__['eval']",
    "builtins global": "global __builtins__; __builtins__ = {}",
    "loader": "return __loader__",
    "loader of a module": "return json.__loader__.load_module('os')",
    "spec": "return json.__spec__.loader",
    "file": "return __file__",
    "dunder import": "return __import__('os')",
    "dunder import attribute": "return print.__import__",
    "evaluate": "import typing; return typing.Optional['1'].__args__[0]._evaluate({}, {}, frozenset())",
}

FORMAT = {
    "format": "return '{0.__globals__}'.format(main)",
    "format class": "return '{x.__class__.__mro__}'.format(x=1)",
    "format index": "return '{0[__globals__]}'.format({'__globals__': 1})",
    "format map": "return '{x.__globals__}'.format_map({'x': main})",
    "format by str": "return str.format('{0.__init__.__globals__}', json.JSONDecoder)",
    "format added up": "return ('{0.__glo' + 'bals__}').format(main)",
    "format nested": "return '{0:{1.__class__}}'.format(1, main)",
    "format as a method": "f = '{0.__code__}'.format; return f(main)",
    "format by getattr": "return getattr('{0.__code__}', 'format')(main)",
}

BUILTIN = {
    "eval": "return eval('1')",
    "eval renamed": "e = eval; return e('1')",
    "eval in a list": "return [eval][0]('1')",
    "eval by class getitem": "class C: __class_getitem__ = eval\nasync def main(): return C['1']",
    "exec": "exec('x = 1')",
    "exec as decorator": "@exec\n@repr\nclass C: pass\nasync def main(): pass",
    "exec as factory": "import collections\nasync def main(): return collections.defaultdict(globals)['x']",
    "compile": "return compile('1', 'f', 'eval')",
    "open": "return open('/etc/passwd').read()",
    "open by default factory": "import dataclasses\n@dataclasses.dataclass\nclass C:\n  x: object = dataclasses.field(default_factory=locals)\nasync def main(): return C()",
    "globals": "return globals()",
    "locals": "return locals()",
    "vars": "return vars(json)",
    "input": "return input()",
    "breakpoint": "breakpoint()",
    "help": "return help('modules')",
    "exit": "exit()",
    "mapped open": "return list(map(open, ['/etc/passwd']))",
}

IMPORT = {
    "import os": "import os; return os.environ",
    "import sys": "import sys; return sys.modules",
    "import in a try": "\n  try: import os\n  finally: pass",
    "import subprocess": "from subprocess import run; return run",
    "import as another": "import posixpath as json2; return json2.os",
    "import socket": "import socket",
    "import ctypes": "import ctypes",
    "import importlib": "import importlib",
    "import pkgutil": "import pkgutil",
    "import builtins": "import builtins",
    "import inspect": "import inspect",
    "import gc": "import gc; return gc.get_objects()",
    "import pickle": "import pickle",
    "import marshal": "import marshal",
    "import threading": "import threading",
    "import multiprocessing": "import multiprocessing",
    "import our own": "import mcpbox_jail.policy",
    "import our glue": "import _mcpbox",
    "import posix": "import posix",
    "import _io": "import _io; return _io.open('/etc/passwd')",
    "import code": "import code",
    "import codecs": "import codecs; return codecs.open('/etc/passwd')",
    "import encodings": "import encodings.aliases",
    "import urllib request": "import urllib.request",
    "import asyncio sub": "import asyncio.subprocess",
    "import xml sax": "import xml.sax",
    "import traceback": "import traceback; return traceback.walk_stack(None)",
    "import copyreg": "import copyreg",
    "import a submodule": "from xml import sax\nasync def main(): return sax",
    "relative import": "from . import x",
}

MODULE = {
    "asyncio subprocess": "import asyncio; return asyncio.create_subprocess_exec",
    "asyncio streams": "from asyncio import open_connection",
    "asyncio sys": "import asyncio; return asyncio.sys",
    "asyncio events": "import asyncio; return asyncio.events",
    "attrgetter": "import operator; return operator.attrgetter('__class__')(1)",
    "attrgetter renamed": "import operator as o\nasync def main(): return o.attrgetter('x')(1)",
    "itemgetter": "from operator import itemgetter; return itemgetter",
    "methodcaller": "from operator import methodcaller; return methodcaller",
    "string Formatter": "import string; return string.Formatter().format('{0}', 1)",
    "type hints": "import typing; return typing.get_type_hints(main)",
    "forward ref": "from typing import ForwardRef; return ForwardRef('1')",
    "function type": "import types; return types.FunctionType",
    "code type": "from types import CodeType",
    "frame type": "import types; return types.FrameType",
    "make dataclass": "from dataclasses import make_dataclass; return make_dataclass",
    "module's own import": "import random; return random._os",
    "renamed module": "import collections as c; return c._sys",
    "private of a module": "import contextlib; return contextlib._RedirectStream",
    "io open": "import io; return io.open('/etc/passwd')",
    "shlex opens": "import shlex; return shlex.shlex",
    "enum writes": "import enum; return enum.global_enum",
    "xml submodule": "import xml.etree.ElementTree as E; return E.contextlib",
    "uuid getnode": "import uuid; return uuid.getnode()",
    "clock": "import time; time.clock_settime(0, 0)",
}

# Nothing that a reader of the source could name; only the run shows it.
MADE = {
    "getattr joined": ("introspection", "return getattr(main, ''.join(['__glo', 'bals__']))"),
    "getattr of bytes": ("introspection", "return getattr(main, b'__glo'.decode() + 'bals__')"),
    "getattr reversed": ("introspection", "return getattr(main, '__slabolg__'[::-1])"),
    "getattr formatted": ("introspection", "return getattr(main, f'__{\"glob\"}als__')"),
    "hasattr joined": ("introspection", "return hasattr(main, ''.join(['__co', 'de__']))"),
    "setattr joined": ("introspection", "setattr(main, ''.join(['__co', 'de__']), None)"),
    "delattr joined": ("introspection", "delattr(main, ''.join(['__glo', 'bals__']))"),
    "setattr match args": ("introspection", "class P: pass\nasync def main(): setattr(P, ''.join(['__match', '_args__']), ())"),
    "format made": ("introspection", "n = ''.join(['__glo', 'bals__']); return ('{0.' + n + '}').format(main)"),
    "format map made": ("introspection", "n = ''.join(['__glo', 'bals__']); return ('{x.' + n + '}').format_map({'x': main})"),
    "format of a class made": ("introspection", "n = ''.join(['__cla', 'ss__.__mr', 'o__']); return ('{0.' + n + '}').format(1)"),
    "format of a frame made": ("introspection", "n = ''.join(['gi_fr', 'ame']); return ('{0.' + n + '}').format(x for x in [])"),
    "match args of a metaclass": ("introspection", """
import abc
class M(abc.ABCMeta):
    def __getattr__(cls, name):
        return (''.join(['__glo', 'bals__']),)
class P(metaclass=M): pass
P.register(type(json.dumps))
async def main():
    match json.dumps:
        case P(g): return sorted(g)
"""),
    "dataclass made": ("introspection", """
import dataclasses
n = ''.join(['__glo', 'bals__'])
class C:
    __annotations__ = {n: object}
async def main(): return dataclasses.dataclass(C)
"""),
    "dataclass writes code": ("introspection", """
import dataclasses
class C:
    __annotations__ = {'x=print(1) #': object}
async def main(): return dataclasses.dataclass(C)
"""),
    "dataclass in another module": ("introspection", """
import dataclasses
class C:
    __module__ = 'json'
    __annotations__ = {'x=__import__("os").getpid() #': object}
async def main(): return dataclasses.dataclass(C)
"""),
    "wraps reads for us": ("introspection", """
import functools
class Catch:
    def __setattr__(self, name, value): raise ValueError(sorted(value))
async def main():
    functools.wraps(json.dumps, assigned=[''.join(['__glo', 'bals__'])], updated=[])(Catch())
"""),
    "update_wrapper reads for us": ("introspection", """
import functools
class Catch: pass
async def main():
    functools.update_wrapper(Catch(), json.dumps, [''.join(['__glo', 'bals__'])], [])
"""),
    "weak proxy": ("introspection", "import weakref; return getattr(weakref.proxy(json.dumps), ''.join(['__glo', 'bals__']))"),
    "object setattr": ("introspection", "object.__setattr__(main, ''.join(['__co', 'de__']), None)"),
    "str subclass joined": ("introspection", """
class S(str):
    def __eq__(self, other): return False
    def __hash__(self): return 1
async def main(): return getattr(main, S(''.join(['__glo', 'bals__'])))
"""),
    "evaluate made": ("introspection", """
import typing
async def main():
    r = typing.Optional['__import__("os").getpid()'].__args__[0]
    return getattr(r, ''.join(['_eval', 'uate']))({}, {}, frozenset())
"""),
    "annotation of a dispatched function": ("introspection", """
import functools
@functools.singledispatch
def f(x): pass
def g(x): pass
g.__annotations__['x'] = 'json.dumps.' + ''.join(['__glo', 'bals__'])
async def main(): return f.register(g)
"""),
    "module made": ("module-attribute", "return getattr(json, 'co' + 'decs')"),
    "module through a name": ("module-attribute", "import collections\nasync def main():\n  x = collections\n  return x._sys"),
    "module's submodule": ("module-attribute", "return json.decoder.scanner"),
}


def tool(body):
    """A whole tool."""
    if "async def main" in body:
        return body.lstrip("\n") + "\n"
    return "async def main():\n  'D.'\n  %s\n" % body


ESCAPES = {}
for _rule, _group in (
    ("introspection", STATIC), ("format-traversal", FORMAT), ("builtin", BUILTIN),
    ("import", IMPORT), ("module-attribute", MODULE),
):
    for _name, _body in _group.items():
        assert _name not in ESCAPES, _name
        ESCAPES[_name] = (_rule, _rule, tool(_body))
for _name, (_rule, _body) in MADE.items():
    assert _name not in ESCAPES, _name
    ESCAPES[_name] = (None, _rule, tool(_body))
