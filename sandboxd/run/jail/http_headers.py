"""HTTP headers: names of any case, values that may repeat."""

import collections.abc

MASKED = frozenset(("authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"))
ENCODINGS = ("ascii", "utf-8", "iso-8859-1")


def _bytes(value, what):
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        # ASCII it should be; anything else is sent as UTF-8.
        return value.encode("utf-8")
    raise TypeError(
        "a header's %s must be str or bytes, not %s" % (what, type(value).__name__)
    )


def _pairs(headers):
    if headers is None:
        return []
    if isinstance(headers, Headers):
        return list(headers.raw)
    if isinstance(headers, collections.abc.Mapping):
        headers = headers.items()
    return [(_bytes(k, "name"), _bytes(v, "value")) for k, v in headers]


class Headers(collections.abc.MutableMapping):
    """headers["Content-Type"]; several values of one name come joined by
    commas, or one by one from get_list() and multi_items()."""

    def __init__(self, headers=None, encoding=None):
        self.raw = _pairs(headers)
        self._encoding = encoding

    @property
    def encoding(self):
        if self._encoding is None:
            whole = b"".join(k + v for k, v in self.raw)
            for encoding in ENCODINGS:
                try:
                    whole.decode(encoding)
                except UnicodeDecodeError:
                    continue
                self._encoding = encoding
                break
        return self._encoding

    @encoding.setter
    def encoding(self, value):
        self._encoding = value

    def multi_items(self):
        encoding = self.encoding
        return [(k.decode(encoding).lower(), v.decode(encoding)) for k, v in self.raw]

    def _joined(self):
        out = {}
        for key, value in self.multi_items():
            out[key] = out[key] + ", " + value if key in out else value
        return out

    def keys(self):
        return self._joined().keys()

    def values(self):
        return self._joined().values()

    def items(self):
        return self._joined().items()

    def get(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            return default

    def get_list(self, key, split_commas=False):
        wanted = key.lower()
        found = [v for k, v in self.multi_items() if k == wanted]
        if not split_commas:
            return found
        return [part.strip() for value in found for part in value.split(",")]

    def copy(self):
        return Headers(self, self._encoding)

    def update(self, headers=None):
        new = Headers(headers)
        for key in new.keys():
            if key in self:
                del self[key]
        self.raw.extend(new.raw)
        self._encoding = None

    def _is(self, key):
        wanted = _bytes(key, "name").lower()
        return lambda pair: pair[0].lower() == wanted

    def __getitem__(self, key):
        found = self.get_list(key)
        if not found:
            raise KeyError(key)
        return ", ".join(found)

    def __setitem__(self, key, value):
        same = self._is(key)
        new = (_bytes(key, "name"), _bytes(value, "value"))
        at = [i for i, pair in enumerate(self.raw) if same(pair)]
        for i in reversed(at[1:]):
            del self.raw[i]
        if at:
            self.raw[at[0]] = new
        else:
            self.raw.append(new)
        self._encoding = None

    def __delitem__(self, key):
        same = self._is(key)
        if not any(map(same, self.raw)):
            raise KeyError(key)
        self.raw = [pair for pair in self.raw if not same(pair)]

    def __contains__(self, key):
        return isinstance(key, (str, bytes)) and any(map(self._is(key), self.raw))

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self.raw)

    def __eq__(self, other):
        try:
            other = Headers(other)
        except (TypeError, ValueError):
            return NotImplemented
        return sorted((k.lower(), v) for k, v in self.raw) == sorted(
            (k.lower(), v) for k, v in other.raw
        )

    __hash__ = None

    def __repr__(self):
        shown = [(k, "[secure]" if k in MASKED else v) for k, v in self.multi_items()]
        if len(dict(shown)) == len(shown):
            return "Headers(%r)" % dict(shown)
        return "Headers(%r)" % shown
