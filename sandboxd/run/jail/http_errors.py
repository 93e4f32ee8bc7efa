"""What can go wrong with a request, by httpx's names.

A tool that catches `http.TimeoutException` here catches the same failures as
`httpx.TimeoutException` elsewhere.  Beyond httpx: NetworkAccessDenied, whose
message says what to ask an administrator for, and ResponseTooLarge.
"""


class HTTPError(Exception):
    """Base of everything that a request can raise."""

    def __init__(self, message):
        super().__init__(message)
        self._request = None

    @property
    def request(self):
        if self._request is None:
            raise RuntimeError("this exception does not belong to a request")
        return self._request

    @request.setter
    def request(self, request):
        self._request = request


class RequestError(HTTPError):
    """There is no complete answer."""

    def __init__(self, message, *, request=None):
        super().__init__(message)
        self._request = request


class TransportError(RequestError):
    """The exchange with the server failed."""


class TimeoutException(TransportError):
    """It took too long."""


class ConnectTimeout(TimeoutException):
    """The connection took too long: nothing was sent."""


class ReadTimeout(TimeoutException):
    """The answer took too long; the server may have acted on the request."""


class WriteTimeout(TimeoutException):
    """Sending took too long."""


class PoolTimeout(TimeoutException):
    """Waiting for a connection took too long."""


class NetworkError(TransportError):
    """The network failed."""


class ConnectError(NetworkError):
    """There is no connection: the name, the address or TLS."""


class ReadError(NetworkError):
    """The answer broke off."""


class WriteError(NetworkError):
    """The request broke off."""


class CloseError(NetworkError):
    """The connection could not be closed."""


class ResponseTooLarge(ReadError):
    """The body is larger than is kept in memory; http.stream() reads it."""


class ProxyError(TransportError):
    """The proxy failed."""


class UnsupportedProtocol(TransportError):
    """The URL is neither http:// nor https://."""


class ProtocolError(TransportError):
    """HTTP was broken."""


class LocalProtocolError(ProtocolError):
    """By this side: a header or a method that cannot be sent."""


class RemoteProtocolError(ProtocolError):
    """By the server."""


class NetworkAccessDenied(TransportError):
    """The request is not allowed.  `reason` is one word, the message says
    what to ask for."""

    def __init__(self, message, *, request=None, reason="not_granted"):
        super().__init__(message, request=request)
        self.reason = reason


class DecodingError(RequestError):
    """The body is not what its encoding says."""


class TooManyRedirects(RequestError):
    """Never raised: redirects are not followed."""


class HTTPStatusError(HTTPError):
    """raise_for_status() found an answer that is no success."""

    def __init__(self, message, *, request, response):
        super().__init__(message)
        self._request = request
        self.response = response


class InvalidURL(Exception):
    """Not a URL."""


class CookieConflict(Exception):
    """Several cookies have this name; say of which domain or path."""


class StreamError(RuntimeError):
    """A body was read at the wrong time."""


class StreamConsumed(StreamError):
    def __init__(self):
        super().__init__(
            "the body has been read as a stream and is gone; read it once, "
            "or call `await response.aread()` first"
        )


class StreamClosed(StreamError):
    def __init__(self):
        super().__init__(
            "the response is closed; read it inside `async with http.stream(...)`"
        )


class ResponseNotRead(StreamError):
    def __init__(self):
        super().__init__(
            "the body has not been read; call `await response.aread()` first"
        )


class RequestNotRead(StreamError):
    def __init__(self):
        super().__init__("the body of the request is not known yet")


# How a request ends (lib/fetch.h), as an exception.
ENDS = {
    "not_granted": NetworkAccessDenied,
    "address_refused": NetworkAccessDenied,
    "limit": NetworkAccessDenied,
    "bad_url": InvalidURL,
    "bad_scheme": UnsupportedProtocol,
    "bad_header": LocalProtocolError,
    "bad_method": LocalProtocolError,
    "dns_failed": ConnectError,
    "connect_failed": ConnectError,
    "tls_failed": ConnectError,
    "connect_timeout": ConnectTimeout,
    "write_timeout": WriteTimeout,
    "pool_timeout": PoolTimeout,
    "timeout": ReadTimeout,
    "protocol_error": RemoteProtocolError,
    "cancelled": ReadError,
    "egress_unavailable": ConnectError,
}


def of_end(end, message, request):
    """The exception for an end that is not "ok"."""
    kind = ENDS.get(end, RemoteProtocolError)
    text = message or "the request failed: %s" % end
    if kind is InvalidURL:
        return InvalidURL(text)
    if kind is NetworkAccessDenied:
        return NetworkAccessDenied(text, request=request, reason=end)
    return kind(text, request=request)


NAMES = sorted(
    name
    for name, value in list(globals().items())
    if isinstance(value, type) and issubclass(value, Exception)
)
