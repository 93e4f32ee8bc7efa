"""Content that a tool makes itself: texts, pictures, sound, resources.

A tool that returns a block, or a list with blocks and strings, or
mcp.result(...), says how its answer looks to the client.  It travels with a
flag of its own (lib/box.h), so no plain value can be taken for it.
"""

import base64
import binascii

# How the usual formats begin.
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"<svg", "image/svg+xml"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
AUDIENCES = ("user", "assistant")


class Block:
    """One content block, made by mcp.text(), mcp.image() and the like."""

    __slots__ = ("block",)

    def __init__(self, block):
        self.block = block

    def __repr__(self):
        return "<mcp content: %s>" % self.block["type"]


class Result:
    """What mcp.result() makes."""

    __slots__ = ("content", "structured", "has_structured", "is_error")

    def __init__(self, content, structured, has_structured, is_error):
        self.content = content
        self.structured = structured
        self.has_structured = has_structured
        self.is_error = is_error

    def __repr__(self):
        return "<mcp result: %d blocks%s>" % (
            len(self.content), ", an error" if self.is_error else ""
        )


def _str(name, value):
    if not isinstance(value, str):
        raise TypeError("%s must be str, not %s" % (name, type(value).__name__))
    return value


def _sniff(data):
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    for magic, mime in _MAGIC:
        if data.startswith(magic):
            return mime
    return None


def _base64(name, data):
    """(text, first bytes) of bytes, or of base64 text."""
    if isinstance(data, (bytes, bytearray, memoryview)):
        raw = bytes(data)
        return base64.b64encode(raw).decode("ascii"), raw[:16]
    _str(name, data)
    try:
        return data, base64.b64decode(data, validate=True)[:16]
    except (ValueError, binascii.Error):
        raise ValueError("%s is str, but not base64; pass bytes" % name) from None


def _annotated(block, audience, priority):
    notes = {}
    if audience is not None:
        who = [audience] if isinstance(audience, str) else list(audience)
        if not who or any(one not in AUDIENCES for one in who):
            raise ValueError("audience is 'user', 'assistant' or a list of them")
        notes["audience"] = who
    if priority is not None:
        if isinstance(priority, bool) or not isinstance(priority, (int, float)):
            raise TypeError("priority must be a number")
        if not 0 <= priority <= 1:
            raise ValueError("priority must be between 0 and 1")
        notes["priority"] = priority
    if notes:
        block["annotations"] = notes
    return Block(block)


def text(text, *, audience=None, priority=None):
    """A text block."""
    return _annotated({"type": "text", "text": _str("text", text)}, audience, priority)


def _media(kind, data, mime, audience, priority):
    data, start = _base64("data", data)
    if not start:
        raise ValueError("data is empty")
    mime = _sniff(start) if mime is None else _str("mime", mime)
    if mime is None:
        raise ValueError("the kind of this %s is not known; pass mime='%s/...'" % (kind, kind))
    if not mime.startswith(kind + "/"):
        raise ValueError("%s is no %s" % (mime, kind))
    return _annotated({"type": kind, "data": data, "mimeType": mime}, audience, priority)


def image(data, mime=None, *, audience=None, priority=None):
    """A picture: bytes (or their base64), and what it is."""
    return _media("image", data, mime, audience, priority)


def audio(data, mime=None, *, audience=None, priority=None):
    """Sound: bytes (or their base64), and what it is."""
    return _media("audio", data, mime, audience, priority)


def _uri(uri):
    if ":" not in _str("uri", uri).strip() or uri != uri.strip():
        raise ValueError("uri must be absolute, such as https://... or file:///...")
    return uri


def resource_link(uri, name=None, *, title=None, description=None, mime=None, size=None,
                  audience=None, priority=None):
    """A link to a resource; name is the last part of the URI unless given."""
    block = {"type": "resource_link", "uri": _uri(uri)}
    block["name"] = _str("name", name) if name is not None else (
        uri.rstrip("/").rpartition("/")[2] or uri
    )
    for key, value in (("title", title), ("description", description), ("mimeType", mime)):
        if value is not None:
            block[key] = _str(key, value)
    if size is not None:
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            raise TypeError("size is a number of bytes")
        block["size"] = size
    return _annotated(block, audience, priority)


def resource(uri, text=None, *, blob=None, mime=None, audience=None, priority=None):
    """A resource with its contents: text, or blob (bytes or their base64)."""
    if (text is None) == (blob is None):
        raise ValueError("a resource has either text or blob")
    inner = {"uri": _uri(uri)}
    if mime is not None:
        inner["mimeType"] = _str("mime", mime)
    if text is not None:
        inner["text"] = _str("text", text)
    else:
        inner["blob"] = _base64("blob", blob)[0]
    return _annotated({"type": "resource", "resource": inner}, audience, priority)


_NOTHING = object()


def result(content=None, *, structured=_NOTHING, is_error=False):
    """Blocks and strings for people and models, a value for programs, and
    whether it is an error."""
    if content is None:
        content = []
    elif isinstance(content, (Block, str)):
        content = [content]
    blocks = list(content)
    for one in blocks:
        if not isinstance(one, (Block, str)):
            raise TypeError(
                "content holds blocks (mcp.text(), mcp.image(), ...) and str, not %s"
                % type(one).__name__
            )
    return Result(
        blocks, None if structured is _NOTHING else structured,
        structured is not _NOTHING, bool(is_error),
    )


class Misplaced(Exception):
    """A block inside a value that is not content as a whole."""


def of(value):
    """The RESULT of a value that has blocks: JSON still to be encoded."""
    if isinstance(value, Block):
        value = Result([value], None, False, False)
    elif isinstance(value, (list, tuple)):
        if not all(isinstance(one, (Block, str)) for one in value):
            raise Misplaced
        value = Result(list(value), None, False, False)
    elif not isinstance(value, Result):
        raise Misplaced
    blocks = [
        one.block if isinstance(one, Block) else {"type": "text", "text": one}
        for one in value.content
    ]
    record = {"content": blocks}
    if value.has_structured:
        record["structuredContent"] = value.structured
    if value.is_error:
        record["isError"] = True
    return record
