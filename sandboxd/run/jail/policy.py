"""The language policy: one table.

It is lint and governance, not the wall: the wall is the kernel's (namespaces,
seccomp, limits), and the hostile tests hold it with this policy switched off.
What the policy buys is that a reviewer sees the power a tool asks for.

The same rows are read three ways: `check` turns them into findings with a
line and a column, `call` refuses at run time whatever has severity HIGH, and
the API shows them to people.
"""

import re

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
    "dynamic-attribute": (WARNING, "Names an attribute at run time: a reviewer cannot see which."),
    "dynamic-format": (NOTE, "The format string is made at run time."),
    "hidden-name": (WARNING, "A text that holds the name of an interpreter structure."),
    "odd-identifier": (WARNING, "A name with letters outside ASCII: it can look like another."),
    "star-import": (NOTE, "Imports every name of a module."),
    "broad-except": (NOTE, "Catches every exception, also the ones that show a bug."),
    "endless-loop": (NOTE, "A loop without an end in sight; the time limit stops it."),
    "long-sleep": (NOTE, "Sleeps; the time limit counts it."),
    "untyped-parameter": (NOTE, "A parameter without annotation accepts any value."),
    "unknown-type": (NOTE, "No schema can be derived from this annotation: any value is accepted."),
    "no-docstring": (NOTE, "main has no docstring: clients see no description."),
    "duplicate-main": (WARNING, "main is defined twice: the last one counts."),
}

# Attribute and global names that lead out of a tool's own objects.  Checked in
# the source (with a position) and in the compiled code's names (at run time).
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
    """.split()
)

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

_ASYNCIO = """
    sleep gather wait wait_for timeout timeout_at shield as_completed
    create_task current_task all_tasks Task Future TaskGroup Runner
    Queue PriorityQueue LifoQueue QueueEmpty QueueFull
    Lock Event Condition Semaphore BoundedSemaphore Barrier BrokenBarrierError
    CancelledError TimeoutError InvalidStateError
    iscoroutine iscoroutinefunction isfuture ensure_future get_running_loop
    to_thread FIRST_COMPLETED FIRST_EXCEPTION ALL_COMPLETED
"""
_TYPES = """
    SimpleNamespace MappingProxyType GenericAlias UnionType NoneType
    EllipsisType NotImplementedType FunctionType LambdaType MethodType
    GeneratorType CoroutineType AsyncGeneratorType BuiltinFunctionType
"""
_AST = """
    literal_eval
"""

# module: (only these names or None for all public ones, without these)
MODULES = {
    "__future__": (None, ""),
    "abc": (None, ""),
    "array": (None, ""),
    "ast": (_AST, ""),
    "asyncio": (_ASYNCIO, ""),
    "base64": (None, "main test"),
    "binascii": (None, ""),
    "bisect": (None, ""),
    "calendar": (None, "main"),
    "cmath": (None, ""),
    "collections": (None, ""),
    "collections.abc": (None, ""),
    "colorsys": (None, ""),
    "contextlib": (None, ""),
    "contextvars": (None, ""),
    "copy": (None, ""),
    "csv": (None, ""),
    "dataclasses": (None, "make_dataclass"),
    "datetime": (None, ""),
    "decimal": (None, ""),
    "difflib": (None, ""),
    "email.utils": (None, ""),
    "enum": (None, ""),
    "fnmatch": (None, ""),
    "fractions": (None, ""),
    "functools": (None, ""),
    "graphlib": (None, ""),
    "hashlib": (None, "file_digest"),
    "heapq": (None, ""),
    "hmac": (None, ""),
    "html": (None, ""),
    "html.entities": (None, ""),
    "html.parser": (None, ""),
    "io": ("StringIO BytesIO", ""),
    "ipaddress": (None, ""),
    "itertools": (None, ""),
    "json": (None, ""),
    "keyword": (None, ""),
    "math": (None, ""),
    "numbers": (None, ""),
    "operator": (None, "attrgetter methodcaller"),
    "pprint": (None, ""),
    "quopri": (None, "main"),
    "random": (None, ""),
    "re": (None, ""),
    "secrets": (None, ""),
    "shlex": (None, ""),
    "statistics": (None, ""),
    "string": (None, "Formatter"),
    "struct": (None, ""),
    "textwrap": (None, ""),
    "time": (None, ""),
    "tomllib": (None, ""),
    "types": (_TYPES, "FunctionType LambdaType"),
    "typing": (None, "get_type_hints ForwardRef"),
    "unicodedata": (None, ""),
    "urllib.parse": (None, ""),
    "uuid": (None, "getnode uuid1 main"),
    "weakref": (None, ""),
    "xml.etree.ElementTree": (None, ""),
    "zlib": (None, ""),
    "zoneinfo": (None, "reset_tzpath"),
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
    """The language policy refuses something at run time."""


def severity(rule):
    return RULES[rule][0]


def module_allowed(name, granted=()):
    return name in MODULES or name in PACKAGES or name in granted


def attribute_allowed(module, name):
    """May a tool use module.name?  True for modules without a row."""
    row = MODULES.get(module)
    if row is None:
        return True
    only, without = row
    if name in without.split():
        return False
    return only is None or name in only.split()


def names_introspection(text):
    """The first name of an interpreter structure in a text, or None."""
    found = _NAMED.search(text)
    return found.group(0) if found else None


def code_names(code):
    """Every name that a code object and those inside it use."""
    names = set()
    todo = [code]
    while todo:
        one = todo.pop()
        names.update(one.co_names)
        for const in one.co_consts:
            if type(const) is type(code):
                todo.append(const)
            elif type(const) is tuple and const and type(const[0]) is str:
                # Keyword names, class patterns, from-import lists.
                names.update(n for n in const if type(n) is str)
    return names


def refuse(source, names):
    """Raises PolicyError for what the compiled code may not use."""
    bad = names & INTROSPECTION
    if bad:
        raise PolicyError(
            "introspection: this tool uses %s, which reaches into the "
            "interpreter; the language policy refuses it" % ", ".join(sorted(bad))
        )
    # Not the built-ins: a name may also be an attribute (re.compile), and the
    # missing built-in itself says so when it is called.
    if HIDDEN.search(source):
        raise PolicyError(
            "hidden-character: the code contains invisible or "
            "direction-changing characters; the language policy refuses it"
        )


def summary():
    """The table as data, for the API and the report."""
    return {
        "modules": [
            {
                "name": name,
                "only": only if only is None else only.split(),
                "without": without.split(),
            }
            for name, (only, without) in sorted(MODULES.items())
        ],
        "builtins_refused": dict(sorted(BUILTINS.items())),
        "rules": [
            {"rule": slug, "severity": row[0], "text": row[1]}
            for slug, row in RULES.items()
        ],
    }
