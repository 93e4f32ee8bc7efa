"""The language policy: one table.

It is lint and governance, not the wall: the wall is the kernel's (namespaces,
seccomp, limits), and the hostile tests hold it with this policy switched off.
What the policy buys is that a reviewer sees the power a tool asks for.

The same rows are read four ways.  `lint` turns them into findings with a line
and a column.  `call` refuses, before anything runs, whatever `lint` finds of
the rules that are STATIC; imports, attributes of modules and built-ins are
refused where they are used, so that `try: import x` works.  `seal` closes the
interpreter's own structures to names that are made at run time.  And the API
shows them to people: summary().
"""

import re

from . import http_api

HIGH = "high"  # refused at run time when the policy is enforced
WARNING = "warning"  # allowed; a reviewer should look
NOTE = "note"  # allowed; worth knowing

# slug: (severity, what a reviewer reads)
RULES = {
    "import": (HIGH, "Imports a module that is not on the list of approved modules."),
    "module-attribute": (HIGH, "Uses a part of an approved module that is not approved."),
    "builtin": (HIGH, "Uses a built-in function that tools do not have."),
    "introspection": (HIGH, "Reaches into the interpreter's own structures."),
    "format-traversal": (HIGH, "A format string that walks into the interpreter's structures."),
    "hidden-character": (HIGH, "Invisible or direction-changing characters: the code does not read as it runs."),
    "signature": (HIGH, "main cannot be called with named arguments."),
    "dynamic-class": (WARNING, "Makes a class at run time: a reviewer cannot see what it has."),
    "unknown-api": (WARNING, "Uses a name that the module or the tool API does not have."),
    "shadowed-name": (WARNING, "Hides a name of the tool API behind one of its own."),
    "dynamic-attribute": (WARNING, "Names an attribute at run time: a reviewer cannot see which."),
    "dynamic-format": (NOTE, "The format string is made at run time."),
    "hidden-name": (WARNING, "A text that holds the name of an interpreter structure."),
    "odd-identifier": (WARNING, "A name with letters outside ASCII: it can look like another."),
    "asks-user": (NOTE, "Asks the client's user: look at what it asks, and why."),
    "asks-model": (NOTE, "Has the client's model answer a prompt, which the client pays for."),
    "asks-roots": (NOTE, "Asks which folders the client works with."),
    "star-import": (NOTE, "Imports every name of a module."),
    "broad-except": (NOTE, "Catches every exception, also the ones that show a bug."),
    "endless-loop": (NOTE, "A loop without an end in sight; the time limit stops it."),
    "long-sleep": (NOTE, "Sleeps; the time limit counts it."),
    "network-host": (NOTE, "Sends requests to a host that the code names."),
    "host-not-granted": (WARNING, "Sends requests to a host that the tool may not reach: they are refused at run time."),
    "untyped-parameter": (NOTE, "A parameter without annotation accepts any value."),
    "unknown-type": (NOTE, "No schema can be derived from this annotation: any value is accepted."),
    "no-docstring": (NOTE, "main has no docstring: clients see no description."),
    "duplicate-main": (WARNING, "main is defined twice: the last one counts."),
}

# What `lint` finds of these is refused before the tool runs.
STATIC = frozenset(("introspection", "format-traversal", "hidden-character"))

# Names that lead out of a tool's own objects: of attributes, variables,
# parameters, patterns, and as the whole of a text.
INTROSPECTION = frozenset(
    """
    __subclasses__ __bases__ __base__ __mro__ mro __globals__ __builtins__
    __code__ __closure__ __func__ __self__ __import__ __loader__ __spec__
    __traceback__ __getattribute__ __reduce__ __reduce_ex__ __dict__
    __wrapped__ __objclass__ __defaults__ __kwdefaults__ __subclasshook__
    __cached__ __file__ __path__ __package__
    tb_frame tb_next tb_lasti f_back f_globals f_locals f_builtins f_code
    f_trace gi_frame gi_code gi_yieldfrom cr_frame cr_code cr_await cr_origin
    ag_frame ag_code ag_await co_code co_consts co_names co_varnames
    co_freevars co_cellvars
    __build_class__ __dataclass_fields__ _evaluate
    """.split()
)
# A word of its own as well: only as an attribute it is what it is here.
_WORDS = frozenset(("mro",))
MATCH_ARGS = "__match_args__"
# What makes a closer look worth its time: names, attributes and whole texts.
_SUSPECT = INTROSPECTION | {MATCH_ARGS}
_FORMAT = frozenset(("format", "format_map"))

# The attributes that are sealed, by type: see seal.
SEALED = {
    "function": "__globals__ __code__ __closure__ __builtins__ __kwdefaults__",
    "method": "__func__ __self__",
    "builtin_function_or_method": "__self__",
    "generator": "gi_frame gi_code gi_yieldfrom",
    "coroutine": "cr_frame cr_code cr_await cr_origin",
    "async_generator": "ag_frame ag_code ag_await",
    "frame": "f_back f_builtins f_code f_globals f_locals f_trace",
    "traceback": "tb_frame tb_next",
    "type": "__subclasses__ __bases__ __base__ __mro__ __dict__",
    "module": "__dict__",
    "BaseException": "__traceback__",
    "ForwardRef": "_evaluate",
}

