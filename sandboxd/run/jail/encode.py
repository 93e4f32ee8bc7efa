"""What main returned, as JSON.

Beyond JSON's own types: dataclasses and mappings become objects, sets and
other iterables of the standard library arrays (sets sorted where they can
be), datetime, date and time ISO 8601 text, Decimal, UUID, Fraction and IP
addresses text, Enum members their value, timedelta its seconds.  bytes, NaN
and infinities are refused: the author must say how they are meant.  Content
blocks (content.py) are another kind of answer, with a flag.
"""

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import ipaddress
import json
import re
import types
import uuid

import _mcpbox

from . import content
from .http_response import Response
from .http_url import URL

_TEXT = (
    decimal.Decimal,
    fractions.Fraction,
    uuid.UUID,
    ipaddress.IPv4Address,
    ipaddress.IPv6Address,
    ipaddress.IPv4Network,
    ipaddress.IPv6Network,
    URL,
)
_CONTENT = (content.Block, content.Result)


# What may be JSON that most readers refuse, ours among them: a NUL in a text,
# an integer beyond 64 bits.  Rare, so that only then the value is looked at.
_SUSPECT = re.compile(rb"\\u0000|[0-9]{19}").search
_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1


class ResultError(Exception):
    """main returned something that is not JSON."""


class _IsContent(Exception):
    """Found while a value was encoded."""


def _sorted(items):
    try:
        return sorted(items)
    except TypeError:
        return list(items)


def _default(value):
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, _TEXT):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return _sorted(value)
    if isinstance(value, (collections.deque, range)):
        return list(value)
    if isinstance(value, types.SimpleNamespace):
        return dict(vars(value))
    if isinstance(value, collections.abc.Mapping):
        return dict(value)
    if isinstance(value, (collections.abc.KeysView, collections.abc.ValuesView)):
        return list(value)
    if isinstance(value, _CONTENT):
        raise _IsContent
    raise ResultError(_advice(value))


def _advice(value):
    kind = type(value).__name__
    if isinstance(value, (bytes, bytearray, memoryview)):
        return (
            "main returned %s, which JSON does not have; return "
            "value.decode() for text or base64.b64encode(value).decode() "
            "for binary data" % kind
        )
    if isinstance(value, Response):
        return "main returned an HTTP response; return response.json() or response.text"
    if isinstance(value, types.CoroutineType):
        return "main returned a coroutine: an `await` is missing"
    if isinstance(value, (types.GeneratorType, types.AsyncGeneratorType)):
        return "main returned a generator; return list(...) of it"
    return (
        "main returned a value of type %s, which cannot become JSON; return "
        "numbers, strings, booleans, None, lists, dicts or dataclasses" % kind
    )


_compact = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_default
).encode


def result(value):
    """(flags, UTF-8 JSON) of what main returned; ResultError says what is
    wrong."""
    try:
        return 0, _json(value)
    except _IsContent:
        return _mcpbox.FLAG_CONTENT, _content(value)


def _content(value):
    try:
        return _json(content.of(value))
    except (content.Misplaced, _IsContent):
        raise ResultError(
            "main returned content inside another value; return the block "
            "itself, a list of blocks and strings, or "
            "mcp.result([blocks], structured=value)"
        ) from None


def _json(value):
    try:
        data = _compact(value).encode("utf-8", "replace")
        if _SUSPECT(data):
            _look(json.loads(data))
        return data
    except (ResultError, _IsContent):
        raise
    except RecursionError:
        raise ResultError("main returned a value nested too deeply") from None
    except (TypeError, ValueError, OverflowError) as e:
        raise ResultError(_explain(e)) from None


def _look(value):
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            todo.extend(one)
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)
        elif isinstance(one, str):
            if "\0" in one:
                raise ResultError(
                    "main returned text with a NUL character, which JSON "
                    "readers refuse; remove it, or return "
                    "base64.b64encode(...).decode() for binary data"
                )
        elif isinstance(one, int) and not _INT_MIN <= one <= _INT_MAX:
            raise ResultError(
                "main returned an integer of more than 64 bits, which JSON "
                "readers cannot hold; return str(n) or float(n)"
            )


def _explain(e):
    text = str(e)
    if "Out of range float" in text:
        return "main returned NaN or an infinity, which JSON does not have"
    if "Circular" in text:
        return "main returned a value that contains itself"
    if "keys must be" in text:
        return (
            "main returned a dict whose keys are not strings or numbers: " + text
        )
    return "main returned a value that cannot become JSON: " + text[:300]


_strict = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode

_plain = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=str
).encode


def strict(value):
    """UTF-8 JSON of what a tool gave us to send; TypeError or ValueError says
    what is wrong with it."""
    return _strict(value).encode("utf-8", "replace")


def claim(value):
    """UTF-8 JSON of our own records (errors, progress, logs)."""
    return _plain(value).encode("utf-8", "replace")
