"""Runs a tool: its module body, then main(**arguments).

The source never becomes part of other source, nor do the arguments: they are
decoded JSON.  What a tool sees as its built-ins depends on the policy; that
is governance, see policy.py.
"""

import builtins
import datetime
import inspect
import json
import sys
import types

import _mcpbox

from . import api, ask, encode, facade, http_api, http_errors, lint, loop, policy, seal

FILENAME = "<tool>"
MODULE = "__tool__"
MESSAGE = 2000  # characters of an exception's message
FRAMES = 20  # of a trace
TEXT = 200  # characters of a source line
NESTED = 5  # exceptions of a group that are told
PREVIEW = 500  # characters of an answer's body that are told
TOLD = (
    "content-type retry-after location x-ratelimit-limit x-ratelimit-remaining "
    "x-ratelimit-reset x-deny-reason x-request-id"
).split()

_decode = json.JSONDecoder().decode


class ToolError(Exception):
    """The tool cannot be run as it is; the message is for its author."""

    def __init__(self, kind, message, line=None):
        super().__init__(message)
        self.kind = kind
        self.line = line


# --- built-ins ---------------------------------------------------------------


def _absent(name, why):
    def missing(*args, **kwargs):
        raise policy.PolicyError(
            "builtin", "%s() is not available to tools: %s" % (name, why)
        )

    missing.__name__ = missing.__qualname__ = name
    return missing


def _guard(name, real):
    forbidden = policy.INTROSPECTION

    def guarded(obj, attribute, *rest):
        if isinstance(attribute, str):
            attribute = str.__str__(attribute)
            if attribute in forbidden or attribute == policy.MATCH_ARGS:
                policy.refuse_name(attribute)
        return real(obj, attribute, *rest)

    guarded.__name__ = guarded.__qualname__ = name
    return guarded


_enforced = {}


def prepare():
    """The tools' built-ins, made once in the root zygote, and what the policy
    closes."""
    for name, value in vars(builtins).items():
        if name in policy.BUILTINS_INTERNAL or name in policy.BUILTINS:
            continue
        if name in policy.BUILTINS_GUARDED:
            _enforced[name] = _guard(name, value)
        else:
            _enforced[name] = value
    for name, why in policy.BUILTINS.items():
        _enforced[name] = _absent(name, why)
    _enforced["dir"] = seal.directory
    seal.prepare()


# --- the module body ----------------------------------------------------------


def compile_tool(source):
    try:
        return compile(source, FILENAME, "exec", dont_inherit=True)
    except SyntaxError as e:
        raise ToolError("SyntaxError", "%s" % e.msg, e.lineno) from None
    except ValueError as e:  # NUL bytes
        raise ToolError("SyntaxError", str(e)) from None
    except (RecursionError, MemoryError):
        raise ToolError("SyntaxError", "the code is nested too deeply") from None


def instantiate(code, names, injected, granted, enforce, wanted):
    """Runs the module body; returns the function of that name, which is main
    or complete, and whether it needs a loop."""
    module = types.ModuleType(MODULE)
    space = module.__dict__
    sys.modules[MODULE] = module
    if enforce:
        # Not a copy: it would touch every built-in, and this process makes
        # one call.
        _enforced["__import__"] = facade.Importer(granted)
        space["__builtins__"] = _enforced
        space["json"] = facade.get("json")
        space["datetime"] = facade.get("datetime")
        _mcpbox.watch(space)
    else:
        space["__builtins__"] = builtins
        space["json"] = json
        space["datetime"] = datetime
    space.update(injected)
    exec(code, space)
    main = space.get(wanted)
    if main is None:
        raise ToolError("NoMain", "the tool has no `async def %s(...)`" % wanted)
    if not inspect.iscoroutinefunction(main):
        raise ToolError("NoMain", "%s must be defined with `async def %s(...)`" % (wanted, wanted))
    return main, "asyncio" in names


