"""The HTTP client of tools: httpx's asynchronous one, without its surprises.

Redirects are not followed, nothing of the environment counts, certificates
are always checked.  There is no socket here: a request goes out as a frame,
and whether it is granted is decided outside.
"""

import asyncio
import datetime

import _mcpbox

from .http_cookies import Cookies
from .http_errors import (
    InvalidURL, LocalProtocolError, PoolTimeout, ResponseTooLarge, UnsupportedProtocol, of_end,
)
from .http_headers import Headers
from .http_line import UNDER_WAY, line, milliseconds
from .http_request import BasicAuth, Request, Timeout, credentials, wire_headers
from .http_response import Response
from .http_url import URL, QueryParams

BODY_MAX = 10 * 1024 * 1024  # of an answer that is not streamed

USE_CLIENT_DEFAULT = type("UseClientDefault", (), {"__repr__": lambda self: "<the client's>"})()

_OFF = {
    "verify": (True, "certificates are always checked"),
    "cert": (None, "client certificates are not supported"),
    "proxy": (None, "there is no proxy to choose"),
    "proxies": (None, "there is no proxy to choose"),
    "mounts": (None, "there is one way out"),
    "transport": (None, "there is one way out"),
    "event_hooks": (None, "hooks are not supported"),
}
_IGNORED = frozenset(("http1", "http2", "limits", "trust_env", "max_redirects", "extensions"))


def _check_options(options, where):
    for name, value in options.items():
        if name in _IGNORED:
            continue
        if name not in _OFF:
            raise TypeError("%s got an unexpected keyword argument %r" % (where, name))
        if value is not _OFF[name][0] and value:
            raise ValueError("%s=%r: %s" % (name, value, _OFF[name][1]))
        if name == "verify" and not value:
            raise ValueError("verify=%r: %s" % (value, _OFF[name][1]))


_PARTS = "params headers cookies content data files json timeout".split()


def _check_parts(parts):
    for name in parts:
        if name not in _PARTS:
            raise TypeError(
                "a request got an unexpected keyword argument %r; there are: %s auth "
                "follow_redirects" % (name, " ".join(_PARTS))
            )


def _no_redirects(follow):
    if follow is not USE_CLIENT_DEFAULT and follow:
        raise ValueError(
            "follow_redirects=True: redirects are off for tools; look at "
            "response.headers['location'] and ask there, where the host may "
            "need a grant of its own"
        )


def _timeout(value):
    """A Timeout, or None for the administrator's."""
    return None if value is USE_CLIENT_DEFAULT else Timeout(value)


def _times(timeout):
    """(whole, connect, read, write, pool) in milliseconds, all of them kept
    outside; 0 is the administrator's, or none."""
    if timeout is None:
        return (0,) * 5
    most = _mcpbox.TIMEOUT_MAX

    def one(seconds, none):
        return none if seconds is None else min(max(milliseconds(seconds), 1), most)

    return (most, one(timeout.connect, most), one(timeout.read, 0),
            one(timeout.write, 0), one(timeout.pool, 0))


class Source:
    """The body of an answer, read from the line."""

    def __init__(self, exchange, request):
        self._exchange = exchange
        self._request = request
        self._elapsed = 0

    async def _frame(self):
        try:
            return await self._exchange.next()
        except (asyncio.CancelledError, GeneratorExit):
            self.close()
            raise

    async def head(self):
        """(status, version, headers)"""
        frame = await self._frame()
        if frame[0] == _mcpbox.FETCH_HEAD:
            return frame[2:]
        _, _, end, _, _, message = frame
        raise of_end(end, message, self._request)

    async def piece(self):
        """Bytes, or None at the end."""
        frame = await self._frame()
        if frame[0] == _mcpbox.FETCH_DATA:
            return frame[2]
        _, _, end, _, self._elapsed, message = frame
        if end != "ok":
            raise of_end(end, message, self._request)
        return None

    def elapsed_us(self):
        return self._elapsed

    def close(self):
        self._exchange.close()


def _address(request):
    """The text that goes out: no credentials, no fragment."""
    url = request.url
    if url.scheme not in ("http", "https"):
        if url.scheme and url.host:
            raise UnsupportedProtocol(
                "Request URL has an unsupported protocol '%s://'." % url.scheme, request=request
            )
        raise UnsupportedProtocol(
            "Request URL is missing an 'http://' or 'https://' protocol.", request=request
        )
    if not url.host:
        raise UnsupportedProtocol(
            "Request URL is missing an 'http://' or 'https://' protocol.", request=request
        )
    text = url.text(userinfo=False, fragment=False).encode("utf-8")
    if len(text) > _mcpbox.URL_MAX:
        raise InvalidURL("a URL that is fetched has at most %d bytes" % _mcpbox.URL_MAX)
    return text


async def _exchange(request, timeout, stream):
    pool = None if timeout is None else timeout.pool
    address = _address(request)
    body = await request.aread()
    if len(body) > _mcpbox.BODY_MAX:
        raise LocalProtocolError(
            "the request has a body of %d bytes; at most %d are sent"
            % (len(body), _mcpbox.BODY_MAX),
            request=request,
        )
    try:
        exchange = await line.begin(
            request.method.encode("utf-8"), address, wire_headers(request),
            body if request.has_body else None, _times(timeout), pool,
        )
    except TimeoutError:
        raise PoolTimeout(
            "%d other requests were under way for %g seconds" % (UNDER_WAY, pool),
            request=request,
        ) from None
    except ValueError as e:
        raise LocalProtocolError(str(e), request=request) from None
    source = Source(exchange, request)
    status, version, headers = await source.head()
    response = Response(
        status, headers=headers, http_version=version, request=request, source=source
    )
    if not stream:
        await _read(response, source)
    return response


