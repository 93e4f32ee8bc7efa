"""What was answered."""

import codecs
import datetime
import io
import json as json_
import re

from .http_codes import codes
from .http_cookies import Cookies
from .http_errors import HTTPStatusError, ResponseNotRead, StreamClosed, StreamConsumed
from .http_headers import Headers

_KINDS = {1: "Informational response", 3: "Redirect response", 4: "Client error", 5: "Server error"}
_REDIRECTS = (301, 302, 303, 307, 308)
_CHARSET = re.compile(r'charset\s*=\s*"?([^\s";]+)', re.I)
_LINK = re.compile(r"<([^>]*)>((?:[^,<\"]|\"[^\"]*\")*)")

# What other libraries call it.
_ELSEWHERE = {
    "ok": "is_success",
    "status": "status_code",
    "body": "content",
    "data": "json()",
    "reason": "reason_phrase",
    "iter_content": "aiter_bytes()",
    "ok_to_read": "is_closed",
}


def is_text_codec(name):
    try:
        return codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError, AttributeError):
        return False


class Chunks:
    """Cuts what comes into pieces of one size; None: as it comes."""

    def __init__(self, size, buffer):
        self._size = size
        self._buffer = buffer()

    def add(self, piece):
        if self._size is None:
            return [piece] if piece else []
        self._buffer.write(piece)
        whole = self._buffer.getvalue()
        full = len(whole) - len(whole) % self._size
        if full == 0:
            return []
        self._keep(whole[full:])
        return [whole[i : i + self._size] for i in range(0, full, self._size)]

    def rest(self):
        whole = self._buffer.getvalue()
        self._keep(whole[:0])
        return [whole] if whole else []

    def _keep(self, piece):
        self._buffer.seek(0)
        self._buffer.truncate()
        self._buffer.write(piece)


class Lines:
    """Lines out of pieces of text, as str.splitlines() knows them."""

    def __init__(self):
        self._parts = []
        self._return = False

    def add(self, text):
        if self._return:
            # It may have been half of "\r\n".
            text = "\r" + text
            self._return = False
        if text.endswith("\r"):
            self._return = True
            text = text[:-1]
        if not text:
            return []
        whole = text.endswith(("\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"))
        lines = text.splitlines()
        if len(lines) == 1 and not whole:
            self._parts.append(lines[0])
            return []
        if self._parts:
            lines[0] = "".join(self._parts) + lines[0]
            self._parts = []
        if not whole:
            self._parts = [lines.pop()]
        return lines

    def rest(self):
        if not self._parts and not self._return:
            return []
        line = "".join(self._parts)
        self._parts, self._return = [], False
        return [line]