def run(source, args, injected, granted, enforce, wanted):
    """The value that `wanted` (main, complete) returned.  Anything may be
    raised."""
    code = compile_tool(source)
    names, texts = policy.code_names(code)
    if enforce and policy.suspicious(source, names, texts):
        lint.enforce(source)
    arguments = _decode(args)
    if type(arguments) is not dict:
        raise ToolError("ArgumentError", "the arguments are not a JSON object")
    injected["arguments"] = arguments
    main, waits = instantiate(code, names, injected, granted, enforce, wanted)
    coroutine = main(**arguments)
    if waits:
        return loop.on_loop(coroutine)
    return loop.by_hand(coroutine)


# --- what went wrong ----------------------------------------------------------


def _clean(text):
    """JSON readers refuse a NUL, and with it the rest of the message."""
    return text[:MESSAGE].replace("\0", "\ufffd")


def _text(error):
    try:
        return _clean(str(error))
    except BaseException:
        return "(the exception's text cannot be made)"


def _frames(error, lines):
    """Only the tool's own frames: ours and the library's are no help."""
    found = []
    tb = error.__traceback__
    while tb is not None:
        code = tb.tb_frame.f_code
        if code.co_filename == FILENAME:
            at = tb.tb_lineno or 0
            text = lines[at - 1].strip()[:TEXT] if 0 < at <= len(lines) else ""
            found.append({"line": at, "function": code.co_name[:TEXT], "text": text})
            if len(found) > 4 * FRAMES:
                del found[FRAMES:-FRAMES]
        tb = tb.tb_next
    if len(found) > FRAMES:
        found = found[: FRAMES // 2] + found[-FRAMES // 2 :]
    return found


def _record(error, lines):
    record = {"type": type(error).__name__[:TEXT], "message": _text(error)}
    if isinstance(error, ToolError):
        record["type"] = error.kind
        if error.line is not None:
            record["line"] = error.line
        return record
    if isinstance(error, ask.ProtocolError):
        record["rpc"] = error.code
    if isinstance(error, SystemExit):
        record["message"] = "the tool called sys.exit(%s)" % _text(error)
    elif isinstance(error, KeyError) and error.args:
        record["message"] = _clean(str(error.args[0]))
    elif isinstance(error, RecursionError):
        record["message"] = "too many nested calls: " + _text(error)
    elif isinstance(error, policy.PolicyError):
        record["rule"] = error.rule
        if error.line is not None:
            record["line"] = error.line
    elif isinstance(error, http_errors.HTTPStatusError):
        record["http"] = _http(error.response)
    trace = _frames(error, lines)
    if trace:
        record["line"] = trace[-1]["line"]
        record["trace"] = trace
    return record


def _http(response):
    """What an API said when it refused, which is what its user must know."""
    try:
        text = response.text[:PREVIEW]
    except http_errors.StreamError:
        text = ""
    return {
        "status": response.status_code,
        "url": str(response.url.copy_with(userinfo="")),
        "headers": {k: response.headers[k][:TEXT] for k in TOLD if k in response.headers},
        "body": _clean(text),
    }


def describe(error, source):
    """The ERROR record: type, message, line, trace of the tool's frames."""
    lines = source.splitlines()
    record = _record(error, lines)
    if isinstance(error, BaseExceptionGroup):
        inner = []
        todo = list(error.exceptions)
        while todo and len(inner) < NESTED:
            one = todo.pop(0)
            if isinstance(one, BaseExceptionGroup):
                todo[:0] = one.exceptions
                continue
            nested = _record(one, lines)
            nested.pop("trace", None)
            inner.append(nested)
        record["errors"] = inner
    return encode.claim(record)


def injected(secrets, asks):
    """The names of the tool API, fresh for a run."""
    return {"http": http_api.http, "mcp": api.Mcp(asks), "secrets": api.Secrets(secrets)}
