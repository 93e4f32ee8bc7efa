"""What the C half calls: boot, warm, reseed, run."""

import _mcpbox
import gc
import json
import random
import sys

from . import ask, call, check, encode, facade, http_api, loop, output, policy, shape

RECURSION = 1000  # Python's default; a tool may go up to the cap
RECURSION_CAP = 5000
CALL, CHECK = 1, 3  # enum box_kind

_SAMPLE = "import asyncio\nasync def main(): return await asyncio.sleep(0, [1, 'x'])\n"

_enforce = True
_out = output.Output()


def _cap_recursion():
    real = sys.setrecursionlimit

    def setrecursionlimit(limit, /):
        """Set the maximum depth, up to the sandbox's cap."""
        real(min(limit, RECURSION_CAP))

    sys.setrecursionlimit = setrecursionlimit


def boot(enforce):
    """Once, in the root zygote: everything that any call may need."""
    global _enforce
    _enforce = bool(enforce)
    facade.prepare()
    if _enforce:
        call.prepare()
    sys.modules["httpx"] = http_api.http
    loop.prepare()
    _cap_recursion()
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = _out
    sys.stdin = sys.__stdin__ = None
    sys.dont_write_bytecode = True
    # Once here, so that what is made at the first use is made for all.
    for kind in (CALL, CHECK):
        run(kind, _SAMPLE, "{}", (), {}, 1 << 20, 0, shape.TOOL, ask.NONE, "")
    forget()


def freeze():
    gc.collect()
    gc.freeze()


def summary():
    """UTF-8 JSON about this interpreter and its policy, for the report."""
    about = {"python": sys.version.split()[0], "enforced": _enforce}
    about.update(policy.summary())
    return encode.claim(about)


def reseed():
    """In each child: the state of `random` was copied."""
    random.seed()


def forget():
    """After a rehearsal: nothing of it stays."""
    sys.modules.pop(call.MODULE, None)
    _mcpbox.watch(None)
    _out.begin(0)


def run(kind, source, args, modules, secrets, result_max, output_max, entry, asks, talk):
    """One call.  Returns (frame type, flags, UTF-8 JSON, output dropped)."""
    if kind == CHECK:
        record = check.check(source, modules, entry, json.loads(args))
        return _mcpbox.RESULT, 0, encode.claim(record), 0
    _out.begin(output_max)
    names = call.injected(secrets, (asks, talk, _out.flush))
    kind, flags, data = _call(source, args, modules, names, result_max, entry)
    try:
        _out.flush()
    except MemoryError:
        pass
    return kind, flags, data, min(_out.dropped, 0xFFFFFFFF)


def _call(source, args, modules, names, result_max, entry):
    try:
        function = "complete" if entry == shape.COMPLETE else "main"
        value = call.run(source, args, names, modules, _enforce, function)
        flags, data = encode.result(shape.of(entry, value))
    except MemoryError as e:
        return _mcpbox.ERROR, _mcpbox.FLAG_MEMORY, call.describe(e, "")
    except BaseException as e:
        return _mcpbox.ERROR, 0, call.describe(e, source)
    if len(data) > result_max:
        return _mcpbox.ERROR, _mcpbox.FLAG_OUTPUT, encode.claim(
            {
                "type": "ResultTooLarge",
                "message": "main returned %d bytes of JSON; the limit is %d"
                % (len(data), result_max),
            }
        )
    return _mcpbox.RESULT, flags, data
