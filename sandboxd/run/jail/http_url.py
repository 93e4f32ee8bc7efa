"""URLs and query strings.

They are taken apart to be put together again, as httpx does it: parameters
added, references resolved, characters escaped.  What a URL means, and whether
it may be fetched, is decided outside, by another parser, from the text.
"""

import collections.abc
import re
import urllib.parse

from .http_errors import InvalidURL

URL_MAX = 65536  # characters of any URL; fewer can be fetched
PORTS = {"http": 80, "https": 443, "ftp": 21, "ws": 80, "wss": 443}

_PARTS = re.compile(
    r"(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?",
    re.S,
)
_AUTHORITY = re.compile(r"(?:([^@]*)@)?(\[.*\]|[^:@]*)(?::(.*))?", re.S)
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_ESCAPED = re.compile("(%[0-9a-fA-F]{2})")

_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


def _safe(without):
    return "".join(c for c in _PRINTABLE if c not in without)


_FRAGMENT = _safe('"<>`')
_QUERY = _safe('"#<>')
_PATH = _safe('"#<>?`{}')
_USER = _safe('"#<>?`{}/:;=@[\\]^|')
_HOST = "!$&'()*+,;=\"`{}%|\\"


def quote(text, safe):
    """Escapes what is not safe, leaves what is escaped already."""
    pieces = _ESCAPED.split(text)
    pieces[::2] = [urllib.parse.quote(p, safe=safe) for p in pieces[::2]]
    return "".join(pieces)


