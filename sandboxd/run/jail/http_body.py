"""The body of a request: content, form data, files or JSON, as bytes."""

import collections.abc
import io
import json as json_
import os
import re
import urllib.parse

from .http_url import primitive

# By extension; anything else is application/octet-stream.
TYPES = {
    "bin": "application/octet-stream", "css": "text/css", "csv": "text/csv",
    "doc": "application/msword", "gif": "image/gif", "gz": "application/gzip",
    "htm": "text/html", "html": "text/html", "ico": "image/vnd.microsoft.icon",
    "jpeg": "image/jpeg", "jpg": "image/jpeg", "js": "text/javascript",
    "json": "application/json", "md": "text/markdown", "mp3": "audio/mpeg",
    "mp4": "video/mp4", "pdf": "application/pdf", "png": "image/png",
    "ppt": "application/vnd.ms-powerpoint", "py": "text/x-python",
    "svg": "image/svg+xml", "tar": "application/x-tar", "tif": "image/tiff",
    "tiff": "image/tiff", "tsv": "text/tab-separated-values", "txt": "text/plain",
    "wav": "audio/x-wav", "webm": "video/webm", "webp": "image/webp",
    "xls": "application/vnd.ms-excel", "xml": "text/xml", "zip": "application/zip",
}

_dump = json_.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode

_ESCAPES = {c: "%%%02X" % c for c in range(0x20) if c != 0x1B}
_ESCAPES.update({ord('"'): "%22", ord("\\"): "\\\\"})


def _utf8(value):
    return value.encode("utf-8") if isinstance(value, str) else bytes(value)


def _content(value):
    """bytes, or the asynchronous iterable itself."""
    if isinstance(value, (str, bytes, bytearray, memoryview)):
        return _utf8(value)
    if isinstance(value, collections.abc.AsyncIterable):
        return value
    if hasattr(value, "read"):
        return _utf8(value.read())
    if isinstance(value, collections.abc.Iterable) and not isinstance(value, dict):
        return b"".join(map(_utf8, value))
    raise TypeError("content must be str, bytes or an iterable of them, not %s" % type(value).__name__)


def _fields(data):
    items = data.items() if isinstance(data, collections.abc.Mapping) else data
    for key, value in items:
        for one in value if isinstance(value, (list, tuple)) else (value,):
            yield key, one


def _form(data):
    pairs = [(key, primitive(value)) for key, value in _fields(data)]
    return urllib.parse.urlencode(pairs).encode("ascii")


# --- multipart ----------------------------------------------------------------


def _parameter(name, value):
    return '%s="%s"' % (name, value.translate(_ESCAPES))


def _part(disposition, headers, body):
    head = "Content-Disposition: form-data; " + "; ".join(disposition)
    for name, value in headers.items():
        head += "\r\n%s: %s" % (name, value)
    return head.encode("utf-8") + b"\r\n\r\n" + body


def _data_part(name, value):
    if not isinstance(name, str):
        raise TypeError("the name of a form field must be str, not %s" % type(name).__name__)
    if value is not None and not isinstance(value, (str, bytes, int, float)):
        raise TypeError("a form field must be str, bytes or a number, not %s" % type(value).__name__)
    body = value if isinstance(value, bytes) else primitive(value).encode("utf-8")
    return _part([_parameter("name", name)], {}, body)


def _file_body(file):
    if isinstance(file, io.TextIOBase):
        raise TypeError("a file to send must hold bytes: io.BytesIO, not io.StringIO")
    if hasattr(file, "read"):
        if hasattr(file, "seek"):
            file.seek(0)
        file = file.read()
    return _utf8(file)


def _file_part(name, value):
    kind, headers = None, {}
    if isinstance(value, tuple):
        filename, file, *rest = value
        if rest:
            kind = rest[0]
        if len(rest) > 1:
            headers = dict(rest[1])
    else:
        filename = str(getattr(value, "name", "upload")).rpartition("/")[2]
        file = value
    if kind is None and filename:
        kind = TYPES.get(filename.rpartition(".")[2].lower(), TYPES["bin"])
    if kind is not None and not any(key.lower() == "content-type" for key in headers):
        headers["Content-Type"] = kind
    disposition = [_parameter("name", name)]
    if filename:
        disposition.append(_parameter("filename", filename))
    return _part(disposition, headers, _file_body(file))


def _boundary(content_type):
    match = re.search(r'boundary="?([^";]+)', content_type or "", re.I)
    return match.group(1) if match else os.urandom(16).hex()


def _multipart(data, files, boundary):
    items = files.items() if isinstance(files, collections.abc.Mapping) else files
    parts = [_data_part(*field) for field in _fields(data or {})]
    parts += [_file_part(*field) for field in items]
    line = b"--" + boundary.encode("ascii")
    return b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def encode(content, data, files, json, content_type):
    """(body or None, Content-Type or None); content_type is the tool's own."""
    if data is not None and isinstance(data, (str, bytes, bytearray)):
        content, data = data, None
    if content is not None:
        return _content(content), None
    if files:
        boundary = _boundary(content_type)
        return _multipart(data, files, boundary), "multipart/form-data; boundary=" + boundary
    if data:
        return _form(data), "application/x-www-form-urlencoded"
    if json is not None:
        return _dump(json).encode("utf-8"), "application/json"
    return None, None
