"""Cookies: a dict by name, each of a domain and a path.

A cookie of an answer goes back only to the host that set it, or to hosts
below the domain that it named and that the host belongs to.
"""

import collections.abc
import email.utils
import time

from .http_errors import CookieConflict


class _Cookie:
    __slots__ = ("name", "value", "domain", "path", "exact", "secure")

    def __init__(self, name, value, domain="", path="/", exact=False, secure=False):
        self.name, self.value = name, value
        self.domain, self.path = domain, path
        self.exact, self.secure = exact, secure

    @property
    def key(self):
        return self.domain, self.path, self.name

    def goes_to(self, url):
        host, path = url.host, url.path or "/"
        if self.secure and url.scheme != "https":
            return False
        if self.domain and host != self.domain:
            if self.exact or not host.endswith("." + self.domain):
                return False
        below = self.path if self.path.endswith("/") else self.path + "/"
        return path == self.path or path.startswith(below)


def _over(attributes):
    age = attributes.get("max-age")
    if age is not None:
        return not age.isdecimal() or int(age) == 0
    try:
        when = email.utils.parsedate_to_datetime(attributes["expires"])
        return when.timestamp() < time.time()
    except (KeyError, TypeError, ValueError, OverflowError):
        return False


def _parse(line, url):
    """(cookie, is it to be forgotten), or None."""
    first, *rest = line.split(";")
    name, mark, value = first.partition("=")
    name, value = name.strip(), value.strip()
    if not mark or not name:
        return None
    attributes = {}
    for part in rest:
        key, _, one = part.partition("=")
        attributes[key.strip().lower()] = one.strip()
    domain = attributes.get("domain", "").lstrip(".").lower()
    if domain and domain != url.host and not url.host.endswith("." + domain):
        return None
    path = attributes.get("path", "")
    if not path.startswith("/"):
        path = (url.path or "/").rpartition("/")[0] or "/"
    cookie = _Cookie(
        name, value, domain or url.host, path, not domain, "secure" in attributes
    )
    return cookie, _over(attributes)


class Cookies(collections.abc.MutableMapping):
    def __init__(self, cookies=None):
        self._kept = {}
        self.update(cookies)

    def extract(self, headers, url):
        """Takes what an answer sets."""
        for line in headers.get_list("set-cookie"):
            found = _parse(line, url)
            if found is None:
                continue
            cookie, over = found
            self._kept.pop(cookie.key, None)
            if not over:
                self._kept[cookie.key] = cookie

    def header(self, url):
        """The value of Cookie for a request, or None."""
        going = [c for c in self._kept.values() if c.goes_to(url)]
        return "; ".join("%s=%s" % (c.name, c.value) for c in going) or None

    def set(self, name, value, domain="", path="/"):
        cookie = _Cookie(str(name), str(value), domain, path)
        self._kept[cookie.key] = cookie

    def _find(self, name, domain=None, path=None):
        return [
            c
            for c in self._kept.values()
            if c.name == name
            and (domain is None or c.domain == domain)
            and (path is None or c.path == path)
        ]

    def get(self, name, default=None, domain=None, path=None):
        found = self._find(name, domain, path)
        if len(found) > 1:
            raise CookieConflict("Multiple cookies exist with name=%s" % name)
        return found[0].value if found else default

    def delete(self, name, domain=None, path=None):
        found = self._find(name, domain, path)
        if not found:
            raise KeyError(name)
        for cookie in found:
            del self._kept[cookie.key]

    def clear(self, domain=None, path=None):
        for cookie in list(self._kept.values()):
            if domain in (None, cookie.domain) and path in (None, cookie.path):
                del self._kept[cookie.key]

    def update(self, cookies=None):
        if cookies is None:
            return
        if isinstance(cookies, Cookies):
            self._kept.update(cookies._kept)
            return
        if isinstance(cookies, collections.abc.Mapping):
            cookies = cookies.items()
        for name, value in cookies:
            self.set(name, value)

    def __setitem__(self, name, value):
        self.set(name, value)

    def __getitem__(self, name):
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __delitem__(self, name):
        self.delete(name)

    def __len__(self):
        return len(self._kept)

    def __iter__(self):
        return (c.name for c in self._kept.values())

    def __bool__(self):
        return bool(self._kept)

    def __repr__(self):
        names = ", ".join("%s for %s" % (c.name, c.domain or "any host") for c in self._kept.values())
        return "<Cookies[%s]>" % names