async def _read(response, source):
    """The whole body, as much as is kept in memory."""
    pieces, size = [], 0
    while (piece := await source.piece()) is not None:
        pieces.append(piece)
        size += len(piece)
        if size > BODY_MAX:
            source.close()
            raise ResponseTooLarge(
                "the answer of %s has more than %d bytes; read it piece by "
                "piece with `async with http.stream(...)`"
                % (response.url, BODY_MAX),
                request=response.request,
            )
    response._content = b"".join(pieces)
    response.num_bytes_downloaded = size
    response.is_stream_consumed = True
    response.is_closed = True
    response._elapsed = datetime.timedelta(microseconds=source.elapsed_us())


class Stream:
    """`async with client.stream(...) as response`"""

    __slots__ = ("_client", "_request", "_options", "_response")

    def __init__(self, client, request, options):
        self._client = client
        self._request = request
        self._options = options
        self._response = None

    async def __aenter__(self):
        self._response = await self._client.send(
            self._request, stream=True, **self._options
        )
        return self._response

    async def __aexit__(self, *exc):
        await self._response.aclose()


class AsyncClient:
    """Requests with things in common: headers, cookies, a base URL."""

    def __init__(self, *, auth=None, params=None, headers=None, cookies=None,
                 timeout=USE_CLIENT_DEFAULT, follow_redirects=False, base_url="",
                 default_encoding="utf-8", **options):
        _check_options(options, "AsyncClient()")
        _no_redirects(follow_redirects)
        self._auth = credentials(auth)
        self.params = QueryParams(params)
        self.headers = Headers(headers)
        self.cookies = Cookies(cookies)
        self._timeout = _timeout(timeout)
        self._base_url = self._base(base_url)
        self._default_encoding = default_encoding
        self.is_closed = False

    @staticmethod
    def _base(url):
        url = URL(url)
        if url.raw_path.endswith(b"/"):
            return url
        return url.copy_with(raw_path=url.raw_path + b"/")

    @property
    def base_url(self):
        return self._base_url

    @base_url.setter
    def base_url(self, url):
        self._base_url = self._base(url)

    @property
    def auth(self):
        return self._auth

    @auth.setter
    def auth(self, auth):
        self._auth = credentials(auth)

    @property
    def timeout(self):
        return self._timeout

    @timeout.setter
    def timeout(self, timeout):
        self._timeout = Timeout(timeout)

    # --- building ---

    def _merge_url(self, url):
        url = URL(url)
        if url.is_absolute_url or url.scheme or not self._base_url.host:
            return url
        path = self._base_url.raw_path + url.raw_path.lstrip(b"/")
        return self._base_url.copy_with(raw_path=path)

    def build_request(self, method, url, *, params=None, headers=None, cookies=None,
                      content=None, data=None, files=None, json=None, timeout=USE_CLIENT_DEFAULT):
        merged = Headers(self.headers)
        merged.update(headers)
        if params or self.params:
            params = self.params.merge(QueryParams(params))
        jar = Cookies(self.cookies)
        jar.update(cookies)
        request = Request(
            method, self._merge_url(url), params=params, headers=merged, cookies=jar,
            content=content, data=data, files=files, json=json,
        )
        if timeout is not USE_CLIENT_DEFAULT:
            request.timeout = Timeout(timeout)
        return request

    def _authorise(self, request, auth):
        auth = self._auth if auth is USE_CLIENT_DEFAULT else credentials(auth)
        if auth is None and (request.url.username or request.url.password):
            auth = BasicAuth(request.url.username, request.url.password)
        if auth is not None:
            auth.apply(request)

    # --- sending ---

    async def send(self, request, *, stream=False, auth=USE_CLIENT_DEFAULT,
                   follow_redirects=USE_CLIENT_DEFAULT):
        if self.is_closed:
            raise RuntimeError("Cannot send a request, as the client has been closed.")
        _no_redirects(follow_redirects)
        self._authorise(request, auth)
        timeout = getattr(request, "timeout", self._timeout)
        response = await _exchange(request, timeout, stream)
        response.default_encoding = self._default_encoding
        self.cookies.extract(response.headers, request.url)
        return response

    async def request(self, method, url, *, auth=USE_CLIENT_DEFAULT,
                      follow_redirects=USE_CLIENT_DEFAULT, extensions=None, **parts):
        _check_parts(parts)
        request = self.build_request(method, url, **parts)
        return await self.send(request, auth=auth, follow_redirects=follow_redirects)

    def stream(self, method, url, *, auth=USE_CLIENT_DEFAULT,
               follow_redirects=USE_CLIENT_DEFAULT, extensions=None, **parts):
        _check_parts(parts)
        request = self.build_request(method, url, **parts)
        return Stream(self, request, {"auth": auth, "follow_redirects": follow_redirects})

    async def get(self, url, **options):
        return await self.request("GET", url, **options)

    async def options(self, url, **options):
        return await self.request("OPTIONS", url, **options)

    async def head(self, url, **options):
        return await self.request("HEAD", url, **options)

    async def post(self, url, **options):
        return await self.request("POST", url, **options)

    async def put(self, url, **options):
        return await self.request("PUT", url, **options)

    async def patch(self, url, **options):
        return await self.request("PATCH", url, **options)

    async def delete(self, url, **options):
        return await self.request("DELETE", url, **options)

    async def aclose(self):
        self.is_closed = True

    async def __aenter__(self):
        if self.is_closed:
            raise RuntimeError("Cannot reopen a client instance, once it has been closed.")
        return self

    async def __aexit__(self, *exc):
        await self.aclose()