# Built-ins a tool does not have, and why.
BUILTINS = {
    "open": "there are no files in the sandbox",
    "eval": "code made at run time cannot be reviewed",
    "exec": "code made at run time cannot be reviewed",
    "compile": "code made at run time cannot be reviewed",
    "input": "nobody is there to answer",
    "breakpoint": "there is no debugger",
    "globals": "it reaches the interpreter's structures",
    "locals": "it reaches the interpreter's structures",
    "vars": "it reaches the interpreter's structures",
    "help": "it is for interactive use",
    "exit": "return from main instead",
    "quit": "return from main instead",
}
# Never copied into a tool's built-ins, whatever the name says.
BUILTINS_INTERNAL = frozenset(("__loader__", "__spec__", "copyright", "credits", "license"))
# Replaced by a version that looks at the attribute's name.
BUILTINS_GUARDED = frozenset(("getattr", "setattr", "delattr", "hasattr"))

# The names of the tool API that a tool should not bind itself.
INJECTED = frozenset(("http", "mcp", "secrets", "arguments"))
# The attributes of those that have some; `call` checks that they are right.
API = {
    "http": frozenset(http_api.NAMES),
    "mcp": frozenset(
        "AskError ProtocolError Unanswered Unsupported ask audio become_task capabilities "
        "detach elicit elicit_url image list_changed log progress resource resource_link resource_updated result "
        "roots sample state text".split()
    ),
}

# What asks the client, by the rule that says so.
ASKS = {
    "elicit": "asks-user", "elicit_url": "asks-user",
    "sample": "asks-model", "roots": "asks-roots",
}

_ASYNCIO = """
    run sleep gather wait wait_for timeout timeout_at shield as_completed
    create_task current_task all_tasks Task Future TaskGroup Runner
    Queue PriorityQueue LifoQueue QueueEmpty QueueFull
    Lock Event Condition Semaphore BoundedSemaphore Barrier BrokenBarrierError
    CancelledError TimeoutError InvalidStateError
    iscoroutine iscoroutinefunction isfuture ensure_future get_running_loop
    to_thread FIRST_COMPLETED FIRST_EXCEPTION ALL_COMPLETED
"""
_TYPES = """
    SimpleNamespace MappingProxyType GenericAlias UnionType NoneType
    EllipsisType NotImplementedType MethodType
    GeneratorType CoroutineType AsyncGeneratorType BuiltinFunctionType
"""
_AST = """
    literal_eval
"""


class Module:
    """A row: only these names (None: every public one), without those, why."""

    __slots__ = ("only", "without", "why")

    def __init__(self, only, without, why):
        self.only = None if only is None else frozenset(only.split())
        self.without = frozenset(without.split())
        self.why = why

    def allows(self, name):
        return name not in self.without and (self.only is None or name in self.only)


_ALL = Module(None, "", "")

MODULES = {
    "__future__": _ALL,
    "abc": _ALL,
    "array": _ALL,
    "ast": Module(
        _AST, "",
        "reading literals; code made at run time cannot be reviewed",
    ),
    "asyncio": Module(
        _ASYNCIO, "",
        "tasks and their tools; no processes, sockets or pipes",
    ),
    "base64": Module(None, "main test", ""),
    "binascii": _ALL,
    "bisect": _ALL,
    "calendar": Module(None, "main different_locale", ""),
    "cmath": _ALL,
    "collections": _ALL,
    "collections.abc": _ALL,
    "colorsys": _ALL,
    "contextlib": _ALL,
    "contextvars": _ALL,
    "copy": _ALL,
    "csv": _ALL,
    "dataclasses": Module(None, "make_dataclass", "it makes code at run time"),
    "datetime": _ALL,
    "decimal": _ALL,
    "difflib": _ALL,
    "email.utils": _ALL,
    "enum": Module(None, "global_enum global_enum_repr global_flag_repr global_str", "they write into modules"),
    "fnmatch": _ALL,
    "fractions": _ALL,
    "functools": _ALL,
    "graphlib": _ALL,
    "hashlib": Module(None, "file_digest", "there are no files"),
    "heapq": _ALL,
    "hmac": _ALL,
    "html": _ALL,
    "html.entities": _ALL,
    "html.parser": _ALL,
    "httpx": Module(
        " ".join(http_api.NAMES), "",
        "the object `http` under its other name; only what it has",
    ),
    "io": Module("StringIO BytesIO", "", "there are no files"),
    "ipaddress": _ALL,
    "itertools": _ALL,
    "json": _ALL,
    "keyword": _ALL,
    "math": _ALL,
    "numbers": _ALL,
    "operator": Module(
        None, "attrgetter itemgetter methodcaller",
        "they reach attributes and items by names made at run time; write a lambda",
    ),
    "pprint": _ALL,
    "quopri": Module(None, "main", ""),
    "random": _ALL,
    "re": _ALL,
    "secrets": _ALL,
    "shlex": Module("split quote join", "", "its lexer opens files"),
    "statistics": _ALL,
    "string": Module(
        None, "Formatter",
        "it reaches attributes by names made at run time; use an f-string",
    ),
    "struct": _ALL,
    "textwrap": _ALL,
    "time": Module(None, "clock_settime clock_settime_ns pthread_getcpuclockid tzset", "the clock is not a tool's to change"),
    "tomllib": _ALL,
    "types": Module(
        _TYPES, "",
        "names of types for isinstance; none that makes code",
    ),
    "typing": Module(None, "get_type_hints ForwardRef", "they evaluate text as code"),
    "unicodedata": _ALL,
    "urllib.parse": _ALL,
    "uuid": Module(None, "getnode uuid1 main", "they tell about the machine"),
    "weakref": _ALL,
    "xml.etree.ElementTree": _ALL,
    "zlib": _ALL,
    "zoneinfo": Module(None, "reset_tzpath", "there are no files"),
}
# Packages that exist only to hold an approved submodule.
PACKAGES = frozenset(
    name.rpartition(".")[0] for name in MODULES if "." in name
) | {"xml"}
PACKAGES -= MODULES.keys()

