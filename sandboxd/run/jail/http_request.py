"""What is asked: request, time limits, credentials."""

import base64

from . import http_body
from .http_cookies import Cookies
from .http_errors import RequestNotRead
from .http_headers import Headers
from .http_url import URL, QueryParams

_UNSET = object()


class Timeout:
    """Seconds for the parts of a request; None is no limit of its own.

    connect covers looking the name up, connecting and TLS; read is the
    longest wait for the next piece of the answer, write that for the next
    piece of the body to be taken, and pool that for the request's turn among
    others of the call.
    """

    __slots__ = ("connect", "read", "write", "pool")

    def __init__(self, timeout=_UNSET, *, connect=_UNSET, read=_UNSET, write=_UNSET, pool=_UNSET):
        parts = (connect, read, write, pool)
        if isinstance(timeout, Timeout):
            base = (timeout.connect, timeout.read, timeout.write, timeout.pool)
        elif isinstance(timeout, tuple):
            base = (timeout + (None,) * 4)[:4]
        elif timeout is not _UNSET:
            base = (timeout,) * 4
        elif _UNSET not in parts:
            base = parts
        else:
            raise ValueError(
                "Timeout must either include a default, or set all four parameters explicitly."
            )
        for name, own, general in zip(self.__slots__, parts, base):
            value = general if own is _UNSET else own
            if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
                raise TypeError("a timeout is a number of seconds or None, not %s" % type(value).__name__)
            setattr(self, name, value)

    def as_dict(self):
        return {name: getattr(self, name) for name in self.__slots__}

    def __eq__(self, other):
        return isinstance(other, Timeout) and self.as_dict() == other.as_dict()

    __hash__ = None

    def __repr__(self):
        values = list(self.as_dict().values())
        if len(set(values)) == 1:
            return "Timeout(timeout=%s)" % values[0]
        return "Timeout(%s)" % ", ".join("%s=%s" % i for i in self.as_dict().items())


class BasicAuth:
    """User name and password, as HTTP Basic."""

    __slots__ = ("_header",)

    def __init__(self, username, password):
        pair = b":".join(
            p.encode("utf-8") if isinstance(p, str) else p for p in (username, password)
        )
        self._header = "Basic " + base64.b64encode(pair).decode("ascii")

    def apply(self, request):
        request.headers["Authorization"] = self._header

    def __repr__(self):
        return "<BasicAuth>"


def credentials(auth):
    """None, or a BasicAuth."""
    if auth is None or isinstance(auth, BasicAuth):
        return auth
    if isinstance(auth, (tuple, list)) and len(auth) == 2:
        return BasicAuth(*auth)
    raise TypeError(
        "auth must be (username, password) or http.BasicAuth(...); set any "
        "other scheme as a header: headers={'Authorization': ...}"
    )


class Request:
    """A request as it will be sent."""

    def __init__(self, method, url, *, params=None, headers=None, cookies=None,
                 content=None, data=None, files=None, json=None):
        self.method = method.upper()
        self.url = URL(url) if params is None else URL(url, params=QueryParams(params))
        self.headers = Headers(headers)
        if cookies:
            value = Cookies(cookies).header(self.url)
            if value:
                self.headers["Cookie"] = value
        body, kind = http_body.encode(content, data, files, json, self.headers.get("content-type"))
        self.stream = None
        self._content = b"" if body is None else body
        self.has_body = body is not None
        if not isinstance(self._content, bytes):
            self.stream, self._content = self._content, None
        self._complete(kind)

    def _complete(self, kind):
        if kind is not None:
            self.headers.setdefault("Content-Type", kind)
        size = None
        if self._content:
            size = len(self._content)
        elif self.stream is None and self.method in ("POST", "PUT", "PATCH"):
            size = 0
        if size is not None:
            self.headers.setdefault("Content-Length", str(size))
        if self.url.host and "host" not in self.headers:
            self.headers.raw.insert(0, (b"Host", self.url.netloc))

    @property
    def content(self):
        if self._content is None:
            raise RequestNotRead()
        return self._content

    def read(self):
        return self.content

    async def aread(self):
        if self._content is None:
            parts = []
            async for part in self.stream:
                parts.append(part.encode("utf-8") if isinstance(part, str) else part)
            self._content = b"".join(parts)
        return self._content

    def __repr__(self):
        return "<Request(%r, %r)>" % (self.method, str(self.url))


# Said by the tool, known anyway, and refused if they said something else.
def _known(request, name, value):
    if name == b"host":
        return value == request.url.netloc
    if name == b"content-length":
        return value == str(len(request.content)).encode("ascii")
    return name == b"connection" and value.lower() in (b"keep-alive", b"close")


def wire_headers(request):
    """What goes out; the rest is added outside."""
    return [
        (name, value)
        for name, value in request.headers.raw
        if not _known(request, name.lower(), value)
    ]
