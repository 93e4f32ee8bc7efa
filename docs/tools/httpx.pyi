"""Types of `http`, which tools are given, and which `import httpx` gives too.

It is httpx's asynchronous client without what tools do not have; what each
part does is in README.md.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, MutableMapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Literal, TypeAlias

_Primitive: TypeAlias = str | int | float | bool | None
_Params: TypeAlias = (
    QueryParams | Mapping[str, _Primitive | Sequence[_Primitive]] | Iterable[tuple[str, _Primitive]] | str | bytes
)
_Headers: TypeAlias = Headers | Mapping[str, str] | Mapping[bytes, bytes] | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]
_Cookies: TypeAlias = Cookies | Mapping[str, str] | Iterable[tuple[str, str]]
_Content: TypeAlias = str | bytes | Iterable[bytes] | AsyncIterable[bytes]
_Data: TypeAlias = Mapping[str, Any]
_FileBody: TypeAlias = str | bytes | Any
_File: TypeAlias = (
    _FileBody
    | tuple[str | None, _FileBody]
    | tuple[str | None, _FileBody, str | None]
    | tuple[str | None, _FileBody, str | None, Mapping[str, str]]
)
_Files: TypeAlias = Mapping[str, _File] | Iterable[tuple[str, _File]]
_Auth: TypeAlias = tuple[str | bytes, str | bytes] | BasicAuth | None
_Seconds: TypeAlias = float | None
_Timeout: TypeAlias = _Seconds | tuple[_Seconds, _Seconds, _Seconds, _Seconds] | Timeout

# --- what is asked ---

class URL:
    scheme: str
    host: str
    port: int | None
    fragment: str
    def __init__(self, url: URL | str = "", **parts: Any) -> None: ...
    @property
    def path(self) -> str: ...
    @property
    def query(self) -> bytes: ...
    @property
    def params(self) -> QueryParams: ...
    @property
    def userinfo(self) -> bytes: ...
    @property
    def username(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def netloc(self) -> bytes: ...
    @property
    def raw_path(self) -> bytes: ...
    @property
    def raw_host(self) -> bytes: ...
    @property
    def raw_scheme(self) -> bytes: ...
    @property
    def is_absolute_url(self) -> bool: ...
    @property
    def is_relative_url(self) -> bool: ...
    def copy_with(self, **parts: Any) -> URL: ...
    def copy_set_param(self, key: str, value: Any = None) -> URL: ...
    def copy_add_param(self, key: str, value: Any = None) -> URL: ...
    def copy_remove_param(self, key: str) -> URL: ...
    def copy_merge_params(self, params: _Params) -> URL: ...
    def join(self, url: URL | str) -> URL: ...
    def text(self, userinfo: bool = True, fragment: bool = True) -> str: ...
    def __hash__(self) -> int: ...

class QueryParams(Mapping[str, str]):
    def __init__(self, value: _Params | None = None, **more: Any) -> None: ...
    def multi_items(self) -> list[tuple[str, str]]: ...
    def get_list(self, key: str) -> list[str]: ...
    def set(self, key: str, value: Any = None) -> QueryParams: ...
    def add(self, key: str, value: Any = None) -> QueryParams: ...
    def remove(self, key: str) -> QueryParams: ...
    def merge(self, params: _Params | None = None) -> QueryParams: ...
    def __getitem__(self, key: str) -> str: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...

class Headers(MutableMapping[str, str]):
    raw: list[tuple[bytes, bytes]]
    encoding: str
    def __init__(self, headers: _Headers | None = None, encoding: str | None = None) -> None: ...
    def multi_items(self) -> list[tuple[str, str]]: ...
    def get_list(self, key: str, split_commas: bool = False) -> list[str]: ...
    def copy(self) -> Headers: ...
    def update(self, headers: _Headers | None = None) -> None: ...  # type: ignore[override]
    def __getitem__(self, key: str) -> str: ...
    def __setitem__(self, key: str, value: str) -> None: ...
    def __delitem__(self, key: str) -> None: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...

class Cookies(MutableMapping[str, str]):
    def __init__(self, cookies: _Cookies | None = None) -> None: ...
    def extract(self, headers: Headers, url: URL) -> None: ...
    def header(self, url: URL) -> str | None: ...
    def set(self, name: str, value: str, domain: str = "", path: str = "/") -> None: ...
    def get(self, name: str, default: str | None = None, domain: str | None = None, path: str | None = None) -> str | None: ...  # type: ignore[override]
    def delete(self, name: str, domain: str | None = None, path: str | None = None) -> None: ...
    def clear(self, domain: str | None = None, path: str | None = None) -> None: ...
    def update(self, cookies: _Cookies | None = None) -> None: ...  # type: ignore[override]
    def __getitem__(self, name: str) -> str: ...
    def __setitem__(self, name: str, value: str) -> None: ...
    def __delitem__(self, name: str) -> None: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...

class Timeout:
    connect: _Seconds
    read: _Seconds
    write: _Seconds
    pool: _Seconds
    def __init__(
        self,
        timeout: _Timeout = ...,
        *,
        connect: _Seconds = ...,
        read: _Seconds = ...,
        write: _Seconds = ...,
        pool: _Seconds = ...,
    ) -> None: ...
    def as_dict(self) -> dict[str, _Seconds]: ...

class BasicAuth:
    def __init__(self, username: str | bytes, password: str | bytes) -> None: ...
    def apply(self, request: Request) -> None: ...

class Request:
    method: str
    url: URL
    headers: Headers
    stream: Any
    has_body: bool
    def __init__(
        self,
        method: str,
        url: URL | str,
        *,
        params: _Params | None = None,
        headers: _Headers | None = None,
        cookies: _Cookies | None = None,
        content: _Content | None = None,
        data: _Data | None = None,
        files: _Files | None = None,
        json: Any = None,
    ) -> None: ...
    @property
    def content(self) -> bytes: ...
    def read(self) -> bytes: ...
    async def aread(self) -> bytes: ...

# --- what is answered ---

class Response:
    status_code: int
    headers: Headers
    http_version: str
    default_encoding: str
    history: list[Response]
    is_closed: bool
    is_stream_consumed: bool
    num_bytes_downloaded: int
    encoding: str
    def __init__(
        self,
        status_code: int,
        *,
        headers: _Headers | None = None,
        http_version: str = "HTTP/1.1",
        request: Request | None = None,
        source: Any = None,
        content: bytes | None = None,
    ) -> None: ...
    @property
    def reason_phrase(self) -> str: ...
    @property
    def request(self) -> Request: ...
    @property
    def url(self) -> URL: ...
    @property
    def elapsed(self) -> timedelta: ...
    @property
    def cookies(self) -> Cookies: ...
    @property
    def links(self) -> dict[str, dict[str, str]]: ...
    @property
    def is_informational(self) -> bool: ...
    @property
    def is_success(self) -> bool: ...
    @property
    def is_redirect(self) -> bool: ...
    @property
    def is_client_error(self) -> bool: ...
    @property
    def is_server_error(self) -> bool: ...
    @property
    def is_error(self) -> bool: ...
    @property
    def has_redirect_location(self) -> bool: ...
    @property
    def content(self) -> bytes: ...
    @property
    def charset_encoding(self) -> str | None: ...
    @property
    def text(self) -> str: ...
    def raise_for_status(self) -> Response: ...
    def json(self, **kwargs: Any) -> Any: ...
    def read(self) -> bytes: ...
    async def aread(self) -> bytes: ...
    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]: ...
    def iter_text(self, chunk_size: int | None = None) -> Iterator[str]: ...
    def iter_lines(self) -> Iterator[str]: ...
    def aiter_raw(self, chunk_size: int | None = None) -> AsyncIterator[bytes]: ...
    def aiter_bytes(self, chunk_size: int | None = None) -> AsyncIterator[bytes]: ...
    def aiter_text(self, chunk_size: int | None = None) -> AsyncIterator[str]: ...
    def aiter_lines(self) -> AsyncIterator[str]: ...
    async def aclose(self) -> None: ...

class Stream:
    async def __aenter__(self) -> Response: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None: ...

class _Codes:
    """By name: OK, NOT_FOUND, ...; each is its number."""

    def __getattr__(self, name: str) -> int: ...
    def __call__(self, value: int) -> Any: ...
    def get_reason_phrase(self, value: int) -> str: ...
    def is_informational(self, value: int) -> bool: ...
    def is_success(self, value: int) -> bool: ...
    def is_redirect(self, value: int) -> bool: ...
    def is_client_error(self, value: int) -> bool: ...
    def is_server_error(self, value: int) -> bool: ...
    def is_error(self, value: int) -> bool: ...

# --- failures ---

class HTTPError(Exception):
    request: Request
    def __init__(self, message: str) -> None: ...

class RequestError(HTTPError):
    def __init__(self, message: str, *, request: Request | None = None) -> None: ...

class TransportError(RequestError): ...
class TimeoutException(TransportError): ...
class ConnectTimeout(TimeoutException): ...
class ReadTimeout(TimeoutException): ...
class WriteTimeout(TimeoutException): ...
class PoolTimeout(TimeoutException): ...
class NetworkError(TransportError): ...
class ConnectError(NetworkError): ...
class ReadError(NetworkError): ...
class WriteError(NetworkError): ...
class CloseError(NetworkError): ...
class ResponseTooLarge(ReadError): ...
class ProxyError(TransportError): ...
class UnsupportedProtocol(TransportError): ...
class ProtocolError(TransportError): ...
class LocalProtocolError(ProtocolError): ...
class RemoteProtocolError(ProtocolError): ...

class NetworkAccessDenied(TransportError):
    reason: Literal["not_granted", "address_refused", "limit"]
    def __init__(self, message: str, *, request: Request | None = None, reason: str = "not_granted") -> None: ...

class DecodingError(RequestError): ...
class TooManyRedirects(RequestError): ...

class HTTPStatusError(HTTPError):
    response: Response
    def __init__(self, message: str, *, request: Request, response: Response) -> None: ...

class InvalidURL(Exception): ...
class CookieConflict(Exception): ...
class StreamError(RuntimeError): ...

class StreamConsumed(StreamError):
    def __init__(self) -> None: ...

class StreamClosed(StreamError):
    def __init__(self) -> None: ...

class ResponseNotRead(StreamError):
    def __init__(self) -> None: ...

class RequestNotRead(StreamError):
    def __init__(self) -> None: ...

# --- functions: one request each ---

async def request(
    method: str,
    url: URL | str,
    *,
    params: _Params | None = None,
    headers: _Headers | None = None,
    cookies: _Cookies | None = None,
    content: _Content | None = None,
    data: _Data | None = None,
    files: _Files | None = None,
    json: Any = None,
    auth: _Auth = ...,
    timeout: _Timeout = ...,
    follow_redirects: Literal[False] = False,
) -> Response: ...
def stream(
    method: str,
    url: URL | str,
    *,
    params: _Params | None = None,
    headers: _Headers | None = None,
    cookies: _Cookies | None = None,
    content: _Content | None = None,
    data: _Data | None = None,
    files: _Files | None = None,
    json: Any = None,
    auth: _Auth = ...,
    timeout: _Timeout = ...,
    follow_redirects: Literal[False] = False,
) -> Stream: ...
async def get(
    url: URL | str,
    *,
    params: _Params | None = None,
    headers: _Headers | None = None,
    cookies: _Cookies | None = None,
    content: _Content | None = None,
    data: _Data | None = None,
    files: _Files | None = None,
    json: Any = None,
    auth: _Auth = ...,
    timeout: _Timeout = ...,
    follow_redirects: Literal[False] = False,
) -> Response: ...
async def post(
    url: URL | str,
    *,
    params: _Params | None = None,
    headers: _Headers | None = None,
    cookies: _Cookies | None = None,
    content: _Content | None = None,
    data: _Data | None = None,
    files: _Files | None = None,
    json: Any = None,
    auth: _Auth = ...,
    timeout: _Timeout = ...,
    follow_redirects: Literal[False] = False,
) -> Response: ...
async def put(
    url: URL | str,
    *,
    params: _Params | None = None,
    headers: _Headers | None = None,
    cookies: _Cookies | None = None,
    content: _Content | None = None,
    data: _Data | None = None,
    files: _Files | None = None,
    json: Any = None,
    auth: _Auth = ...,
    timeout: _Timeout = ...,
    follow_redirects: Literal[False] = False,
) -> Response: ...
async def patch(
    url: URL | str,
    *,
    params: _Params | None = None,
    headers: _Headers | None = None,
    cookies: _Cookies | None = None,
    content: _Content | None = None,
    data: _Data | None = None,
    files: _Files | None = None,
    json: Any = None,
    auth: _Auth = ...,
    timeout: _Timeout = ...,
    follow_redirects: Literal[False] = False,
) -> Response: ...
async def delete(
    url: URL | str,
    *,
    params: _Params | None = None,
    headers: _Headers | None = None,
    cookies: _Cookies | None = None,
    content: _Content | None = None,
    data: _Data | None = None,
    files: _Files | None = None,
    json: Any = None,
    auth: _Auth = ...,
    timeout: _Timeout = ...,
    follow_redirects: Literal[False] = False,
) -> Response: ...
async def head(
    url: URL | str,
    *,
    params: _Params | None = None,
    headers: _Headers | None = None,
    cookies: _Cookies | None = None,
    content: _Content | None = None,
    data: _Data | None = None,
    files: _Files | None = None,
    json: Any = None,
    auth: _Auth = ...,
    timeout: _Timeout = ...,
    follow_redirects: Literal[False] = False,
) -> Response: ...
async def options(
    url: URL | str,
    *,
    params: _Params | None = None,
    headers: _Headers | None = None,
    cookies: _Cookies | None = None,
    content: _Content | None = None,
    data: _Data | None = None,
    files: _Files | None = None,
    json: Any = None,
    auth: _Auth = ...,
    timeout: _Timeout = ...,
    follow_redirects: Literal[False] = False,
) -> Response: ...

# --- several with things in common ---

class AsyncClient:
    headers: Headers
    params: QueryParams
    cookies: Cookies
    auth: _Auth
    timeout: Any
    base_url: URL
    is_closed: bool
    def __init__(
        self,
        *,
        auth: _Auth = None,
        params: _Params | None = None,
        headers: _Headers | None = None,
        cookies: _Cookies | None = None,
        timeout: _Timeout = ...,
        follow_redirects: Literal[False] = False,
        base_url: URL | str = "",
        default_encoding: str = "utf-8",
        **ignored: Any,
    ) -> None: ...
    def build_request(
        self,
        method: str,
        url: URL | str,
        *,
        params: _Params | None = None,
        headers: _Headers | None = None,
        cookies: _Cookies | None = None,
        content: _Content | None = None,
        data: _Data | None = None,
        files: _Files | None = None,
        json: Any = None,
        timeout: _Timeout = ...,
    ) -> Request: ...
    async def send(
        self, request: Request, *, stream: bool = False, auth: _Auth = ..., follow_redirects: Literal[False] = False
    ) -> Response: ...
    async def request(
        self,
        method: str,
        url: URL | str,
        *,
        params: _Params | None = None,
        headers: _Headers | None = None,
        cookies: _Cookies | None = None,
        content: _Content | None = None,
        data: _Data | None = None,
        files: _Files | None = None,
        json: Any = None,
        auth: _Auth = ...,
        timeout: _Timeout = ...,
        follow_redirects: Literal[False] = False,
    ) -> Response: ...
    def stream(
        self,
        method: str,
        url: URL | str,
        *,
        params: _Params | None = None,
        headers: _Headers | None = None,
        cookies: _Cookies | None = None,
        content: _Content | None = None,
        data: _Data | None = None,
        files: _Files | None = None,
        json: Any = None,
        auth: _Auth = ...,
        timeout: _Timeout = ...,
        follow_redirects: Literal[False] = False,
    ) -> Stream: ...
    async def get(
        self,
        url: URL | str,
        *,
        params: _Params | None = None,
        headers: _Headers | None = None,
        cookies: _Cookies | None = None,
        content: _Content | None = None,
        data: _Data | None = None,
        files: _Files | None = None,
        json: Any = None,
        auth: _Auth = ...,
        timeout: _Timeout = ...,
        follow_redirects: Literal[False] = False,
    ) -> Response: ...
    async def post(
        self,
        url: URL | str,
        *,
        params: _Params | None = None,
        headers: _Headers | None = None,
        cookies: _Cookies | None = None,
        content: _Content | None = None,
        data: _Data | None = None,
        files: _Files | None = None,
        json: Any = None,
        auth: _Auth = ...,
        timeout: _Timeout = ...,
        follow_redirects: Literal[False] = False,
    ) -> Response: ...
    async def put(
        self,
        url: URL | str,
        *,
        params: _Params | None = None,
        headers: _Headers | None = None,
        cookies: _Cookies | None = None,
        content: _Content | None = None,
        data: _Data | None = None,
        files: _Files | None = None,
        json: Any = None,
        auth: _Auth = ...,
        timeout: _Timeout = ...,
        follow_redirects: Literal[False] = False,
    ) -> Response: ...
    async def patch(
        self,
        url: URL | str,
        *,
        params: _Params | None = None,
        headers: _Headers | None = None,
        cookies: _Cookies | None = None,
        content: _Content | None = None,
        data: _Data | None = None,
        files: _Files | None = None,
        json: Any = None,
        auth: _Auth = ...,
        timeout: _Timeout = ...,
        follow_redirects: Literal[False] = False,
    ) -> Response: ...
    async def delete(
        self,
        url: URL | str,
        *,
        params: _Params | None = None,
        headers: _Headers | None = None,
        cookies: _Cookies | None = None,
        content: _Content | None = None,
        data: _Data | None = None,
        files: _Files | None = None,
        json: Any = None,
        auth: _Auth = ...,
        timeout: _Timeout = ...,
        follow_redirects: Literal[False] = False,
    ) -> Response: ...
    async def head(
        self,
        url: URL | str,
        *,
        params: _Params | None = None,
        headers: _Headers | None = None,
        cookies: _Cookies | None = None,
        content: _Content | None = None,
        data: _Data | None = None,
        files: _Files | None = None,
        json: Any = None,
        auth: _Auth = ...,
        timeout: _Timeout = ...,
        follow_redirects: Literal[False] = False,
    ) -> Response: ...
    async def options(
        self,
        url: URL | str,
        *,
        params: _Params | None = None,
        headers: _Headers | None = None,
        cookies: _Cookies | None = None,
        content: _Content | None = None,
        data: _Data | None = None,
        files: _Files | None = None,
        json: Any = None,
        auth: _Auth = ...,
        timeout: _Timeout = ...,
        follow_redirects: Literal[False] = False,
    ) -> Response: ...
    async def aclose(self) -> None: ...
    async def __aenter__(self) -> AsyncClient: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None: ...

codes: _Codes
USE_CLIENT_DEFAULT: Any