def primitive(value):
    """A parameter's value as text."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return ""
    return str(value)


def _without_dots(path):
    parts = path.split("/")
    if "." not in parts and ".." not in parts:
        return path
    kept = []
    for part in parts:
        if part == "..":
            if kept and kept != [""]:
                kept.pop()
        elif part != ".":
            kept.append(part)
    return "/".join(kept)


def _host(text):
    if text.startswith("[") and text.endswith("]"):
        return text[1:-1].lower()
    if text.isascii():
        return quote(text.lower(), _HOST)
    return text.lower()


def _port(text, scheme):
    if not text:
        return None
    if not text.isdecimal() or not text.isascii():
        raise InvalidURL("Invalid port: %r" % text)
    port = int(text)
    return None if port == PORTS.get(scheme) else port


class URL:
    """A URL; does not change.  str(url) is its text."""

    __slots__ = ("scheme", "_userinfo", "host", "port", "_path", "_query", "fragment")

    def __init__(self, url="", **parts):
        if isinstance(url, URL):
            for name in URL.__slots__:
                object.__setattr__(self, name, getattr(url, name))
        elif isinstance(url, str):
            self._parse(url)
        else:
            raise TypeError(
                "a URL is a str, not %s" % type(url).__name__
            )
        if parts:
            self._change(parts)

    def _set(self, name, value):
        object.__setattr__(self, name, value)

    def __setattr__(self, name, value):
        raise AttributeError("a URL does not change; use url.copy_with(%s=...)" % name)

    def _parse(self, text):
        if len(text) > URL_MAX:
            raise InvalidURL("URL too long")
        bad = _CONTROL.search(text)
        if bad:
            raise InvalidURL(
                "Invalid non-printable ASCII character in URL, %r at position %d."
                % (bad.group(0), bad.start())
            )
        scheme, authority, path, query, fragment = _PARTS.fullmatch(text).groups()
        match = _AUTHORITY.fullmatch(authority or "")
        if match is None:
            raise InvalidURL("Invalid host: %r" % authority)
        userinfo, host, port = match.groups()
        self._set("scheme", (scheme or "").lower())
        self._set("_userinfo", quote(userinfo or "", _USER + ":"))
        self._set("host", _host(host))
        self._set("port", _port(port, self.scheme))
        self._set_path(path)
        self._set("_query", None if query is None else quote(query, _QUERY))
        self._set("fragment", "" if fragment is None else quote(fragment, _FRAGMENT))

    def _set_path(self, path):
        if self.host and path and not path.startswith("/"):
            raise InvalidURL("For absolute URLs, path must be empty or begin with '/'")
        if self.scheme or self.host:
            path = _without_dots(path)
        self._set("_path", quote(path, _PATH))

    def _change(self, parts):
        for name, value in parts.items():
            change = _CHANGES.get(name)
            if change is None:
                raise TypeError("%r is not a part of a URL that can be set" % name)
            change(self, value)

    # --- parts ---

    @property
    def _sent_path(self):
        return self._path or ("/" if self.host else "")

    @property
    def path(self):
        return urllib.parse.unquote(self._sent_path)

    @property
    def query(self):
        return (self._query or "").encode("ascii")

    @property
    def params(self):
        return QueryParams(self._query or "")

    @property
    def userinfo(self):
        return self._userinfo.encode("ascii")

    @property
    def username(self):
        return urllib.parse.unquote(self._userinfo.partition(":")[0])

    @property
    def password(self):
        return urllib.parse.unquote(self._userinfo.partition(":")[2])

    @property
    def netloc(self):
        host = "[%s]" % self.host if ":" in self.host else self.host
        if self.port is not None:
            host += ":%d" % self.port
        return host.encode("utf-8")

    @property
    def raw_path(self):
        path = self._sent_path
        return (path if self._query is None else path + "?" + self._query).encode("ascii")

    @property
    def raw_host(self):
        return self.host.encode("utf-8")

    @property
    def raw_scheme(self):
        return self.scheme.encode("ascii")

    @property
    def is_absolute_url(self):
        return bool(self.scheme and self.host)

    @property
    def is_relative_url(self):
        return not self.is_absolute_url

    # --- others from it ---

    def copy_with(self, **parts):
        return URL(self, **parts)

    def copy_set_param(self, key, value=None):
        return self.copy_with(params=self.params.set(key, value))

    def copy_add_param(self, key, value=None):
        return self.copy_with(params=self.params.add(key, value))

    def copy_remove_param(self, key):
        return self.copy_with(params=self.params.remove(key))

    def copy_merge_params(self, params):
        return self.copy_with(params=self.params.merge(params))

    def join(self, url):
        return URL(urllib.parse.urljoin(str(self), str(URL(url))))

    def text(self, userinfo=True, fragment=True):
        out = self.scheme + ":" if self.scheme else ""
        if self.host:
            out += "//"
            if userinfo and self._userinfo:
                out += self._userinfo + "@"
            out += self.netloc.decode("utf-8")
        out += self._path
        if self._query is not None:
            out += "?" + self._query
        if fragment and self.fragment:
            out += "#" + self.fragment
        return out

    def __str__(self):
        return self.text()

    def __repr__(self):
        shown = self
        if self.password:
            shown = self.copy_with(userinfo="%s:[secure]" % self._userinfo.partition(":")[0])
            return "URL(%r)" % str(shown).replace("%5Bsecure%5D", "[secure]")
        return "URL(%r)" % str(shown)

    def __eq__(self, other):
        return isinstance(other, (URL, str)) and str(self) == str(URL(other))

    def __hash__(self):
        return hash(str(self))


def _text(value):
    return value.decode("ascii") if isinstance(value, bytes) else value


def _set_query(url, value):
    url._set("_query", None if value is None else quote(_text(value), _QUERY))


def _set_params(url, value):
    # None and {} alike take a query away, as in httpx.
    url._set("_query", str(QueryParams(value)) if value else None)


def _set_raw_path(url, value):
    path, mark, query = _text(value).partition("?")
    url._set_path(path)
    _set_query(url, query if mark else None)


def _set_userinfo(url, value):
    url._set("_userinfo", quote(_text(value) or "", _USER + ":"))


_CHANGES = {
    "scheme": lambda url, v: url._set("scheme", v.lower()),
    "host": lambda url, v: url._set("host", _host(v or "")),
    "port": lambda url, v: url._set("port", _port(None if v is None else str(v), url.scheme)),
    "path": lambda url, v: url._set_path(v or ""),
    "raw_path": _set_raw_path,
    "query": _set_query,
    "params": _set_params,
    "fragment": lambda url, v: url._set("fragment", quote(v or "", _FRAGMENT)),
    "userinfo": _set_userinfo,
}


class QueryParams(collections.abc.Mapping):
    """The parameters of a query string: a dict whose values may repeat.
    Does not change."""

    __slots__ = ("_pairs",)

    def __init__(self, value=None, **more):
        if value is None or value == "" or value == b"":
            value = more
        if isinstance(value, QueryParams):
            pairs = list(value._pairs)
        elif isinstance(value, (str, bytes)):
            text = value.decode("ascii") if isinstance(value, bytes) else value
            pairs = urllib.parse.parse_qsl(text.lstrip("?"), keep_blank_values=True)
        elif isinstance(value, collections.abc.Mapping):
            pairs = []
            for key, one in value.items():
                several = one if isinstance(one, (list, tuple)) else [one]
                pairs.extend((str(key), primitive(v)) for v in several)
        else:
            pairs = [(str(key), primitive(one)) for key, one in value]
        # Values of one key stay together, where the key came first.
        first = {}
        for key, _ in pairs:
            first.setdefault(key, len(first))
        self._pairs = sorted(pairs, key=lambda p: first[p[0]])

    def keys(self):
        return dict(self._pairs).keys()

    def values(self):
        return {k: self[k] for k in self}.values()

    def items(self):
        return {k: self[k] for k in self}.items()

    def multi_items(self):
        return list(self._pairs)

    def get(self, key, default=None):
        found = self.get_list(key)
        return found[0] if found else default

    def get_list(self, key):
        return [v for k, v in self._pairs if k == str(key)]

    def set(self, key, value=None):
        if key not in self:
            return self.add(key, value)
        at = [k for k, _ in self._pairs].index(str(key))
        return QueryParams(
            self.remove(key)._pairs[:at]
            + [(str(key), primitive(value))]
            + self.remove(key)._pairs[at:]
        )

    def add(self, key, value=None):
        return QueryParams(self._pairs + [(str(key), primitive(value))])

    def remove(self, key):
        return QueryParams([p for p in self._pairs if p[0] != str(key)])

    def merge(self, params=None):
        other = QueryParams(params)
        kept = [p for p in self._pairs if p[0] not in other]
        return QueryParams(kept + other._pairs)

    def __getitem__(self, key):
        found = self.get_list(key)
        if not found:
            raise KeyError(key)
        return found[0]

    def __contains__(self, key):
        return any(k == key for k, _ in self._pairs)

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self.keys())

    def __bool__(self):
        return bool(self._pairs)

    def __hash__(self):
        return hash(str(self))

    def __eq__(self, other):
        return isinstance(other, QueryParams) and sorted(self._pairs) == sorted(other._pairs)

    def __str__(self):
        return urllib.parse.urlencode(self._pairs)

    def __repr__(self):
        return "QueryParams(%r)" % str(self)