# Unicode: bidirectional controls, zero-width, tags, other format characters,
# controls except tab, newline, carriage return and form feed.
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
TRAVERSAL = re.compile(
    r"\{[^{}]*[.\[](?:" + "|".join(sorted(INTROSPECTION | {"__class__"})) + r")\b"
)
_NAMED = re.compile(
    r"(?<![\w])(?:" + "|".join(sorted(n for n in INTROSPECTION if "_" in n)) + r")(?![\w])"
)


class PolicyError(Exception):
    """The language policy refuses something; `rule` says by which row."""

    def __init__(self, rule, message, line=None):
        super().__init__("%s: %s" % (rule, message))
        self.rule = rule
        self.line = line


class ImportRefused(PolicyError, ImportError):
    """So that `except ImportError` works, as it does for a missing module."""


class AttributeRefused(PolicyError, AttributeError):
    """So that hasattr(module, name) is False."""


ImportRefused.__name__ = "ImportError"
AttributeRefused.__name__ = "AttributeError"


def severity(rule):
    return RULES[rule][0]


def module_allowed(name, granted=()):
    return name in MODULES or name in PACKAGES or name in granted


def attribute_allowed(module, name):
    """May a tool use module.name?  True for modules without a row."""
    row = MODULES.get(module)
    return row is None or row.allows(name)


def attribute_refusal(module, name):
    """Why not."""
    row = MODULES.get(module)
    text = "%s.%s is not approved for tools" % (module, name)
    return text + ": " + row.why if row is not None and row.why else text


def is_introspection(name, attribute=True):
    return name in INTROSPECTION and (attribute or name not in _WORDS)


def names_introspection(text):
    """The first name of an interpreter structure in a text, or None."""
    found = _NAMED.search(text)
    return found.group(0) if found else None


def code_names(code):
    """The names that a code object and those inside it use, and their texts."""
    names, texts = set(), set()
    todo = [code]
    while todo:
        one = todo.pop()
        names.update(one.co_names, one.co_varnames, one.co_cellvars)
        for const in one.co_consts:
            kind = type(const)
            if kind is str:
                texts.add(const)
            elif kind is type(code):
                names.add(const.co_name)
                todo.append(const)
            elif kind is tuple or kind is frozenset:
                # Keyword names, class patterns, from-import lists, literals.
                texts.update(v for v in const if type(v) is str)
    return names, texts


def suspicious(source, names, texts):
    """May `lint` find something of the STATIC rules?  Cheap; when it says no,
    there is nothing, or it is in an annotation that nobody evaluates."""
    return (
        not _SUSPECT.isdisjoint(names)
        or not _SUSPECT.isdisjoint(texts)
        or HIDDEN.search(source) is not None
        or (
            not _FORMAT.isdisjoint(names | texts)
            and any(map(TRAVERSAL.search, texts))
        )
    )


def refuse_name(name):
    """For `seal`: a tool asked the interpreter for this by a made-up name."""
    raise PolicyError(
        "introspection",
        "%s reaches into the interpreter's own structures" % name,
    )


def summary():
    """The whole table as data, for the API and the report."""
    import builtins

    there = [
        n
        for n in dir(builtins)
        if n not in BUILTINS and n not in BUILTINS_INTERNAL and not n.startswith("_")
    ]
    return {
        "modules": [
            {
                "name": name,
                "only": None if row.only is None else sorted(row.only),
                "without": sorted(row.without),
                "why": row.why,
            }
            for name, row in sorted(MODULES.items())
        ],
        "builtins": there,
        "builtins_guarded": sorted(BUILTINS_GUARDED),
        "builtins_refused": dict(sorted(BUILTINS.items())),
        "names_refused": sorted(INTROSPECTION),
        "rules": [
            {
                "rule": slug,
                "severity": row[0],
                "text": row[1],
                "refused": "before" if slug in STATIC else "used" if row[0] == HIGH else None,
            }
            for slug, row in RULES.items()
        ],
    }