class Response:
    """An answer.  `source` (of the client) gives the body piece by piece:
    `await source.piece()` is bytes, or None at the end."""

    def __init__(self, status_code, *, headers=None, http_version="HTTP/1.1",
                 request=None, source=None, content=None):
        self.status_code = status_code
        self.headers = Headers(headers)
        self.http_version = http_version
        self.default_encoding = "utf-8"
        self.history = []
        self.is_closed = source is None
        self.is_stream_consumed = source is None
        self.num_bytes_downloaded = 0
        self._request = request
        self._source = source
        self._elapsed = None
        self._encoding = None
        self._text = None
        self._cookies = None
        self._content = content if content is not None or source is not None else b""

    # --- about it ---

    @property
    def reason_phrase(self):
        return codes.get_reason_phrase(self.status_code)

    @property
    def request(self):
        if self._request is None:
            raise RuntimeError("this response does not belong to a request")
        return self._request

    @property
    def url(self):
        return self.request.url

    @property
    def elapsed(self):
        if self._elapsed is None:
            raise RuntimeError("elapsed is known when the response has been read or closed")
        return self._elapsed

    @property
    def cookies(self):
        if self._cookies is None:
            self._cookies = Cookies()
            self._cookies.extract(self.headers, self.url)
        return self._cookies

    @property
    def links(self):
        """The Link header, by rel."""
        out = {}
        for url, rest in _LINK.findall(self.headers.get("link", "")):
            link = {"url": url}
            for part in rest.split(";"):
                key, mark, value = part.partition("=")
                if mark:
                    link[key.strip(" '\"")] = value.strip(" '\"")
            out[link.get("rel") or url] = link
        return out

    @property
    def is_informational(self):
        return codes.is_informational(self.status_code)

    @property
    def is_success(self):
        return codes.is_success(self.status_code)

    @property
    def is_redirect(self):
        return codes.is_redirect(self.status_code)

    @property
    def is_client_error(self):
        return codes.is_client_error(self.status_code)

    @property
    def is_server_error(self):
        return codes.is_server_error(self.status_code)

    @property
    def is_error(self):
        return codes.is_error(self.status_code)

    @property
    def has_redirect_location(self):
        return self.status_code in _REDIRECTS and "location" in self.headers

    def raise_for_status(self):
        """The response itself when it is a success, else HTTPStatusError."""
        if self.is_success:
            return self
        kind = _KINDS.get(self.status_code // 100, "Invalid status code")
        text = "%s '%d %s' for url '%s'" % (
            kind, self.status_code, self.reason_phrase, self.url
        )
        if self.has_redirect_location:
            text += "\nRedirect location: '%s' (redirects are not followed)" % (
                self.headers["location"]
            )
        raise HTTPStatusError(text, request=self.request, response=self)

    # --- the whole body ---

    @property
    def content(self):
        if self._content is None:
            raise ResponseNotRead()
        return self._content

    @property
    def charset_encoding(self):
        match = _CHARSET.search(self.headers.get("content-type", ""))
        return match.group(1).lower() if match else None

    @property
    def encoding(self):
        if self._encoding is None:
            named = self.charset_encoding
            self._encoding = named if named and is_text_codec(named) else self.default_encoding
        return self._encoding

    @encoding.setter
    def encoding(self, value):
        if self._text is not None:
            raise ValueError("Setting encoding after `text` has been accessed is not allowed.")
        if not is_text_codec(value):
            raise LookupError("unknown encoding: %s" % value)
        self._encoding = value

    @property
    def text(self):
        if self._text is None:
            self._text = self.content.decode(self.encoding, "replace")
        return self._text

    def json(self, **kwargs):
        return json_.loads(self.content, **kwargs)

    def read(self):
        return self.content

    async def aread(self):
        if self._content is None:
            self._content = b"".join([piece async for piece in self.aiter_bytes()])
        return self._content

    def iter_bytes(self, chunk_size=None):
        size = chunk_size or max(len(self.content), 1)
        for at in range(0, len(self.content), size):
            yield self.content[at : at + size]

    def iter_text(self, chunk_size=None):
        size = chunk_size or max(len(self.text), 1)
        for at in range(0, len(self.text), size):
            yield self.text[at : at + size]

    def iter_lines(self):
        lines = Lines()
        yield from lines.add(self.text)
        yield from lines.rest()

    # --- the body as it comes ---

    async def aiter_raw(self, chunk_size=None):
        """Pieces of the body.  It is decompressed already."""
        if self.is_stream_consumed:
            raise StreamConsumed()
        if self.is_closed:
            raise StreamClosed()
        self.is_stream_consumed = True
        chunks = Chunks(chunk_size, io.BytesIO)
        while (piece := await self._source.piece()) is not None:
            self.num_bytes_downloaded += len(piece)
            for chunk in chunks.add(piece):
                yield chunk
        for chunk in chunks.rest():
            yield chunk
        await self.aclose()

    async def aiter_bytes(self, chunk_size=None):
        if self._content is not None:
            for chunk in self.iter_bytes(chunk_size):
                yield chunk
            return
        async for chunk in self.aiter_raw(chunk_size):
            yield chunk

    async def aiter_text(self, chunk_size=None):
        decode = codecs.getincrementaldecoder(self.encoding)("replace").decode
        chunks = Chunks(chunk_size, io.StringIO)
        async for piece in self.aiter_bytes():
            for chunk in chunks.add(decode(piece)):
                yield chunk
        for chunk in chunks.add(decode(b"", True)) + chunks.rest():
            yield chunk

    async def aiter_lines(self):
        lines = Lines()
        async for text in self.aiter_text():
            for line in lines.add(text):
                yield line
        for line in lines.rest():
            yield line

    async def aclose(self):
        if not self.is_closed:
            self.is_closed = True
            self._source.close()
        if self._elapsed is None and self._source is not None:
            self._elapsed = datetime.timedelta(microseconds=self._source.elapsed_us())

    def __getattr__(self, name):
        text = "a response has no attribute %r" % name
        if name in _ELSEWHERE:
            text += "; it is called %s" % _ELSEWHERE[name]
        raise AttributeError(text)

    def __repr__(self):
        return "<Response [%d %s]>" % (self.status_code, self.reason_phrase)
