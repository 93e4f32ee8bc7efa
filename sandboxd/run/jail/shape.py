"""What a resource, a prompt or a completion returned, as MCP has it.

of(entry, value) leaves what a tool's main returned as it is; of the others it
makes an object:

  resource, template   {"contents": [{text | blob, uri?, mimeType?, _meta?}]}
  prompt               {"messages": [{role, content}], "description"?}
  completion           {"values": [...], "total"?, "hasMore"?}
"""

import base64
import binascii

from .content import Block
from .encode import ResultError

TOOL, RESOURCE, TEMPLATE, PROMPT, COMPLETE = range(5)  # enum box_entry
VALUES = 100  # of one completion, which is MCP's limit
ROLES = ("user", "assistant")

_BYTES = (bytes, bytearray, memoryview)
_PARTS = {"text", "blob", "uri", "mimeType", "_meta"}


def of(entry, value):
    shape = _SHAPES.get(entry)
    return value if shape is None else shape(value)


# --- resources ----------------------------------------------------------------


def _blob(data):
    if isinstance(data, _BYTES):
        return base64.b64encode(bytes(data)).decode("ascii")
    try:
        base64.b64decode(data, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise ResultError("a blob is bytes, or their base64") from None
    return data


def _dict(one):
    odd = [k for k in one if k not in _PARTS]
    if odd or ("text" in one) == ("blob" in one):
        raise ResultError(
            "main of a resource returned a dict that is no content; return "
            '{"text": ...} or {"blob": ...}, with uri and mimeType if they differ '
            "from the resource's, or json.dumps(value) for JSON"
        )
    one = dict(one)
    if "blob" in one:
        one["blob"] = _blob(one["blob"])
    elif not isinstance(one["text"], str):
        raise ResultError("the text of a resource must be str")
    return one


def _block(block):
    kind = block["type"]
    if kind == "resource":
        return dict(block["resource"])
    if kind == "text":
        return {"text": block["text"]}
    if kind in ("image", "audio"):
        return {"blob": block["data"], "mimeType": block["mimeType"]}
    raise ResultError("a link is no content of a resource")


def _content(one):
    if isinstance(one, str):
        return {"text": one}
    if isinstance(one, _BYTES):
        return {"blob": _blob(one)}
    if isinstance(one, Block):
        return _block(one.block)
    if isinstance(one, dict):
        return _dict(one)
    raise ResultError(
        "main of a resource returned %s; return str, bytes, content such as "
        "mcp.resource(...), or a list of them" % type(one).__name__
    )


def _contents(value):
    many = value if isinstance(value, (list, tuple)) else [value]
    if not many:
        raise ResultError("main of a resource returned an empty list: there is nothing to read")
    return {"contents": [_content(one) for one in many]}


# --- prompts --------------------------------------------------------------------


def _blocks(value):
    if isinstance(value, str):
        return [{"type": "text", "text": value}]
    if isinstance(value, Block):
        return [value.block]
    if isinstance(value, dict) and isinstance(value.get("type"), str):
        return [value]
    if isinstance(value, (list, tuple)):
        return [block for one in value for block in _blocks_flat(one)]
    raise ResultError(
        "the content of a message is str, a block such as mcp.image(...), or a "
        "list of them, not %s" % type(value).__name__
    )


def _blocks_flat(one):
    if isinstance(one, (list, tuple)):
        raise ResultError("the content of a message is a list inside a list")
    return _blocks(one)


def _message(one):
    if isinstance(one, (str, Block)):
        one = {"role": "user", "content": one}
    if not isinstance(one, dict) or set(one) != {"role", "content"}:
        raise ResultError(
            "main of a prompt returned what is no message; return str, "
            '{"role": "user", "content": ...}, or a list of them'
        )
    if one["role"] not in ROLES:
        raise ResultError("the role of a message is 'user' or 'assistant'")
    return [{"role": one["role"], "content": b} for b in _blocks(one["content"])]


def _messages(value):
    record = {}
    if isinstance(value, dict) and "messages" in value:
        text = value.get("description")
        if text is not None:
            if not isinstance(text, str):
                raise ResultError("the description of a prompt is str")
            record["description"] = text
        value = value["messages"]
    if not isinstance(value, (list, tuple)):
        value = [value]
    record["messages"] = [m for one in value for m in _message(one)]
    if not record["messages"]:
        raise ResultError("main of a prompt returned no message")
    return record


# --- completion -----------------------------------------------------------------


def _completion(value):
    record = {}
    if isinstance(value, dict):
        record = {k: value[k] for k in ("total", "hasMore") if value.get(k) is not None}
        value = value.get("values")
    values = [] if value is None else value
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise ResultError("complete returns a list of str")
    values = list(values)
    if any(not isinstance(one, str) for one in values):
        raise ResultError("complete returns a list of str")
    if len(values) > VALUES:
        record.setdefault("total", len(values))
        record["hasMore"] = True
    record["values"] = values[:VALUES]
    return record


_SHAPES = {
    RESOURCE: _contents,
    TEMPLATE: _contents,
    PROMPT: _messages,
    COMPLETE: _completion,
}
