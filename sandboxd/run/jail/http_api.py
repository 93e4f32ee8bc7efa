"""`http`, as tools see it; `import httpx` gives the same object."""

from . import http_client, http_errors
from .http_client import AsyncClient
from .http_codes import codes
from .http_cookies import Cookies
from .http_headers import Headers
from .http_request import BasicAuth, Request, Timeout
from .http_response import Response
from .http_url import URL, QueryParams

VERBS = "get post put patch delete head options request stream".split()
_CLASSES = (AsyncClient, BasicAuth, Cookies, Headers, QueryParams, Request, Response, Timeout, URL)

# What httpx has and tools do not, and what to write instead.
ABSENT = {
    "Client": "tools use the asynchronous client: `async with http.AsyncClient() as client`, "
    "or `await http.get(...)`",
    "DigestAuth": "only Basic authentication is built in: auth=(username, password)",
    "NetRCAuth": "there are no files; take passwords from `secrets`",
    "Auth": "set the header yourself: headers={'Authorization': ...}",
    "Limits": "connections are managed outside; leave the limits out",
    "Proxy": "there is no proxy to choose",
    "HTTPTransport": "there is one way out",
    "AsyncHTTPTransport": "there is one way out",
    "MockTransport": "there is one way out",
    "create_ssl_context": "certificates are always checked",
}


class Http:
    """Outbound HTTP.  Each function makes one request; see AsyncClient for
    several with things in common."""

    __slots__ = ()

    codes = codes
    USE_CLIENT_DEFAULT = http_client.USE_CLIENT_DEFAULT
    __version__ = "0.28"
    __name__ = "httpx"

    @staticmethod
    async def request(method, url, *, timeout=http_client.USE_CLIENT_DEFAULT, verify=True,
                      proxy=None, trust_env=True, **parts):
        client = AsyncClient(timeout=timeout, verify=verify, proxy=proxy)
        return await client.request(method, url, **parts)

    @staticmethod
    def stream(method, url, *, timeout=http_client.USE_CLIENT_DEFAULT, verify=True,
               proxy=None, trust_env=True, **parts):
        client = AsyncClient(timeout=timeout, verify=verify, proxy=proxy)
        return client.stream(method, url, **parts)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        why = ABSENT.get(name, "there are: " + " ".join(self.__all__))
        raise AttributeError("http has no %s: %s" % (name, why))

    def __repr__(self):
        return "<http: %s AsyncClient>" % " ".join(VERBS)


def _verb(name):
    method = name.upper()

    async def send(url, **options):
        return await Http.request(method, url, **options)

    send.__name__ = name
    send.__qualname__ = "http." + name
    send.__doc__ = "A %s request; the response." % method
    return staticmethod(send)


for _name in VERBS[:-2]:
    setattr(Http, _name, _verb(_name))
for _class in _CLASSES:
    setattr(Http, _class.__name__, _class)
for _name in http_errors.NAMES:
    setattr(Http, _name, getattr(http_errors, _name))

NAMES = sorted(
    VERBS + [c.__name__ for c in _CLASSES] + http_errors.NAMES + ["codes", "USE_CLIENT_DEFAULT"]
)
Http.__all__ = NAMES
http = Http()
